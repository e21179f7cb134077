import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import type { RunningSubgraph } from '#core/service/room.js'
import { type DataSource, openSource } from '#db/source.js'
import { asker, chassis, device, type PlainSample, requestBy } from '#tests/kit/alerting.js'
import { Bench, clear } from '#tests/kit/evaluation.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { sdl, start } from './main.js'
import { AlertRule } from './rule/rule.js'

const site = crypto.randomUUID()
const core = device({ name: 'core-1', siteId: site, siteName: 'Gdańsk' })
const edge = device({ name: 'edge-7', kind: 'ROUTER', tags: ['wan'] })
const port = crypto.randomUUID()
const t0 = Date.now() - 86_400_000

let room: RunningSubgraph
let source: DataSource
let bench: Bench
beforeAll(async () => {
  const url = await freshDatabase()
  source = await openSource({ url, schema: 'alerting', entities: [AlertRule] })
  room = await start({
    config: chassis(url, await freshRedis()),
    log: createLog('test', 'silent'),
    health: new Health(),
  })
})
afterAll(async () => {
  await room[Symbol.asyncDispose]()
  await source.destroy()
})
beforeEach(async () => {
  await clear(source)
  bench = new Bench(source)
  for (const known of [core, edge]) await bench.know(known)
})

const viewer = () => asker(room.subgraph, 'VIEWER')
const operator = () => asker(room.subgraph, 'OPERATOR')
/** Two samples far enough apart to fire. */
const fire = (deviceId: string, seconds: number, metric: PlainSample['metric'] = 'system.cpu') =>
  bench.judge(
    [0, 60].map((more) => ({
      deviceId,
      metric,
      ...(metric.startsWith('if.') && { instance: port }),
      at: t0 + (seconds + more) * 1000,
      value: 1,
    })),
  )
const calm = (deviceId: string, seconds: number) =>
  bench.judge([{ deviceId, metric: 'system.cpu', at: t0 + seconds * 1000, value: 0 }])
interface Page {
  alerts: {
    nodes: { id: string; summary: string; state: string }[]
    edges: { cursor: string }[]
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
    totalCount: number
  }
}
const pageQuery = `query ($filter: AlertFilter, $first: Int! = 50, $after: String) {
  alerts(filter: $filter, first: $first, after: $after) {
    nodes { id summary state } edges { cursor } pageInfo { hasNextPage endCursor } totalCount } }`
const list = async (filter?: Record<string, unknown>, more?: Record<string, unknown>) =>
  (await viewer().ask<Page>(pageQuery, { filter, ...more })).alerts
const firstId = async () => (await list()).nodes[0]?.id ?? ''

describe('the list of alerts', () => {
  test('hides what is only pending, unless asked', async () => {
    await bench.judge([{ deviceId: core.id, metric: 'system.cpu', at: t0, value: 1 }])
    expect(await list()).toMatchObject({ nodes: [], totalCount: 0, pageInfo: { endCursor: null } })
    expect((await list({ states: ['PENDING'] })).nodes).toMatchObject([{ state: 'PENDING' }])
  })

  test('has pages, newest first, without gap or repeat while new ones come', async () => {
    for (let n = 0; n < 7; n++) {
      await fire(core.id, n * 1000)
      await calm(core.id, n * 1000 + 500)
    }
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: Page['alerts'] = await list(undefined, { first: 3, after })
      seen.push(...page.nodes.map(({ id }) => id))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      await fire(edge.id, 20_000 + seen.length)
      await calm(edge.id, 20_000 + seen.length + 61)
    } while (after)
    expect(new Set(seen).size).toBe(7)
    const all = (await list({ deviceIds: [core.id] })).nodes.map(({ id }) => id)
    expect(seen).toEqual(all)
  })

  test.each<[string, Record<string, unknown>, string[]]>([
    ['devices', { deviceIds: [core.id] }, ['core-1: processor load is 100 %']],
    ['sites', { siteIds: [site] }, ['core-1: processor load is 100 %']],
    ['a name in any case', { search: 'EDGE' }, ['edge-7 loses 100 % of its packets']],
    [
      'the text',
      { search: '100 %' },
      ['edge-7 loses 100 % of its packets', 'core-1: processor load is 100 %'],
    ],
    ['what looks like a pattern', { search: '1_0' }, []],
    ['severities', { severities: ['CRITICAL'] }, []],
    ['rules', { ruleIds: ['a1e70000-0000-4000-8000-000000000005'] }, ['edge-7 loses 100 % of its packets']],
    ['a time', { from: new Date(t0 + 100_000) }, ['edge-7 loses 100 % of its packets']],
    ['a time before', { to: new Date(t0 + 200_000) }, ['core-1: processor load is 100 %']],
    ['acknowledged ones', { acknowledged: true }, []],
    [
      'what is empty',
      { deviceIds: [], search: '', states: ['FIRING'] },
      ['edge-7 loses 100 % of its packets', 'core-1: processor load is 100 %'],
    ],
  ])('can be limited by %s', async (_name, filter, expected) => {
    await fire(core.id, 0)
    await fire(edge.id, 200, 'icmp.loss')
    const { nodes, totalCount } = await list(filter)
    expect(nodes.map(({ summary }) => summary)).toEqual(expected)
    expect(totalCount).toBe(expected.length)
  })

  test.each<[string, Record<string, unknown>]>([
    ['filter.deviceIds.0', { filter: { deviceIds: ['no'] } }],
    ['first', { first: 0 }],
    ['first', { first: 501 }],
    ['after', { after: 'rubbish' }],
  ])('refuses a faulty %s', async (field, variables) => {
    await expect(viewer().ask(pageQuery, variables)).rejects.toThrow(`BAD_USER_INPUT: ${field}`)
  })
})

describe('one alert', () => {
  const query = `query ($id: ID!) { alert(id: $id) { id rule { name builtIn } device { id } interface { id } severity state
    value startsAt firedAt resolvedAt fingerprint acknowledgement { by { id } at comment } timeline { kind text by { id } } } }`

  test('tells everything of itself', async () => {
    await fire(core.id, 0, 'if.out.utilization')
    const { alert } = await viewer().ask<{ alert: unknown }>(query, { id: await firstId() })
    expect(alert).toMatchObject({
      rule: { name: 'Interface saturated (out)', builtIn: true },
      device: { id: core.id },
      interface: { id: port },
      state: 'FIRING',
      value: 1,
      startsAt: new Date(t0).toISOString(),
      firedAt: new Date(t0 + 60_000).toISOString(),
      resolvedAt: null,
      acknowledgement: null,
      timeline: [{ kind: 'OPENED' }, { kind: 'FIRED', by: null }],
    })
  })

  test('that does not exist is null; one of a whole device has no interface', async () => {
    await fire(core.id, 0)
    expect(await viewer().ask(query, { id: crypto.randomUUID() })).toEqual({ alert: null })
    expect(await viewer().ask(query, { id: await firstId() })).toMatchObject({ alert: { interface: null } })
  })

  test('is acknowledged, commented on and released, each told once', async () => {
    await fire(core.id, 0)
    const id = await firstId()
    const { ask, userId } = operator()
    const acknowledge =
      'mutation ($id: ID!, $comment: String) { acknowledgeAlert(id: $id, comment: $comment) { acknowledgement { by { id } comment } } }'
    expect(await ask(acknowledge, { id, comment: ' mine ' })).toEqual({
      acknowledgeAlert: { acknowledgement: { by: { id: userId }, comment: 'mine' } },
    })
    await ask(acknowledge, { id })
    expect((await list({ acknowledged: true })).totalCount).toBe(1)
    await ask('mutation ($id: ID!) { commentAlert(id: $id, comment: "cable?") { id } }', { id })
    const release = 'mutation ($id: ID!) { unacknowledgeAlert(id: $id) { acknowledgement { at } } }'
    expect(await ask(release, { id })).toEqual({ unacknowledgeAlert: { acknowledgement: null } })
    await ask(release, { id })
    const { alert } = await ask<{ alert: { timeline: object[] } }>(query, { id })
    expect(alert.timeline.slice(2)).toEqual([
      { kind: 'ACKNOWLEDGED', text: 'mine', by: { id: userId } },
      { kind: 'COMMENTED', text: 'cable?', by: { id: userId } },
      { kind: 'UNACKNOWLEDGED', text: 'acknowledgement taken back', by: { id: userId } },
    ])
  })

  test('keeps its acknowledgement when it resolves, and takes comments but no new one', async () => {
    await fire(core.id, 0)
    const id = await firstId()
    const { ask } = operator()
    await ask('mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }', { id })
    await calm(core.id, 200)
    expect((await list({ states: ['RESOLVED'], acknowledged: true })).totalCount).toBe(1)
    await ask('mutation ($id: ID!) { commentAlert(id: $id, comment: "done") { id } }', { id })
    await expect(ask('mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }', { id })).rejects.toThrow(
      'CONFLICT',
    )
    await expect(ask('mutation ($id: ID!) { unacknowledgeAlert(id: $id) { id } }', { id })).rejects.toThrow(
      'CONFLICT',
    )
  })

  test('that is only pending, unknown or commented with nothing is refused', async () => {
    await bench.judge([{ deviceId: core.id, metric: 'system.cpu', at: t0, value: 1 }])
    const id = (await list({ states: ['PENDING'] })).nodes[0]?.id
    const { ask } = operator()
    const comment =
      'mutation ($id: ID!, $comment: String!) { commentAlert(id: $id, comment: $comment) { id } }'
    await expect(ask(comment, { id, comment: 'x' })).rejects.toThrow('CONFLICT')
    await expect(ask(comment, { id, comment: ' ' })).rejects.toThrow('BAD_USER_INPUT: comment')
    await expect(ask(comment, { id: crypto.randomUUID(), comment: 'x' })).rejects.toThrow('NOT_FOUND')
    await expect(ask(comment, { id: 'x', comment: 'x' })).rejects.toThrow('BAD_USER_INPUT: id')
  })

  test('may be seen by a viewer, not touched', async () => {
    await fire(core.id, 0)
    const id = await firstId()
    await expect(
      viewer().ask('mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }', { id }),
    ).rejects.toThrow('FORBIDDEN')
  })
})

describe('devices and interfaces of other subgraphs', () => {
  const entities = `query ($refs: [_Any!]!) { _entities(representations: $refs) {
    ... on Device { id health { worst firing acknowledged } alerts { summary } all: alerts(states: [FIRING, RESOLVED]) { state rule { name } timeline { kind } } }
    ... on Interface { id alerts { device { id } } }
    ... on Alert { summary } ... on AlertRule { name scope { tags siteIds } } } }`

  test('get their health and alerts, however many, with a few statements', async () => {
    await fire(core.id, 0)
    await calm(core.id, 100)
    await fire(core.id, 200)
    await fire(core.id, 200, 'icmp.loss')
    await fire(edge.id, 0, 'if.in.utilization')
    await source.query(`UPDATE alert SET severity = 'CRITICAL' WHERE metric = 'icmp.loss'`)
    const { ask } = operator()
    await ask('mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }', { id: await firstId() })
    const quiet = crypto.randomUUID()
    const refs = [
      ...[core.id, edge.id, quiet, 'rubbish'].map((id) => ({ __typename: 'Device', id })),
      { __typename: 'Interface', id: port },
      { __typename: 'Alert', id: await firstId() },
      { __typename: 'AlertRule', id: 'a1e70000-0000-4000-8000-000000000001' },
    ]
    const { _entities: found } = await ask<{ _entities: object[] }>(entities, { refs })
    expect(found).toMatchObject([
      { health: { worst: 'CRITICAL', firing: 2, acknowledged: 1 } },
      { health: { worst: 'WARNING', firing: 1, acknowledged: 0 }, alerts: [{}] },
      { health: { worst: null, firing: 0, acknowledged: 0 }, alerts: [], all: [] },
      { health: { worst: null }, alerts: [] },
      { alerts: [{ device: { id: edge.id } }] },
      { summary: expect.any(String) },
      { name: 'Device down', scope: { tags: null, siteIds: null } },
    ])
    expect((found[0] as { all: { state: string }[] }).all.map(({ state }) => state).sort()).toEqual([
      'FIRING',
      'FIRING',
      'RESOLVED',
    ])
  })

  test('are nothing for anybody without the permission', async () => {
    const refs = [{ __typename: 'Device', id: core.id }]
    const { errors } = await room.subgraph.execute(
      { query: entities, variables: { refs } },
      { ...requestBy('VIEWER'), identity: null },
    )
    expect(errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED')
  })
})

test('the schema that is written is the one that runs', () => {
  expect(sdl()).toBe(room.subgraph.sdl)
})
