import { afterAll, beforeAll, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { startOutboxRelay } from '#db/outbox.js'

import { openSight } from '#db/sight.js'
import { openSource } from '#db/source.js'
import { holding } from '#tests/kit/scoping.js'
import { watchStatements } from '#tests/kit/statements.js'
import { type IngestParts, openIngestParts } from '#tests/kit/telemetry.js'
import { requestOf, startTelemetryApi, type TelemetryApi } from '#tests/kit/telemetry-api.js'
import { trapBatchOf, trapRow } from '#tests/kit/trap-rows.js'
import { Device } from '../device.js'
import { retireTraps } from './retire-traps.js'
import { storeTraps } from './store-traps.js'
import { DeviceTrapResolver } from './trap.resolver.js'
import type { TrapFilter } from './trap-filter.js'
import { Traps } from './traps.js'

const now = Date.now()
const device = crypto.randomUUID()
const eventually = <T>(of: () => T) => expect.poll(of, { timeout: 15_000 })

let parts: IngestParts
let relay: AsyncDisposable
let api: TelemetryApi

beforeAll(async () => {
  parts = await openIngestParts()
  const log = createLog('test', 'silent')
  relay = startOutboxRelay({ ...parts, schema: 'telemetry', log })
  await parts.addDevice({ id: device, address: '10.9.9.9', status: 'DISABLED' })
  api = await startTelemetryApi(parts)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await relay[Symbol.asyncDispose]()
  await parts[Symbol.asyncDispose]()
})

const store = (...given: Parameters<typeof trapBatchOf>) =>
  storeTraps(parts.source, trapBatchOf(...given), now)
interface Shown {
  id: string
  repeats: number
}
interface List {
  traps: { nodes: Shown[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
}
const list = (filter: object, fields = 'id repeats', rest = '') =>
  api.data<List>(
    `query ($f: TrapFilter) { traps(filter: $f ${rest}) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
    { f: filter },
  )
const idsOf = async (filter: object) => (await list(filter)).traps.nodes.map(({ id }) => id)

test('what is stored is shown whole, and a device that is not polled is found by its address', async () => {
  const row = trapRow({ source: '10.9.9.9', at: now - 5000, kind: 'INFORM', version: 'V3', user: 'trapper' })
  await store([row])
  const fields = `id at receivedAt lastAt repeats source device { id } version kind oid name severity category summary
    upTimeSeconds agentAddress engineId user varbinds { oid name type value } accepted reason detail raw`
  const { traps } = await list({ sources: ['10.9.9.9'] }, fields)
  const { lastAt: _, deviceId: _d, sourcePort: _p, upTimeTicks: _u, refusal: _r, ...same } = row
  expect(traps.nodes).toEqual([
    {
      ...same,
      at: new Date(now - 5000).toISOString(),
      lastAt: new Date(now - 5000).toISOString(),
      receivedAt: new Date(now).toISOString(),
      device: { id: device },
      upTimeSeconds: 47.11,
      accepted: true,
      reason: null,
    },
  ])
  const [own] = await api.entities('Device', [device], 'traps(first: 1) { nodes { id raw } }')
  expect(own).toEqual({ traps: { nodes: [{ id: row.id, raw: row.raw }] } })
  expect(await api.data('query ($id: ID!) { trap(id: $id) { summary } }', { id: row.id })).toEqual({
    trap: { summary: 'Gi0/3 went down' },
  })
})

test('a batch that comes again changes nothing and tells nothing; a repeat grows its row', async () => {
  const row = trapRow({ source: '10.0.0.1' })
  const batch = trapBatchOf([row], [{ source: null, outcome: 'STORED', datagrams: 3 }])
  const told = async () =>
    (await parts.source.query(`SELECT count(*)::int AS n FROM trap WHERE source = '10.0.0.1'`))[0].n
  const head = () => parts.topics.head('trap.received')
  await storeTraps(parts.source, batch, now)
  await eventually(async () => (await parts.source.query('SELECT FROM outbox')).length).toBe(0)
  const before = await head()
  await storeTraps(parts.source, batch, now)
  await store([{ ...row, repeats: 4, lastAt: row.at + 9000 }])
  await store([{ ...row, repeats: 2, lastAt: row.at + 3000 }])
  await eventually(async () => (await parts.source.query('SELECT FROM outbox')).length).toBe(0)
  const events = await parts.topics.read('trap.received', before, 10)
  expect(events.map(({ event }) => [event.repeated, event.trap.repeats])).toEqual([[true, 4]])
  expect(await told()).toBe(1)
  expect((await list({ sources: ['10.0.0.1'] })).traps.nodes).toEqual([{ id: row.id, repeats: 4 }])
  const { pipelineHealth } = await api.data<{ pipelineHealth: { traps: { lastHour: unknown[] } } }>(
    '{ pipelineHealth { traps { lastHour { outcome datagrams } topSources { source } } } }',
  )
  expect(pipelineHealth.traps.lastHour).toEqual([{ outcome: 'STORED', datagrams: 3 }])
})

test('every filter narrows, and pages go on where the last ended', async () => {
  const own = { source: '10.0.0.2' }
  const grave = trapRow({
    ...own,
    severity: 'EMERGENCY',
    category: 'POWER',
    name: 'upsOnBattery',
    at: now - 9000,
  })
  const refused = trapRow({
    ...own,
    refusal: 'UNKNOWN_COMMUNITY',
    at: now - 8000,
    summary: 'something 100% odd',
  })
  const unread = trapRow({
    ...own,
    version: null,
    kind: null,
    oid: null,
    name: null,
    refusal: 'MALFORMED',
    at: now - 7000,
  })
  await store([grave, refused, unread])
  const of = (filter: object) => idsOf({ sources: ['10.0.0.2'], ...filter })
  expect(await of({})).toEqual([unread.id, refused.id, grave.id])
  expect(await of({ severities: ['EMERGENCY'] })).toEqual([grave.id])
  expect(await of({ categories: ['POWER'] })).toEqual([grave.id])
  expect(await of({ names: ['upsOnBattery'] })).toEqual([grave.id])
  expect(await of({ names: ['1.3.6.1.6.3.1.1.5.3'], accepted: false })).toEqual([refused.id])
  expect(await of({ accepted: true })).toEqual([grave.id])
  expect(await of({ search: '100% ODD' })).toEqual([refused.id])
  expect(await of({ search: '100_' })).toEqual([])
  expect(
    await of({ from: new Date(now - 8000).toISOString(), to: new Date(now - 7000).toISOString() }),
  ).toEqual([refused.id])
  expect(await of({ deviceIds: [device] })).toEqual([])
  const { traps: first } = await list(own && { sources: ['10.0.0.2'] }, 'id', ', first: 2')
  expect(first.pageInfo.hasNextPage).toBe(true)
  const { traps: second } = await list(
    { sources: ['10.0.0.2'] },
    'id',
    `, first: 2, after: "${first.pageInfo.endCursor}"`,
  )
  expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual([unread.id, refused.id, grave.id])
  expect(second.pageInfo.hasNextPage).toBe(false)
})

test('a page of traps for each of many devices takes one statement', async () => {
  const devices = await Promise.all(Array.from({ length: 20 }, () => parts.addDevice()))
  const own = devices.map(({ id }, n) =>
    [3000, 2000, 1000].map((age) => trapRow({ source: '10.0.0.8', deviceId: id, at: now - age - n })),
  )
  await store(own.flat())
  const source = await openSource({ url: parts.databaseUrl, schema: 'telemetry', entities: [] })
  const sight = openSight({
    ...{ source, permission: 'telemetry.read' },
    ...{ interfaceTable: 'interface_state', sensorTable: 'sensor_state' },
  })
  const resolver = new DeviceTrapResolver(new Traps(source), sight)
  const statements = watchStatements(source)
  const read = (
    more: { filter?: TrapFilter; first: number; after?: string },
    context = requestOf('VIEWER'),
  ) =>
    Promise.all(
      devices.map(({ id }) => resolver.traps(Device.of(id), { filter: null, after: null, ...more }, context)),
    )
  const pages = await read({ first: 2 })
  expect(statements).toHaveLength(1)
  expect(pages.map((page) => page?.nodes.map(({ id }) => id))).toEqual(
    own.map(([, second, first]) => [first?.id, second?.id]),
  )
  expect(pages.every((page) => page?.pageInfo.hasNextPage)).toBe(true)
  const [page] = await read({ first: 2, after: pages[0]?.pageInfo.endCursor ?? '' })
  expect(page?.nodes.map(({ id }) => id)).toEqual([own[0]?.[0]?.id])
  const filtered = await read({ first: 2, filter: { severities: ['INFO'], deviceIds: [device] } })
  expect(filtered.map((one) => one?.nodes)).toEqual(devices.map(() => []))
  await source.destroy()
})

test('the stream tells each trap once, and goes on behind a cursor', async () => {
  const query = `subscription ($f: TrapFilter, $after: String) { trapReceived(filter: $f, after: $after) {
    kind cursor trap { id repeats raw } } }`
  interface Told {
    kind: string
    cursor: string
    trap: Shown & { raw: string }
  }
  const open = async (after?: string) => {
    const variables = { f: { sources: ['10.0.0.3'], severities: ['ERROR'] }, after }
    const stream = await api.subgraph.subscribe({ query, variables }, requestOf('VIEWER'))
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
    const next = async (): Promise<Told> => (await stream.next()).value.data.trapReceived
    return { next, end: () => stream.return(undefined) }
  }
  const live = await open()
  const first = live.next()
  const row = trapRow({ source: '10.0.0.3' })
  await store([trapRow({ source: '10.0.0.3', severity: 'INFO' }), row])
  const told = await first
  expect(told).toMatchObject({ kind: 'RECEIVED', trap: { id: row.id, repeats: 0, raw: row.raw } })
  await store([{ ...row, repeats: 1 }])
  expect(await live.next()).toMatchObject({ kind: 'REPEATED', trap: { id: row.id, repeats: 1 } })
  await live.end()
  const other = trapRow({ source: '10.0.0.3' })
  await store([other])
  const resumed = await open(told.cursor)
  expect([(await resumed.next()).kind, (await resumed.next()).trap.id]).toEqual(['REPEATED', other.id])
  await resumed.end()
  await expect(open('nonsense')).rejects.toThrow('not a cursor')
})

test('the stream tells of one’s own site alone, and of nobody’s device to who sees every one', async () => {
  const site = crypto.randomUUID()
  const [mine, other] = [
    await parts.addDevice({ siteId: site }),
    await parts.addDevice({ siteId: crypto.randomUUID() }),
  ]
  const open = async (siteIds: string[] | null) => {
    const query = 'subscription { trapReceived { trap { source device { id } } } }'
    const stream = await api.subgraph.subscribe({ query }, holding({ role: 'VIEWER', siteIds }))
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
    return {
      next: async (): Promise<{ source: string }> => (await stream.next()).value.data.trapReceived.trap,
      end: () => stream.return(undefined),
    }
  }
  const [own, everything] = [await open([site]), await open(null)]
  const [ownNext, first] = [own.next(), everything.next()]
  await store([
    trapRow({ source: '10.0.0.5', at: now + 1 }),
    trapRow({ source: '10.0.0.6', at: now + 2, deviceId: other.id }),
    trapRow({ source: '10.0.0.7', at: now + 3, deviceId: mine.id }),
  ])
  expect(await ownNext).toEqual({ source: '10.0.0.7', device: { id: mine.id } })
  const all = [await first, await everything.next(), await everything.next()]
  expect(all.map(({ source }) => source)).toEqual(['10.0.0.5', '10.0.0.6', '10.0.0.7'])
  for (const stream of [own, everything]) await stream.end()
})

test('old ones go, and the oldest beyond so many', async () => {
  const source = '10.0.0.4'
  const old = trapRow({ source, at: now - 40 * 86_400_000 })
  const [second, first] = [trapRow({ source, at: now + 3_600_000 }), trapRow({ source, at: now + 3_700_000 })]
  await store([old, second, first])
  await retireTraps(parts.source, { days: 30, rowsMax: 1000 })
  expect(await idsOf({ sources: [source] })).toEqual([first.id, second.id])
  await retireTraps(parts.source, { days: 30, rowsMax: 1 })
  expect(await idsOf({})).toEqual([first.id])
})
