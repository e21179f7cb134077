import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { monitoring } from '#core/contract/devices.js'
import { createLog } from '#core/service/log.js'
import type { RequestContext } from '#core/service/request.js'
import { type SharedTopic, shareTopic } from '#core/service/shared-topic.js'
import { startOutboxRelay } from '#db/outbox.js'
import { batch, type IngestParts, miss, openIngestParts, ping } from '#tests/kit/telemetry.js'
import { requestOf } from '#tests/kit/telemetry-api.js'

import { type DeviceStateEvent, openStateStream } from './state-stream.js'
import { openStates } from './states.js'

const log = createLog('test', 'silent')
const now = Math.floor(Date.now() / 1000) * 1000
const watched = monitoring.parse({})
let parts: IngestParts
let relay: AsyncDisposable
let shared: SharedTopic<'device.state'>
type Open = ReturnType<typeof openStateStream>
let open: (args: Parameters<Open>[0], context?: RequestContext) => ReturnType<Open>
beforeAll(async () => {
  parts = await openIngestParts()
  const { source, topics } = parts
  relay = startOutboxRelay({ databaseUrl: parts.databaseUrl, schema: 'telemetry', topics, log })
  shared = shareTopic(topics, 'device.state', { log })
  const stream = openStateStream({ topics, shared, states: openStates(source) })
  open = (args, context = requestOf('VIEWER')) => stream(args, context)
})
afterAll(async () => {
  await shared[Symbol.asyncDispose]()
  await relay[Symbol.asyncDispose]()
  await parts[Symbol.asyncDispose]()
})

async function take(stream: AsyncGenerator<DeviceStateEvent>, until: (event: DeviceStateEvent) => boolean) {
  const events: DeviceStateEvent[] = []
  for (;;) {
    const { done, value } = await stream.next()
    if (done) return events
    events.push(value)
    if (until(value)) return events
  }
}
const isLive = ({ type }: DeviceStateEvent) => type === 'LIVE'
const brief = (events: DeviceStateEvent[]) =>
  events.map(({ type, state }) => (state ? `${type} ${state.reachability} ${state.rttMs}` : type))
const settled = () =>
  expect.poll(async () => (await parts.source.query('SELECT count(*)::int AS n FROM outbox'))[0].n).toBe(0)

describe('deviceStateChanged', () => {
  test('tells the snapshot, LIVE, then changes; resumes without loss or repeat', async () => {
    const { id } = await parts.addDevice({ monitoring: watched })
    const filter = { deviceIds: [id] }
    await parts.process(batch('icmp', [ping(id, now - 90_000, 1)]))
    await using stream = open({ filter })
    expect(brief(await take(stream, isLive))).toEqual(['SNAPSHOT UP 1', 'LIVE'])
    await parts.process(batch('icmp', [ping(id, now - 60_000, 2)]))
    const [change] = await take(stream, () => true)
    expect(change).toMatchObject({ type: 'CHANGE', state: { rttMs: 2, device: { id } } })
    await stream.return(undefined)
    await parts.process(batch('icmp', [ping(id, now - 30_000, 3)]))
    await parts.process(batch('icmp', [ping(id, now - 20_000, 4)]))
    await settled()
    await using resumed = open({ filter, after: change?.cursor ?? '' })
    expect(brief(await take(resumed, isLive))).toEqual(['CHANGE UP 3', 'CHANGE UP 4', 'LIVE'])
    await parts.process(batch('icmp', [ping(id, now - 10_000, 5)]))
    expect(brief(await take(resumed, () => true))).toEqual(['CHANGE UP 5'])
  })

  test('ends at once while it waits', async () => {
    const stream = open({})
    await take(stream, isLive)
    const waiting = stream.next()
    await stream.return(undefined)
    expect((await waiting).done).toBe(true)
  })

  test('a device that leaves the filter or is deleted is REMOVED, one that comes is told', async () => {
    const { id } = await parts.addDevice({ monitoring: watched })
    const other = await parts.addDevice({ monitoring: watched, siteId: crypto.randomUUID() })
    await parts.process(batch('icmp', [ping(id, now - 90_000), ping(other.id, now - 90_000)]))
    await settled()
    await using down = open({ filter: { deviceIds: [id, other.id], reachability: ['DOWN'] } })
    await using site = open({ filter: { siteIds: [other.siteId as string] } })
    expect(brief(await take(down, isLive))).toEqual(['LIVE'])
    expect(brief(await take(site, isLive))).toEqual(['SNAPSHOT UP 4', 'LIVE'])
    await parts.process(batch('icmp', [miss(id, now - 60_000)]))
    await parts.process(batch('icmp', [miss(id, now - 57_000)]))
    await parts.process(batch('icmp', [ping(id, now - 30_000)]))
    await parts.addDevice({ ...other, siteId: null }, 'UPDATED')
    await parts.addDevice({ ...other, status: 'DELETED' }, 'DELETED')
    expect(brief(await take(down, ({ type }) => type === 'REMOVED'))).toEqual([
      'CHANGE DOWN null',
      'REMOVED UP 4',
    ])
    expect(brief(await take(site, ({ type }) => type === 'REMOVED'))).toEqual(['REMOVED UP 4'])
  })

  test('where history no longer reaches: RESYNC and a new snapshot; also from within a snapshot', async () => {
    const { id } = await parts.addDevice({ monitoring: watched })
    const filter = { deviceIds: [id] }
    await using first = open({ filter })
    const [snapshot, live] = await take(first, isLive)
    for (const n of [3, 2, 1]) await parts.process(batch('icmp', [ping(id, now - n * 1000, n * 10)]))
    await settled()
    const redis = new Redis(parts.redisUrl)
    await redis.xtrim('sotp:topic:device.state', 'MAXLEN', 1)
    redis.disconnect()
    for (const after of [live?.cursor, snapshot?.cursor]) {
      await using again = open({ filter, after: after as string })
      expect(brief(await take(again, isLive))).toEqual(['RESYNC', 'SNAPSHOT UP 10', 'LIVE'])
    }
  })

  test('refuses what is no cursor or no id, by name', () => {
    expect(() => open({ after: 'yesterday' })).toThrow('after')
    expect(() => open({ filter: { deviceIds: ['x'] } })).toThrow('filter.deviceIds.0')
  })

  test('under many concurrent changes every subscriber, whenever it came, sees each state once and in order', async () => {
    const devices = await Promise.all(
      Array.from({ length: 20 }, () => parts.addDevice({ monitoring: watched })),
    )
    const ids = devices.map(({ id }) => id)
    const rounds = 30
    const start = now - 3_600_000
    const watchers: Promise<{ events: DeviceStateEvent[]; cursors: string[] }>[] = []
    /** Leaves and resumes after every `hop` events. */
    const watch = async (hop: number) => {
      const events: DeviceStateEvent[] = []
      let cursor: string | undefined
      const final = new Set<string>()
      while (final.size < ids.length) {
        await using stream = open({ filter: { deviceIds: ids }, ...(cursor && { after: cursor }) })
        let seen = 0
        for await (const event of stream) {
          events.push(event)
          cursor = event.cursor
          if (event.state?.rttMs === rounds * 10) final.add(event.state.device.id)
          if (final.size === ids.length || (event.type === 'CHANGE' && ++seen >= hop)) break
        }
      }
      return { events, cursors: events.filter(({ type }) => type === 'CHANGE').map((event) => event.cursor) }
    }
    for (let round = 1; round <= rounds; round++) {
      if (round % 6 === 1) watchers.push(watch(Number.POSITIVE_INFINITY), watch(7))
      await Promise.all(
        [0, 5, 10, 15].map((from) =>
          parts.process(
            batch(
              'icmp',
              ids.slice(from, from + 5).map((id) => ping(id, start + round * 1000, round * 10)),
            ),
          ),
        ),
      )
    }
    for (const { events, cursors } of await Promise.all(watchers)) {
      expect(new Set(cursors).size).toBe(cursors.length)
      expect(events.map(({ type }) => type)).not.toContain('RESYNC')
      for (const id of ids) {
        const seen = events.flatMap(({ state }) => (state?.device.id === id ? [state.rttMs] : []))
        const first = seen[0] ?? 0
        const expected = Array.from({ length: rounds - first / 10 + 1 }, (_, n) => first + n * 10)
        expect(seen.map((value) => value ?? 0)).toEqual(expected)
      }
    }
  })
})
