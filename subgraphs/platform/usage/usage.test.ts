import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import { type FieldUse, topDocuments, topDocumentsKey, type UsageReport } from '#core/contract/usage.js'
import { chassisConfig, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import { chassisEnv } from '#tests/kit/alerting.js'
import { type Platform, patiently, rack, registryOf, startPlatform } from '#tests/kit/platform.js'

import { config, start } from '../usage.js'
import { retireUsage } from './retire.js'
import { takeReport } from './take-report.js'
import { publishTopDocuments } from './top-documents.js'

const log = createLog('test', 'silent')
const text = (field: string) => `query ${field}{device(id:1){${field}}}`
const uses = (field: string, hash: string, own: Partial<FieldUse> = {}): FieldUse[] =>
  ['Query.device', `Device.${field}`].map((coordinate) => ({
    coordinate,
    clientName: 'wallboard',
    clientVersion: '1.0',
    operationName: field,
    operationHash: hash,
    operationType: 'QUERY',
    count: 10,
    errors: 0,
    ...own,
  }))
const report = (own: Partial<UsageReport>): UsageReport => ({
  id: randomUUID(),
  from: new Date(Date.now() - 10_000).toISOString(),
  to: new Date().toISOString(),
  fields: [],
  documents: [],
  ...own,
})

let platform: Platform
let worker: AsyncDisposable
let queue: Queue<UsageReport>
beforeAll(async () => {
  platform = await startPlatform()
  const { database, redisUrl } = platform
  const settings = readConfig(chassisConfig.extend(config.shape), { ...chassisEnv(database, redisUrl) })
  worker = await start({ config: settings, log, health: new Health() })
  queue = openQueue(queues.usage, { redisUrl, log })
})
afterAll(async () => {
  await queue[Symbol.asyncDispose]()
  await worker[Symbol.asyncDispose]()
  await platform[Symbol.asyncDispose]()
})

interface Field {
  coordinate: string
  count: string
  removalDate: string | null
  clients: { name: string; version: string; count: string }[]
}
interface Page<Node> {
  nodes: Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string }
}
const fieldUsage = async (args: string) =>
  (
    await platform.admin().ask<{ fieldUsage: Page<Field> }>(
      `{ fieldUsage(${args}) { nodes { coordinate type count errors lastSeenAt deprecationReason removalDate
           clients { name version count } operations { hash name count } } pageInfo { hasNextPage endCursor } } }`,
    )
  ).fieldUsage
const one = async (coordinate: string, more = '') =>
  (await fieldUsage(`coordinate: "${coordinate}" ${more}`)).nodes[0]
const operations = async (args: string) =>
  (
    await platform
      .admin()
      .ask<{ operations: Page<{ hash: string; count: string }> }>(
        `{ operations(${args}) { nodes { hash name type text count errors clients { name version count } } pageInfo { hasNextPage endCursor } } }`,
      )
  ).operations

test('counts what gateways report, each report once', async () => {
  await expect.poll(platform.told, patiently).toMatchObject({ version: 1 })
  const first = report({
    fields: [...uses('name', 'a'), ...uses('name', 'a', { clientVersion: '2.0', count: 3, errors: 1 })],
    documents: [{ hash: 'a', text: text('name') }],
  })
  await queue.add(first, { jobId: first.id })
  await queue.add(report({ fields: uses('name', 'b', { count: 100, clientName: 'script' }) }), {
    jobId: randomUUID(),
  })
  await expect.poll(() => one('Device.name'), patiently).toMatchObject({ count: '113' })
  await takeReport(platform.source, first)
  expect(await one('Device.name')).toMatchObject({
    type: 'String!',
    count: '113',
    errors: '1',
    lastSeenAt: expect.any(String),
    deprecationReason: null,
    clients: [
      { name: 'script', version: '1.0', count: '100' },
      { name: 'wallboard', version: '1.0', count: '10' },
      { name: 'wallboard', version: '2.0', count: '3' },
    ],
    operations: [
      { hash: 'b', name: 'name', count: '100' },
      { hash: 'a', name: 'name', count: '13' },
    ],
  })
})

test('tells the fields that nobody asks for, in pages', async () => {
  const { nodes } = await fieldUsage('type: "Device", unused: true, first: 500')
  expect(nodes.map(({ coordinate }) => coordinate)).toContain('Device.address')
  expect(nodes.map(({ coordinate }) => coordinate)).not.toContain('Device.name')
  expect((await fieldUsage('unused: false')).nodes.map(({ coordinate }) => coordinate)).toEqual([
    'Device.name',
    'Query.device',
  ])
  const all = (await fieldUsage('first: 500, type: "Query"')).nodes.map(({ coordinate }) => coordinate)
  const seen: string[] = []
  let after = ''
  do {
    const page: Page<Field> = await fieldUsage(`first: 7, type: "Query" ${after}`)
    seen.push(...page.nodes.map(({ coordinate }) => coordinate))
    after = page.pageInfo.hasNextPage ? `, after: "${page.pageInfo.endCursor}"` : ''
  } while (after)
  expect(seen).toEqual(all)
  expect(seen.length).toBeGreaterThan(14)
})

test('counts only from the day that is asked for', async () => {
  const at = new Date(Date.now() - 40 * 86_400_000).toISOString()
  await takeReport(platform.source, report({ from: at, to: at, fields: uses('tags', 'c') }))
  expect(await one('Device.tags')).toMatchObject({ count: '0', lastSeenAt: at, clients: [] })
  expect(await one('Device.tags', `, since: "${at}"`)).toMatchObject({ count: '10' })
  expect((await operations('first: 9')).nodes.map(({ hash }) => hash)).not.toContain('c')
})

test('tells deprecated fields with their removal date', async () => {
  await registryOf(platform).publish(
    rack('old: Int @deprecated(reason: "Use rackPosition. Removal: 2027-06-30.")\n rackPosition: Int'),
  )
  expect((await fieldUsage('deprecated: true, type: "Device"')).nodes).toMatchObject([
    {
      coordinate: 'Device.old',
      deprecationReason: 'Use rackPosition. Removal: 2027-06-30.',
      removalDate: '2027-06-30',
    },
  ])
})

test('tells operations, the most run first, in pages', async () => {
  const more = ['d', 'e', 'f'].flatMap((hash) => uses('kind', hash, { count: 5 }))
  const kept = [
    { hash: 'e', text: text('kind') },
    { hash: 'never run', text: 'subscription s{deviceChanged{cursor}}' },
  ]
  await takeReport(platform.source, report({ fields: more, documents: kept }))
  const hashes: string[] = []
  let after = ''
  do {
    const page: Page<{ hash: string }> = await operations(`first: 2 ${after}`)
    hashes.push(...page.nodes.map(({ hash }) => hash))
    after = page.pageInfo.hasNextPage ? `, after: "${page.pageInfo.endCursor}"` : ''
  } while (after)
  expect(hashes).toEqual(['b', 'a', 'd', 'e', 'f'])
  expect((await operations('client: "script"')).nodes).toEqual([
    {
      hash: 'b',
      name: 'name',
      type: 'QUERY',
      text: null,
      count: '100',
      errors: '0',
      clients: [{ name: 'script', version: '1.0', count: '100' }],
    },
  ])
  // Of the two versions of the client, each ran it; the errors are those of its root field.
  expect((await operations('first: 2')).nodes[1]).toMatchObject({ hash: 'a', count: '13', errors: '1' })
})

test('gateways find the texts that are asked for most', async () => {
  await publishTopDocuments(platform.source, platform.redis)
  const top = topDocuments.parse(JSON.parse((await platform.redis.get(topDocumentsKey)) ?? ''))
  expect(top).toEqual([
    { hash: 'a', text: text('name'), operationName: 'name' },
    { hash: 'e', text: text('kind'), operationName: 'kind' },
  ])
})

test('two gateways that report the same at the same time lose nothing', async () => {
  const reports = Array.from({ length: 20 }, (_, n) =>
    report({
      fields: (n % 2 ? (list: FieldUse[]) => list.toReversed() : (list: FieldUse[]) => list)(
        uses('site', 'g'),
      ),
    }),
  )
  await Promise.all(reports.map((one) => takeReport(platform.source, one)))
  expect(await one('Device.site')).toMatchObject({ count: '200' })
})

test('forgets what lies too far back', async () => {
  await platform.source.query(`UPDATE usage_report SET taken_at = now() - interval '9 days'`)
  await retireUsage(platform.source, 31)
  const rows = await platform.source.query(`SELECT hash FROM operation WHERE hash = 'c'`)
  expect(rows).toEqual([])
  expect(await one('Device.tags', ', since: "2026-01-01T00:00:00Z"')).toMatchObject({
    count: '0',
    lastSeenAt: null,
  })
  expect(await one('Device.name')).toMatchObject({ count: '113' })
  expect(await platform.source.query('SELECT 1 FROM usage_report')).toEqual([])
})

test('a report that does not fit is refused when it is added', async () => {
  const bad = report({ fields: uses('name', 'a', { coordinate: 'Device' }) })
  await expect(queue.add(bad, { jobId: bad.id })).rejects.toThrow('must be Type.field')
})
