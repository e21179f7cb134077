import { expect, test } from 'vitest'

import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openSource } from '#db/source.js'
import { asker, chassis, device } from '#tests/kit/alerting.js'
import { type AuditedCase, auditsEveryMutation } from '#tests/kit/audit.js'
import { Bench, clear } from '#tests/kit/evaluation.js'
import { everywhere, someone } from '#tests/kit/identity.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { start } from './main.js'
import { AlertRule } from './rule/rule.js'

async function open() {
  const databaseUrl = await freshDatabase()
  const source = await openSource({ url: databaseUrl, schema: 'alerting', entities: [AlertRule] })
  const room = await start({
    config: chassis(databaseUrl, await freshRedis()),
    log: createLog('test', 'silent'),
    health: new Health(),
  })
  await clear(source)
  return {
    subgraph: room.subgraph,
    databaseUrl,
    schema: 'alerting',
    source,
    bench: new Bench(source),
    async [Symbol.asyncDispose]() {
      await room[Symbol.asyncDispose]()
      await source.destroy()
    },
  }
}
type Room = Awaited<ReturnType<typeof open>>

const t0 = Date.now() - 86_400_000
const operator = someone({ userId: crypto.randomUUID(), name: 'Olga', grants: everywhere('OPERATOR') })
const nowhere = crypto.randomUUID()

/** An alert that fires on a device of its own. */
async function firing({ bench, source }: Room, name: string): Promise<string> {
  const own = device({ name })
  await bench.know(own)
  await bench.judge(
    [0, 60].map((seconds) => ({
      deviceId: own.id,
      metric: 'system.cpu' as const,
      at: t0 + seconds * 1000,
      value: 1,
    })),
  )
  const [{ id }] = await source.query('SELECT id FROM alert WHERE device_id = $1', [own.id])
  return id
}
const alertCase = (operation: string, id: string, name: string, more: object = {}) => ({
  query: `mutation ${operation} { id } }`,
  variables: { id, ...more },
  by: operator,
  target: { type: 'Alert', id, label: `${name}: processor load is 100 %` },
  bad: { variables: { id: nowhere, ...more }, code: 'NOT_FOUND' as const },
})

const rule = {
  name: 'Slow',
  enabled: true,
  metric: 'icmp.rtt',
  comparison: 'GREATER',
  threshold: 40,
  recoveryThreshold: null,
  forSeconds: 60,
  keepFiringSeconds: 0,
  severity: 'WARNING',
  scope: { tags: ['wan'] },
  summaryTemplate: '{device} is slow',
  runbookUrl: 'https://wiki.example.net/slow',
}
const makeRule = async ({ subgraph }: Room, name: string): Promise<string> => {
  const { createAlertRule } = await asker(subgraph, 'ADMIN').ask<{ createAlertRule: { id: string } }>(
    'mutation ($input: AlertRuleInput!) { createAlertRule(input: $input) { id } }',
    { input: { ...rule, name } },
  )
  return createAlertRule.id
}
const badRule = { ...rule, runbookUrl: 'javascript:alert(1)' }

const cases: Record<string, (room: Room) => Promise<AuditedCase>> = {
  async createAlertRule() {
    return {
      query: 'mutation ($input: AlertRuleInput!) { createAlertRule(input: $input) { id } }',
      variables: { input: rule },
      target: { type: 'AlertRule', id: expect.any(String), label: 'Slow' },
      before: null,
      after: rule,
      bad: { variables: { input: badRule }, code: 'BAD_USER_INPUT' },
    }
  },
  async updateAlertRule(room) {
    const id = await makeRule(room, 'Slower')
    const [own, stranger] = [device({ name: 'edge', siteId: nowhere, siteName: 'Riga' }), crypto.randomUUID()]
    await room.bench.know(own)
    const scope = { siteIds: [nowhere], deviceIds: [own.id, stranger] }
    const input = { ...rule, name: 'Slowest', threshold: 90, scope }
    return {
      query:
        'mutation ($id: ID!, $input: AlertRuleInput!) { updateAlertRule(id: $id, input: $input) { id } }',
      variables: { id, input },
      target: { type: 'AlertRule', id, label: 'Slower' },
      before: { name: 'Slower', threshold: 40, scope: { tags: ['wan'] } },
      after: { name: 'Slowest', threshold: 90, scope: { sites: ['Riga'], devices: ['edge', stranger] } },
      bad: { variables: { id, input: badRule }, code: 'BAD_USER_INPUT' },
    }
  },
  async deleteAlertRule(room) {
    const id = await makeRule(room, 'Gone')
    return {
      query: 'mutation ($id: ID!) { deleteAlertRule(id: $id) { id } }',
      variables: { id },
      target: { type: 'AlertRule', id, label: 'Gone' },
      before: { ...rule, name: 'Gone' },
      after: null,
      bad: { variables: { id: nowhere }, code: 'NOT_FOUND' },
    }
  },
  async acknowledgeAlert(room) {
    const id = await firing(room, 'mine')
    return {
      ...alertCase(
        '($id: ID!, $comment: String) { acknowledgeAlert(id: $id, comment: $comment)',
        id,
        'mine',
        { comment: 'on it' },
      ),
      before: { acknowledgedBy: null, acknowledgedComment: null },
      after: { acknowledgedBy: operator.userId, acknowledgedComment: 'on it' },
    }
  },
  async unacknowledgeAlert(room) {
    const id = await firing(room, 'left')
    const before = asker(room.subgraph, 'OPERATOR')
    await before.ask('mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }', { id })
    return {
      ...alertCase('($id: ID!) { unacknowledgeAlert(id: $id)', id, 'left'),
      before: { acknowledgedBy: before.userId },
      after: { acknowledgedBy: null },
    }
  },
  async commentAlert(room) {
    const id = await firing(room, 'noisy')
    return {
      ...alertCase('($id: ID!, $comment: String!) { commentAlert(id: $id, comment: $comment)', id, 'noisy', {
        comment: 'a cable?',
      }),
      before: {},
      after: { comment: 'a cable?' },
    }
  },
}
auditsEveryMutation(open, cases)

test('what changes nothing leaves a line, too', async () => {
  await using room = await open()
  const id = await makeRule(room, 'Same')
  const alertId = await firing(room, 'mine')
  const { ask } = asker(room.subgraph, 'OPERATOR')
  const last = async () =>
    JSON.parse(
      (await room.source.query('SELECT content FROM audit.inbox ORDER BY id DESC LIMIT 1'))[0].content,
    )
  await ask(
    'mutation ($id: ID!, $input: AlertRuleInput!) { updateAlertRule(id: $id, input: $input) { id } }',
    { id, input: { ...rule, name: 'Same' } },
  )
  expect(await last()).toEqual(expect.objectContaining({ action: 'updateAlertRule', before: {}, after: {} }))
  for (const before of [{ acknowledgedBy: null }, {}]) {
    await ask('mutation ($id: ID!) { acknowledgeAlert(id: $id) { id } }', { id: alertId })
    expect(await last()).toMatchObject({ action: 'acknowledgeAlert', before })
  }
  expect((await last()).after).toEqual({})
})
