import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import type { RunningSubgraph } from '#core/service/room.js'
import type { Scope } from '#core/service/scope.js'
import { shareTopic } from '#core/service/shared-topic.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { type DataSource, openSource } from '#db/source.js'
import { asker, chassis, device, type PlainSample, requestBy, type Stream } from '#tests/kit/alerting.js'
import { Bench, clear } from '#tests/kit/evaluation.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { start } from '../main.js'
import { AlertRule } from '../rule/rule.js'
import { Alert } from './alert.js'
import { AlertService } from './alert.service.js'
import { matchesAlert, parseAlertFilter } from './alert-filter.js'
import { AlertLive, inChunks } from './alert-live.js'

const log = createLog('test', 'silent')
const site = crypto.randomUUID()
const core = device({ name: 'core-1', siteId: site })
const edge = device({ name: 'edge_7', kind: 'ROUTER' })
const t0 = Date.now() - 86_400_000
let room: RunningSubgraph
let source: DataSource
let topics: Topics
let redisUrl: string
let bench: Bench
beforeAll(async () => {
  const url = await freshDatabase()
  redisUrl = await freshRedis()
  source = await openSource({ url, schema: 'alerting', entities: [AlertRule, Alert] })
  topics = openTopics({ redisUrl, log })
  room = await start({ config: chassis(url, redisUrl), log, health: new Health() })
})
afterAll(async () => {
  await room[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
  await source.destroy()
})
beforeEach(async () => {
  await clear(source)
  bench = new Bench(source)
  for (const known of [core, edge]) await bench.know(known)
})

interface Live {
  alertChanged: {
    kind: string
    cursor: string
    alert: { summary: string; state: string; timeline: { kind: string }[]; acknowledgement: object | null }
  }
}
const query = `subscription ($filter: AlertFilter, $after: String) { alertChanged(filter: $filter, after: $after) {
  kind cursor alert { summary state timeline { kind } acknowledgement { comment } } } }`
const listen = (variables: object = {}) =>
  asker(room.subgraph, 'VIEWER').listen<Live>(query, variables as Record<string, unknown>)
const take = async (stream: Stream<Live>) => {
  const { value } = await stream.next()
  return (value as Live).alertChanged
}
const sample = (
  deviceId: string,
  seconds: number,
  value: number,
  metric: PlainSample['metric'] = 'system.cpu',
) => ({
  deviceId,
  metric,
  at: t0 + seconds * 1000,
  value,
})
const fire = (id: string, seconds: number) =>
  bench.judge([sample(id, seconds, 1), sample(id, seconds + 60, 1)])
const calm = (id: string, seconds: number) => bench.judge([sample(id, seconds, 0)])

describe('alertChanged', () => {
  test('tells each change with the alert and its timeline as they are then', async () => {
    const stream = await listen()
    const first = stream.next()
    await fire(core.id, 0)
    expect((await first).value).toMatchObject({
      alertChanged: {
        kind: 'OPENED',
        alert: {
          summary: 'core-1: processor load is 100 %',
          timeline: [{ kind: 'OPENED' }, { kind: 'FIRED' }],
        },
      },
    })
    const { ask } = asker(room.subgraph, 'OPERATOR')
    const { alerts } = await ask<{ alerts: { nodes: { id: string }[] } }>('{ alerts { nodes { id } } }')
    await ask('mutation ($id: ID!) { acknowledgeAlert(id: $id, comment: "on it") { id } }', {
      id: alerts.nodes[0]?.id,
    })
    const acknowledged = await take(stream)
    expect(acknowledged).toMatchObject({
      kind: 'ACKNOWLEDGED',
      alert: { acknowledgement: { comment: 'on it' } },
    })
    expect(acknowledged.alert.timeline).toHaveLength(3)
    await calm(core.id, 100)
    expect(await take(stream)).toMatchObject({ kind: 'RESOLVED', alert: { state: 'RESOLVED' } })
    await stream.end()
  })

  test('goes on behind a cursor and loses and repeats nothing', async () => {
    const before = await topics.head('alert.changed')
    for (let n = 0; n < 6; n++) {
      await fire(core.id, n * 1000)
      await calm(core.id, n * 1000 + 500)
    }
    await expect.poll(async () => (await topics.read('alert.changed', before, 100)).length).toBe(12)
    const all = (await topics.read('alert.changed', before, 100)).map(({ cursor }) => cursor)
    const stream = await listen({ after: before })
    const seen: string[] = []
    while (seen.length < 12) seen.push((await take(stream)).cursor)
    expect(seen).toEqual(all)
    const rest = await listen({ after: all[9] })
    expect([(await take(rest)).cursor, (await take(rest)).cursor]).toEqual(all.slice(10))
    await Promise.all([stream.end(), rest.end()])
  })

  test('tells only what fits the filter', async () => {
    const streams = await Promise.all(
      [{ deviceIds: [edge.id] }, { search: 'EDGE_' }, { states: ['RESOLVED'], siteIds: [site] }].map(
        (filter) => listen({ filter }),
      ),
    )
    const next = streams.map(take)
    await fire(core.id, 0)
    await calm(core.id, 100)
    await fire(edge.id, 0)
    const told = await Promise.all(next)
    expect(told.map(({ alert, kind }) => `${kind} ${alert.summary.split(':')[0]}`).slice(0, 2)).toEqual([
      'OPENED edge_7',
      'OPENED edge_7',
    ])
    expect(told[2]).toMatchObject({
      alert: { state: 'RESOLVED', summary: 'core-1: processor load is 100 %' },
    })
    await Promise.all(streams.map((stream) => stream.end()))
  })

  test('refuses a cursor that history no longer reaches, and what is none', async () => {
    await expect(listen({ after: '99999999999999999-0' })).rejects.toThrow(
      'CONFLICT: The history no longer reaches back to this cursor; load the list again.',
    )
    await expect(listen({ after: 'rubbish' })).rejects.toThrow('BAD_USER_INPUT: after')
    await expect(listen({ filter: { ruleIds: ['x'] } })).rejects.toThrow('BAD_USER_INPUT: filter.ruleIds.0')
  })

  test('reads the topic once for everybody who listens', async () => {
    const streams = await Promise.all(Array.from({ length: 40 }, () => listen()))
    const next = streams.map(take)
    const redis = new Redis(redisUrl)
    const database = new URL(redisUrl).pathname.slice(1)
    const readers = async () =>
      ((await redis.client('LIST')) as string)
        .split('\n')
        .filter((line) => line.includes(` db=${database} `) && line.includes('cmd=xread')).length
    await expect.poll(readers).toBe(1)
    redis.disconnect()
    await fire(core.id, 0)
    expect(new Set((await Promise.all(next)).map(({ cursor }) => cursor)).size).toBe(1)
    await Promise.all(streams.map((stream) => stream.end()))
  })

  test('looks an alert up once for everybody who listens', async () => {
    await fire(core.id, 0)
    let lookUps = 0
    const counting = new AlertService(source)
    const withDevices = counting.withDevices.bind(counting)
    counting.withDevices = (ids) => {
      lookUps += 1
      return withDevices(ids)
    }
    await using shared = shareTopic(topics, 'alert.changed', { log })
    const live = new AlertLive(topics, shared, counting)
    const streams = await Promise.all(Array.from({ length: 40 }, () => live.open({}, requestBy('VIEWER'))))
    const next = streams.map((stream) => stream.next())
    await calm(core.id, 100)
    await Promise.all(next)
    // The opening of the alert may still have been on its way to the topic when they began.
    expect(lookUps).toBeLessThanOrEqual(2)
    await Promise.all(streams.map((stream) => stream.return(undefined)))
  })

  test('ends at once when the client leaves while nothing happens', async () => {
    const stream = await listen()
    const waiting = stream.next()
    await stream.end()
    expect((await waiting).done).toBe(true)
  })
})

test('whatever the filter, list and stream mean the same by it', async () => {
  for (const [n, id] of [core.id, edge.id, core.id, edge.id].entries()) {
    await fire(id, n * 1000)
    if (n < 3) await calm(id, n * 1000 + 500)
  }
  await bench.judge([sample(core.id, 5000, 1, 'icmp.loss')])
  await source.query(`UPDATE alert SET acknowledged_at = now() WHERE device_id = $1`, [edge.id])
  await source.query(`UPDATE alert SET severity = 'CRITICAL' WHERE starts_at > $1`, [new Date(t0 + 1500_000)])
  const service = new AlertService(source)
  const ids = ((await source.query('SELECT id FROM alert')) as { id: string }[]).map(({ id }) => id)
  const known = await service.withDevices(ids)
  expect(known.size).toBe(5)
  const some = <T>(...values: T[]) => fc.option(fc.subarray(values))
  const filters = fc.record({
    states: some('PENDING' as const, 'FIRING' as const, 'RESOLVED' as const),
    severities: some('INFO' as const, 'WARNING' as const, 'CRITICAL' as const),
    deviceIds: some(core.id, edge.id.toUpperCase()),
    siteIds: some(site, crypto.randomUUID()),
    ruleIds: some('a1e70000-0000-4000-8000-000000000002', 'a1e70000-0000-4000-8000-000000000005'),
    acknowledged: fc.option(fc.boolean()),
    search: fc.option(fc.constantFrom('core', 'EDGE_7', 'edge%', 'load', '%', '\\', ' ')),
    from: fc.option(fc.constantFrom(new Date(t0), new Date(t0 + 1000_000))),
    to: fc.option(fc.constantFrom(new Date(t0 + 1000_000), new Date(t0 + 9000_000))),
  })
  const scopes = fc.constantFrom<Scope>('everywhere', new Set([site]), 'nowhere')
  await fc.assert(
    fc.asyncProperty(filters, scopes, async (filter, scope) => {
      const parsed = parseAlertFilter(filter, scope)
      const { alerts } = await service.page(parsed, 100, null)
      const byHand = [...known.values()]
        .filter((one) => matchesAlert(parsed, one))
        .map(({ alert }) => alert.id)
      expect(alerts.map(({ id }) => id).sort()).toEqual(byHand.sort())
    }),
    { numRuns: 150 },
  )
})

test('chunks hold what has come, in order, and pass an end and an error on', async () => {
  async function* numbers(end: 'well' | 'badly') {
    for (let n = 0; n < 25; n++) {
      if (n === 12) await new Promise((resolve) => setTimeout(resolve, 5))
      yield n
    }
    if (end === 'badly') throw new Error('too slow')
  }
  const chunks: number[][] = []
  for await (const chunk of inChunks(numbers('well'), 10)) chunks.push(chunk)
  expect(chunks.map(({ length }) => length)).toEqual([10, 2, 10, 3])
  expect(chunks.flat()).toEqual(Array.from({ length: 25 }, (_, n) => n))
  await expect(
    (async () => {
      for await (const _chunk of inChunks(numbers('badly'), 10));
    })(),
  ).rejects.toThrow('too slow')
})
