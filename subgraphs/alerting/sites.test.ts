import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import type { RunningSubgraph } from '#core/service/room.js'
import { type DataSource, openSource } from '#db/source.js'

import { asker, chassis, device } from '#tests/kit/alerting.js'
import { Bench, clear } from '#tests/kit/evaluation.js'
import {
  ask,
  entityQuestions,
  holding,
  type Question,
  questions,
  rootFields,
  told,
} from '#tests/kit/scoping.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'
import { start } from './main.js'
import { AlertRule } from './rule/rule.js'

/** Somebody may see one of two sites: no alert, rule or event of the other may ever reach them. */
const [mine, other] = [crypto.randomUUID(), crypto.randomUUID()]
const known = {
  my: device({ name: 'mine-core', siteId: mine, siteName: 'mine-site' }),
  other: device({ name: 'other-core', siteId: other, siteName: 'other-site' }),
  none: device({ name: 'nowhere-core' }),
}
const port = { my: crypto.randomUUID(), other: crypto.randomUUID() }
const t0 = Date.now() - 86_400_000
const viewer = () => holding({ role: 'VIEWER', siteIds: [mine] })
const operator = () => holding({ role: 'OPERATOR', siteIds: [mine] })
let room: RunningSubgraph
let source: DataSource
let bench: Bench
let rules: { own: string; foreign: string; single: string }
let strange: string[]

const fire = (deviceId: string, seconds: number, instance?: string) =>
  bench.judge(
    [0, 60].map((more) => ({
      deviceId,
      metric: instance ? ('if.in.utilization' as const) : ('system.cpu' as const),
      ...(instance && { instance }),
      at: t0 + (seconds + more) * 1000,
      value: 1,
    })),
  )
const alertOf = async (deviceId: string): Promise<string> =>
  (await source.query('SELECT id FROM alert WHERE device_id = $1 ORDER BY starts_at LIMIT 1', [deviceId]))[0]
    .id

beforeAll(async () => {
  const url = await freshDatabase()
  source = await openSource({ url, schema: 'alerting', entities: [AlertRule] })
  room = await start({
    config: chassis(url, await freshRedis()),
    log: createLog('test', 'silent'),
    health: new Health(),
  })
  await clear(source)
  bench = new Bench(source)
  for (const one of Object.values(known)) await bench.know(one)
  await source.query('INSERT INTO interface_name VALUES ($1, $2, $3), ($4, $5, $6)', [
    ...[port.my, known.my.id, 'mine-ge-0'],
    ...[port.other, known.other.id, 'other-ge-0'],
  ])
  const admin = asker(room.subgraph, 'ADMIN')
  const rule = async (name: string, scope: object): Promise<string> => {
    const { createAlertRule } = await admin.ask<{ createAlertRule: { id: string } }>(
      'mutation ($input: AlertRuleInput!) { createAlertRule(input: $input) { id } }',
      {
        input: {
          name,
          metric: 'icmp.rtt',
          comparison: 'GREATER',
          threshold: 1,
          forSeconds: 0,
          severity: 'INFO',
          scope,
        },
      },
    )
    return createAlertRule.id
  }
  rules = {
    own: await rule('mine and more', { siteIds: [mine, other], deviceIds: [known.my.id, known.other.id] }),
    foreign: await rule('other-rule', { siteIds: [other] }),
    single: await rule('other-device', { deviceIds: [known.other.id, known.none.id] }),
  }
  await bench.rules('for_seconds = for_seconds')
  for (const { id } of Object.values(known)) await fire(id, 0)
  await fire(known.my.id, 0, port.my)
  await fire(known.other.id, 0, port.other)
  strange = [
    other,
    known.other.id,
    known.none.id,
    port.other,
    rules.foreign,
    rules.single,
    'other-',
    'nowhere-',
  ]
  strange.push(await alertOf(known.other.id), await alertOf(known.none.id))
})
afterAll(async () => {
  await room[Symbol.asyncDispose]()
  await source.destroy()
})

async function all(): Promise<Question[]> {
  const alert = { my: await alertOf(known.my.id), other: await alertOf(known.other.id) }
  const options = {
    may: ['alert.read', 'viewer.read'],
    args: { 'Device.alerts': '(states: [FIRING, RESOLVED])' },
  }
  return [
    ...questions(
      room.subgraph,
      {
        alerts: ['', '(filter: { search: "core" })', `(filter: { siteIds: ["${other}"] })`, '(first: 1)'],
        alert: [`(id: "${alert.my}")`, `(id: "${alert.other}")`],
        alertRules: [''],
      },
      options,
    ),
    ...entityQuestions(
      room.subgraph,
      {
        Alert: [{ id: alert.my }, { id: alert.other }],
        AlertRule: [{ id: rules.own }, { id: rules.foreign }, { id: rules.single }],
        Device: [{ id: known.my.id }, { id: known.other.id }, { id: known.none.id }],
        Interface: [{ id: port.my }, { id: port.other }],
      },
      options,
    ),
  ]
}

test('no field and no entity tells anything of another site, nor changes with it', async () => {
  const before = new Map<string, string>()
  const asked = await all()
  for (const question of asked) {
    const answer = await told(room.subgraph, question, viewer())
    before.set(question.name, answer)
    if (!question.name.includes(other))
      for (const mark of strange) expect(answer, question.name).not.toContain(mark)
  }
  expect(JSON.parse(before.get('Query.alerts') ?? '').data.alerts.totalCount).toBe(2)
  expect(before.get('_entities(Interface)')).toContain('mine-ge-0')
  await fire(known.other.id, 600, crypto.randomUUID())
  await source.query(`UPDATE alert SET acknowledged_at = now(), acknowledged_by = $1 WHERE device_id = $2`, [
    crypto.randomUUID(),
    known.other.id,
  ])
  for (const question of asked) {
    expect(await told(room.subgraph, question, viewer()), question.name).toBe(before.get(question.name))
  }
  const { data } = await ask(
    room.subgraph,
    { query: '{ alerts { totalCount } alertRules { name } }' },
    holding({ role: 'VIEWER', siteIds: null }),
  )
  expect(data).toMatchObject({ alerts: { totalCount: 6 } })
  expect(JSON.stringify(data)).toContain('other-rule')
})

test('what is another site’s is missing, not forbidden, and a rule names only what one sees', async () => {
  const { data, errors } = await ask(
    room.subgraph,
    {
      query: `query ($of: [_Any!]!) { _entities(representations: $of) { __typename }
        alert(id: "${await alertOf(known.other.id)}") { id } alertRules { name scope { siteIds deviceIds } } }`,
      variables: {
        of: [
          { __typename: 'Device', id: known.other.id },
          { __typename: 'Device', id: known.none.id },
          { __typename: 'Interface', id: port.other },
          { __typename: 'Alert', id: await alertOf(known.other.id) },
          { __typename: 'AlertRule', id: rules.foreign },
          { __typename: 'AlertRule', id: rules.single },
          { __typename: 'AlertRule', id: rules.own },
        ],
      },
    },
    viewer(),
  )
  expect(errors).toBeUndefined()
  expect(data).toMatchObject({
    _entities: [null, null, null, null, null, null, { __typename: 'AlertRule' }],
    alert: null,
  })
  const { alertRules } = data as unknown as { alertRules: { name: string; scope: object }[] }
  expect(alertRules).toHaveLength(6)
  expect(alertRules.find(({ name }) => name === 'mine and more')?.scope).toEqual({
    siteIds: [mine],
    deviceIds: [known.my.id],
  })
})

describe('mutations', () => {
  test('have their cases here, and are refused beyond one’s own site without a change', async () => {
    const foreign = await alertOf(known.other.id)
    const nowhere = await alertOf(known.none.id)
    const cases: Record<string, [string, string][]> = {
      acknowledgeAlert: [
        [`acknowledgeAlert(id: "${foreign}") { id }`, 'NOT_FOUND'],
        [`acknowledgeAlert(id: "${nowhere}", comment: "x") { id }`, 'NOT_FOUND'],
      ],
      unacknowledgeAlert: [[`unacknowledgeAlert(id: "${foreign}") { id }`, 'NOT_FOUND']],
      commentAlert: [[`commentAlert(id: "${foreign}", comment: "x") { id }`, 'NOT_FOUND']],
      createAlertRule: [
        [
          `createAlertRule(input: { name: "x", metric: "icmp.rtt", comparison: GREATER, threshold: 1, forSeconds: 0, severity: INFO, scope: { siteIds: ["${mine}"] } }) { id }`,
          'FORBIDDEN',
        ],
      ],
      updateAlertRule: [
        [
          `updateAlertRule(id: "${rules.own}", input: { name: "x", metric: "icmp.rtt", comparison: GREATER, threshold: 1, forSeconds: 0, severity: INFO }) { id }`,
          'FORBIDDEN',
        ],
      ],
      deleteAlertRule: [[`deleteAlertRule(id: "${rules.own}") { id }`, 'FORBIDDEN']],
    }
    expect(Object.keys(cases).sort()).toEqual(rootFields(room.subgraph, 'Mutation').sort())
    const state = () =>
      source.query('SELECT (SELECT json_agg(a) FROM alert a) a, (SELECT count(*) FROM alert_entry) e')
    const before = await state()
    for (const [query, code] of Object.values(cases).flat()) {
      const { errors } = await ask(room.subgraph, { query: `mutation { ${query} }` }, operator())
      expect([query, errors?.[0]?.extensions['code']]).toEqual([query, code])
    }
    expect(await state()).toEqual(before)
  })
  test('within one’s own site do their work; of what one only sees they say so', async () => {
    const own = await alertOf(known.my.id)
    const query = `mutation { acknowledgeAlert(id: "${own}") { id } commentAlert(id: "${own}", comment: "on it") { id } unacknowledgeAlert(id: "${own}") { id } }`
    expect((await ask(room.subgraph, { query }, operator())).errors).toBeUndefined()
    const elsewhere = holding({ role: 'OPERATOR', siteIds: [other] }, { role: 'VIEWER', siteIds: [mine] })
    const { errors } = await ask(room.subgraph, { query }, elsewhere)
    expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN')
  })
})

describe('alertChanged', () => {
  test('is the only subscription; it tells of one’s own site alone, live and after a resume, and by where a device is now', async () => {
    expect(rootFields(room.subgraph, 'Subscription')).toEqual(['alertChanged'])
    const query =
      'subscription ($after: String) { alertChanged(after: $after) { kind cursor alert { device { id } } } }'
    const open = async (after?: string) => {
      const stream = await room.subgraph.subscribe({ query, variables: { after } }, viewer())
      if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
      const next = async () =>
        ((await stream.next()).value as { data: { alertChanged: Told } }).data.alertChanged
      return { next, end: () => stream.return(undefined) }
    }
    type Told = { cursor: string; alert: { device: { id: string } } }
    const admin = asker(room.subgraph, 'ADMIN')
    const comment = async (deviceId: string) => {
      const id = await alertOf(deviceId)
      await admin.ask(`mutation { commentAlert(id: "${id}", comment: "x") { id } }`)
    }
    const move = (siteId: string | null) =>
      source.query('UPDATE device SET site_id = $2 WHERE id = $1', [known.my.id, siteId])
    const live = await open()
    await comment(known.other.id)
    await comment(known.none.id)
    await comment(known.my.id)
    const first = await live.next()
    expect(first.alert.device.id).toBe(known.my.id)
    await live.end()
    await comment(known.other.id)
    await comment(known.my.id)
    const resumed = await open(first.cursor)
    expect((await resumed.next()).alert.device.id).toBe(known.my.id)
    await resumed.end()
    await move(other)
    const away = await open(first.cursor)
    const next = away.next()
    const ears = { heard: false }
    const hear = () => Object.assign(ears, { heard: true })
    void next.then(hear)
    const everywhere = await asker(room.subgraph, 'VIEWER').listen(query, { after: first.cursor })
    for (let n = 0; n < 2; n += 1) await everywhere.next()
    await comment(known.my.id)
    await everywhere.next()
    expect(ears.heard).toBe(false)
    await move(mine)
    await comment(known.my.id)
    expect((await next).alert.device.id).toBe(known.my.id)
    await away.end()
    await everywhere.end()
  })
})
