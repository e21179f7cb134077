import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { samplesOf } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openPlan } from '#core/service/plan.js'
import { openRedis } from '#core/service/redis.js'
import { type PolledDevices, scene, startPolledDevices } from '#tests/kit/polled-devices.js'
import { batch, type IngestParts, miss, ping } from '#tests/kit/telemetry.js'
import { requestOf, type TelemetryApi } from '#tests/kit/telemetry-api.js'

import { createTally } from './ingest/tally.js'
import { sdl } from './main.js'

const { now, site, a, b } = scene
const gone = crypto.randomUUID()
let parts: IngestParts
let api: TelemetryApi
let polled: PolledDevices

beforeAll(async () => {
  polled = await startPolledDevices()
  ;({ parts, api } = polled)
})
afterAll(() => polled[Symbol.asyncDispose]())

describe('states', () => {
  test('all, by site and by reachability', async () => {
    const query = `query ($f: DeviceStateFilter) { deviceStates(filter: $f) {
      device { id } reachability reason since rttMs lossRatio uptimeSeconds lastPolledAt stale } }`
    const all = await api.data<{ deviceStates: unknown[] }>(query)
    expect(all.deviceStates).toHaveLength(2)
    expect(await api.data(query, { f: { siteIds: [site], reachability: ['UP'] } })).toEqual({
      deviceStates: [
        {
          device: { id: a },
          reachability: 'UP',
          reason: 'OK',
          since: new Date(now - 600_000).toISOString(),
          rttMs: 1,
          lossRatio: 0,
          uptimeSeconds: '1099511627776',
          lastPolledAt: new Date(now - 30_000).toISOString(),
          stale: false,
        },
      ],
    })
    expect(await api.data(query, { f: { deviceIds: [a], reachability: ['DOWN'] } })).toEqual({
      deviceStates: [],
    })
  })

  test('of many devices with one statement; one that nobody polled is UNKNOWN', async () => {
    const found = await api.entities('Device', [a, b, gone], 'id state { reachability reason }')
    expect(found).toEqual([
      { id: a, state: { reachability: 'UP', reason: 'OK' } },
      { id: b, state: { reachability: 'DOWN', reason: 'NO_REPLY' } },
      { id: gone, state: { reachability: 'UNKNOWN', reason: 'NEVER_POLLED' } },
    ])
    const { _entities } = await api.data<{ _entities: unknown[] }>(
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on DeviceState { reachability } } }',
      { of: [{ __typename: 'DeviceState', device: { id: b } }] },
    )
    expect(_entities).toEqual([{ reachability: 'DOWN' }])
  })

  test('history comes in pages, newest first', async () => {
    const query = `query ($after: String, $f: DeviceStateFilter) { stateChanges(first: 2, after: $after, filter: $f) {
      nodes { at device { id } from to reason } pageInfo { hasNextPage endCursor } } }`
    interface Page {
      stateChanges: { nodes: { to: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
    }
    const { stateChanges: first } = await api.data<Page>(query)
    expect(first.nodes[0]).toEqual({
      at: new Date(now - 90_000).toISOString(),
      device: { id: b },
      from: 'UP',
      to: 'DOWN',
      reason: 'NO_REPLY',
    })
    expect(first.pageInfo.hasNextPage).toBe(true)
    const { stateChanges: second } = await api.data<Page>(query, { after: first.pageInfo.endCursor })
    expect(second.nodes.map(({ to }) => to)).toEqual(['UP'])
    expect(second.pageInfo.hasNextPage).toBe(false)
    const downs = await api.data<Page>(query, { f: { reachability: ['DOWN'] } })
    expect(downs.stateChanges.nodes).toHaveLength(1)
  })

  test('availability counts what is known', async () => {
    const [up, down, none] = await api.entities(
      'Device',
      [a, b, gone],
      `availability(range: { from: "${new Date(now - 1200_000).toISOString()}", to: "${new Date(now - 30_000).toISOString()}" }) {
        ratio upSeconds downSeconds unknownSeconds dataCompleteness outages { from to reason } }`,
    )
    expect(up).toEqual({
      availability: {
        ratio: 1,
        upSeconds: 570,
        downSeconds: 0,
        unknownSeconds: 600,
        dataCompleteness: 570 / 1170,
        outages: [],
      },
    })
    expect(down).toMatchObject({
      availability: {
        ratio: 510 / 570,
        downSeconds: 60,
        outages: [{ from: new Date(now - 90_000).toISOString(), to: null, reason: 'NO_REPLY' }],
      },
    })
    expect(none).toMatchObject({ availability: { ratio: null, unknownSeconds: 1170, dataCompleteness: 0 } })
  })
})

describe('health', () => {
  test('the summary counts devices and polls', async () => {
    const tally = createTally(parts.source)
    const polls = batch('icmp', [ping(a, now), ping(b, now), miss(b, now + 1)])
    tally.add('icmp', polls.outcomes, samplesOf(polls))
    await tally.flush()
    const { networkSummary } = await api.data<{ networkSummary: Record<string, number> }>(
      '{ networkSummary { devices up degraded down unreachable unknown pollsPerSecond pollSuccessRatio ingestLagSeconds } }',
    )
    expect(networkSummary).toMatchObject({ devices: 2, up: 1, down: 1, pollSuccessRatio: 2 / 3 })
    expect(networkSummary['pollsPerSecond']).toBeGreaterThan(0)
    expect(networkSummary['ingestLagSeconds']).toBeLessThan(120)
  })

  test('the pipeline says which stage is behind', async () => {
    const query = '{ pipelineHealth { ok stages { name backlog lagSeconds lastSuccessAt ok message } } }'
    interface Answer {
      pipelineHealth: { ok: boolean; stages: { name: string; ok: boolean; message: string }[] }
    }
    const { pipelineHealth } = await api.data<Answer>(query)
    expect(pipelineHealth.ok).toBe(false)
    const stage = (name: string) => pipelineHealth.stages.find((one) => one.name === name)
    expect(stage('poll.icmp')).toMatchObject({ ok: true, message: null })
    expect(stage('poll.snmp')).toMatchObject({ ok: false, message: 'no poll has come in for too long' })
    expect(stage('ingest')).toMatchObject({ ok: true, backlog: 0 })
    expect(stage('rollup')).toMatchObject({ ok: false })
    expect(stage('plan')).toMatchObject({ ok: false })

    const well = { shards: 4, waiting: 0, shedding: 'NOTHING', missedPolls: 0 } as const
    await using stack = new AsyncDisposableStack()
    const redis = stack.adopt(openRedis(parts.redisUrl, createLog('test', 'silent')), (open) =>
      open.disconnect(),
    )
    await openPlan(redis).tell({
      icmp: { ...well, waiting: 9, shedding: 'POLLS', missedPolls: 400 },
      snmp: well,
    })
    const { stages } = (await api.data<Answer>(query)).pipelineHealth
    expect(stages.find(({ name }) => name === 'plan')).toMatchObject({ ok: true, message: null })
    expect(stages.find(({ name }) => name === 'poll.icmp')).toMatchObject({
      ok: false,
      message: expect.stringMatching(
        /^polling slower than configured: 9 jobs wait where 4 are a round, 400 polls .* were missed/,
      ),
    })
    expect((await api.health.report()).ready).toBe(true)
  })

  test('its figures say what came in, what waits, what was refused and who is slow', async () => {
    const then = Date.now() - 5 * 60_000
    const tally = createTally(parts.source, () => then)
    const polls = batch('icmp', [ping(a, now), miss(b, now + 1)])
    tally.add('icmp', polls.outcomes, samplesOf(polls))
    tally.refused('future', 2)
    tally.refused('future', 3)
    await tally.flush()
    const at = Date.now() - 1000
    await parts.process(batch('snmp', [{ id: b, at, samples: [['snmp.response', 420]] }]))
    const { pipelineHealth } = await api.data<{ pipelineHealth: Record<string, unknown[]> }>(
      `{ pipelineHealth { queues { name waiting active delayed failed } minutes(last: 10) { at collector polls failed samples }
         refused { reason count lastAt } slowest(first: 1) { responseMs at device { id } } } }`,
    )
    const idle = { waiting: 0, active: 0, delayed: 0, failed: 0 }
    const minuteOf = new Date(Math.floor(then / 60_000) * 60_000).toISOString()
    expect(pipelineHealth).toEqual({
      queues: ['poll.icmp', 'poll.snmp', 'telemetry.batches', 'telemetry.traps'].map((name) => ({
        name,
        ...idle,
      })),
      // What the tests before polled counts once its minute is over.
      minutes: expect.arrayContaining([
        { at: minuteOf, collector: 'icmp', polls: 2, failed: 1, samples: samplesOf(polls).at.length },
      ]),
      refused: [{ reason: 'future', count: 5, lastAt: minuteOf }],
      slowest: [{ responseMs: 420, at: new Date(at).toISOString(), device: { id: b } }],
    })
    const asked = async (field: string) => {
      const query = `{ pipelineHealth { ${field} } }`
      return (await api.subgraph.execute({ query }, requestOf('OPERATOR'))).errors?.[0]?.extensions
    }
    expect(await asked('minutes(last: 0) { at }')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'last' })
    expect(await asked('slowest(first: 101) { at }')).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'first',
    })
  })
})

test('permissions are checked, and the SDL is that of the running subgraph', async () => {
  expect(
    (await api.subgraph.execute({ query: '{ pipelineHealth { ok } }' }, requestOf('VIEWER'))).errors?.[0]
      ?.extensions['code'],
  ).toBe('FORBIDDEN')
  const anonymous = { ...requestOf(), identity: null }
  for (const query of [
    '{ networkSummary { up } }',
    '{ deviceStates { reason } }',
    '{ metricCatalog { name } }',
  ])
    expect((await api.subgraph.execute({ query }, anonymous)).errors?.[0]?.extensions['code']).toBe(
      'UNAUTHENTICATED',
    )
  const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Device { id } } }'
  const { errors } = await api.subgraph.execute(
    { query, variables: { of: [{ __typename: 'Device', id: a }] } },
    anonymous,
  )
  expect(errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  expect(sdl()).toBe(api.subgraph.sdl)
  expect(sdl()).toContain('type DeviceState @key(fields: "device { id }")')
})
