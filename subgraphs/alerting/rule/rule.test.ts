import { afterAll, beforeAll, expect, test } from 'vitest'

import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import type { RunningSubgraph } from '#core/service/room.js'
import { asker, chassis } from '#tests/kit/alerting.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { start } from '../main.js'
import { meets } from './condition.js'
import { scopeTest } from './scope.js'
import { formatValue, renderSummary } from './summary.js'

let room: RunningSubgraph
beforeAll(async () => {
  room = await start({
    config: chassis(await freshDatabase(), await freshRedis()),
    log: createLog('test', 'silent'),
    health: new Health(),
  })
})
afterAll(() => room[Symbol.asyncDispose]())

const fields = `id name enabled metric comparison threshold recoveryThreshold forSeconds keepFiringSeconds severity
  scope { siteIds tags kinds deviceIds } summaryTemplate runbookUrl builtIn`
interface Rule {
  id: string
  name: string
  [field: string]: unknown
}
const good = { name: 'Hot', metric: 'system.cpu', comparison: 'GREATER', threshold: 0.8, severity: 'INFO' }
const operator = () => asker(room.subgraph, 'OPERATOR')
const create = async (input: object) =>
  (
    await operator().ask<{ createAlertRule: Rule }>(
      `mutation ($input: AlertRuleInput!) { createAlertRule(input: $input) { ${fields} } }`,
      { input },
    )
  ).createAlertRule
const update = async (id: string, input: object) =>
  (
    await operator().ask<{ updateAlertRule: Rule }>(
      `mutation ($id: ID!, $input: AlertRuleInput!) { updateAlertRule(id: $id, input: $input) { ${fields} } }`,
      { id, input },
    )
  ).updateAlertRule
const remove = (id: string) =>
  operator().ask('mutation ($id: ID!) { deleteAlertRule(id: $id) { id } }', { id })
const rules = async () =>
  (await asker(room.subgraph, 'VIEWER').ask<{ alertRules: Rule[] }>(`{ alertRules { ${fields} } }`))
    .alertRules

test('the built-in rules are there, can be changed and not deleted', async () => {
  const builtIn = await rules()
  expect(builtIn.map(({ name }) => name)).toEqual([
    'Device down',
    'High CPU',
    'Interface saturated (in)',
    'Interface saturated (out)',
    'Packet loss',
  ])
  const [down] = builtIn
  expect(down).toMatchObject({
    metric: 'device.up',
    comparison: 'EQUAL',
    threshold: 0,
    forSeconds: 30,
    severity: 'CRITICAL',
    summaryTemplate: '{device} is down',
    builtIn: true,
  })
  await expect(remove(down?.id ?? '')).rejects.toThrow('CONFLICT: A built-in rule')
  const changed = await update(down?.id ?? '', {
    name: 'Device down',
    metric: 'device.up',
    comparison: 'EQUAL',
    threshold: 0,
    severity: 'CRITICAL',
    enabled: false,
  })
  expect(changed).toMatchObject({ enabled: false, forSeconds: 30, summaryTemplate: '{device} is down' })
})

test('a new rule takes defaults; a change keeps what is absent and resets what is null', async () => {
  const rule = await create(good)
  expect(rule).toMatchObject({
    ...good,
    enabled: true,
    recoveryThreshold: null,
    forSeconds: 0,
    keepFiringSeconds: 0,
    scope: { siteIds: null, tags: null, kinds: null, deviceIds: null },
    summaryTemplate: '{device}: {metric} is {value}',
    runbookUrl: null,
    builtIn: false,
  })
  const more = {
    recoveryThreshold: 0.7,
    forSeconds: 60,
    keepFiringSeconds: 30,
    scope: { tags: ['wan', 'wan'], kinds: ['ROUTER'], siteIds: [] },
    runbookUrl: 'https://example.net/hot',
  }
  expect(await update(rule.id, { ...good, ...more })).toMatchObject({
    ...more,
    scope: { tags: ['wan'], kinds: ['ROUTER'], siteIds: null, deviceIds: null },
  })
  expect(await update(rule.id, { ...good, name: 'Hotter' })).toMatchObject({
    name: 'Hotter',
    forSeconds: 60,
    recoveryThreshold: 0.7,
    scope: { tags: ['wan'] },
  })
  const bare = { ...good, scope: null, forSeconds: null, recoveryThreshold: null, runbookUrl: null }
  expect(await update(rule.id, bare)).toMatchObject({
    forSeconds: 0,
    recoveryThreshold: null,
    runbookUrl: null,
    scope: { tags: null },
  })
  expect(await update(rule.id, { ...good, metric: 'if.in.errors' })).toMatchObject({
    summaryTemplate: '{device} {interface}: {metric} is {value}',
  })
})

test.each<[string, object]>([
  ['input.name', { name: ' ' }],
  ['input.metric', { metric: 'system.temperature' }],
  ['input.forSeconds', { forSeconds: -1 }],
  ['input.keepFiringSeconds', { keepFiringSeconds: 604_801 }],
  ['input.recoveryThreshold: must lie on the healthy side', { recoveryThreshold: 0.9 }],
  ['input.recoveryThreshold', { comparison: 'LESS', recoveryThreshold: 0.7 }],
  ['input.recoveryThreshold: has no meaning', { comparison: 'EQUAL', recoveryThreshold: 0.8 }],
  ['input.summaryTemplate: {host} is not known', { summaryTemplate: '{host} is hot' }],
  ['input.summaryTemplate: {toString} is not known', { summaryTemplate: '{toString}' }],
  ['input.summaryTemplate: {interface} has no meaning', { summaryTemplate: '{interface} is hot' }],
  ['input.runbookUrl', { runbookUrl: 'javascript:alert(1)' }],
  ['input.runbookUrl', { runbookUrl: 'not a url' }],
  ['input.scope.kinds.0', { scope: { kinds: ['TOASTER'] } }],
  ['input.scope.siteIds.0', { scope: { siteIds: ['gdansk'] } }],
])('refuses a faulty %s', async (fault, change) => {
  await expect(create({ ...good, name: 'Faulty', ...change })).rejects.toThrow(`BAD_USER_INPUT: ${fault}`)
  expect((await rules()).map(({ name }) => name)).not.toContain('Faulty')
})

test('names are unique in any case, but free again after deletion', async () => {
  const rule = await create({ ...good, name: 'Unique' })
  await expect(create({ ...good, name: 'UNIQUE' })).rejects.toThrow('NAME_CONFLICT')
  await remove(rule.id)
  await expect(remove(rule.id)).rejects.toThrow('NOT_FOUND')
  await expect(update(rule.id, good)).rejects.toThrow('NOT_FOUND')
  await create({ ...good, name: 'unique' })
})

test('a viewer sees rules and cannot change them', async () => {
  const { ask } = asker(room.subgraph, 'VIEWER')
  const mutation = 'mutation ($input: AlertRuleInput!) { createAlertRule(input: $input) { id } }'
  await expect(ask(mutation, { input: good })).rejects.toThrow('FORBIDDEN')
})

test.each([
  ['if.in.bps', 0, '0 bit/s'],
  ['if.in.bps', 1_234_567, '1.23 Mbit/s'],
  ['if.in.bps', 4e15, '4000 Tbit/s'],
  ['icmp.loss', 0.333333, '33.3 %'],
  ['icmp.rtt', 12.3456, '12.3 ms'],
  ['if.in.errors', 0.5, '0.5/s'],
  ['device.up', 0, '0'],
  ['system.uptime', 86_400, '86400 s'],
] as const)('%s %d is written %s', (metric, value, text) => {
  expect(formatValue(metric, value)).toBe(text)
})

test('a summary leaves alone what it does not know', () => {
  const words = {
    device: 'a {value}',
    address: '',
    site: '',
    interface: '',
    sensor: '',
    metric: '',
    value: '1',
    threshold: '',
    rule: '',
  }
  expect(renderSummary('{device} {nothing} {} {value}', words)).toBe('a {value} {nothing} {} 1')
})

test.each([
  ['GREATER', [false, false, true]],
  ['GREATER_OR_EQUAL', [false, true, true]],
  ['LESS', [true, false, false]],
  ['LESS_OR_EQUAL', [true, true, false]],
  ['EQUAL', [false, true, false]],
  ['NOT_EQUAL', [true, false, true]],
] as const)('%s compares as it says', (kind, expected) => {
  const condition = { comparison: kind, threshold: 5, recoveryThreshold: null, forMs: 0, keepFiringMs: 0 }
  expect([4, 5, 6].map((value) => meets(condition, value))).toEqual(expected)
})

test('a scope asks everything that is given, and any of each list', () => {
  const box = { id: 'd', siteId: 's', kind: 'ROUTER', tags: ['a', 'b'] }
  expect(scopeTest({})(box)).toBe(true)
  expect(scopeTest({ siteIds: ['s', 't'], tags: ['b', 'c'], kinds: ['ROUTER'], deviceIds: ['d'] })(box)).toBe(
    true,
  )
  expect(scopeTest({ siteIds: ['s'], tags: ['c'] })(box)).toBe(false)
  expect(scopeTest({ siteIds: ['s'] })({ ...box, siteId: null })).toBe(false)
  expect(scopeTest({ deviceIds: ['e'] })(box)).toBe(false)
  expect(scopeTest({ kinds: ['SWITCH'] })(box)).toBe(false)
})
