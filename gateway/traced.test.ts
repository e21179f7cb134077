import '#tests/kit/instrumented.js'

import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { readConfig, traceConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { startTracing } from '#core/service/trace.js'
import { compose } from '#deploy/graph/compose.js'
import { internalKey, startTestGateway, type TestGateway } from '#tests/kit/gateway.js'
import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'
import { type OtlpCollector, type ReceivedSpan, startOtlpCollector } from '#tests/kit/otlp.js'

const log = createLog('test', 'silent')
const stack = new AsyncDisposableStack()
let collector: OtlpCollector
let inventory: InventoryRoom
let gateway: TestGateway
let token: string
beforeAll(async () => {
  collector = stack.use(await startOtlpCollector())
  const config = readConfig(traceConfig, { SOTP_OTLP_URL: collector.url, SOTP_TRACE_RATIO: '1' })
  stack.use(await startTracing({ service: 'test', config, log }))
  inventory = stack.use(await startInventory())
  const { subgraph } = inventory
  const served = stack.use(
    await serveSubgraph({ subgraph, health: new Health(), port: 0, host: '127.0.0.1', internalKey, log }),
  )
  const { supergraph } = compose({ inventory: subgraph.sdl })
  gateway = stack.use(
    await startTestGateway({ supergraph, subgraphs: {} } as never, {
      env: { SOTP_GATEWAY_SUBGRAPHS: `inventory=http://127.0.0.1:${served.port}` },
    }),
  )
  token = await gateway.token()
})
afterAll(() => stack.disposeAsync())

const named = (name: string) => collector.spans.filter((span) => span.name === name)
const requestOf = (id: string) =>
  collector.spans.find(({ attributes }) => attributes['sotp.request_id'] === id)
/** The span of the request with that id, as soon as the collector has it. */
async function arrived(id: string): Promise<ReceivedSpan> {
  await expect.poll(() => requestOf(id), { timeout: 10_000 }).toBeDefined()
  return requestOf(id) as ReceivedSpan
}
const ask = (
  query: string,
  id: string,
  {
    variables = {},
    headers = {},
  }: { variables?: Record<string, unknown>; headers?: Record<string, string> } = {},
) => gateway.ask(query, { token, variables, headers: { 'x-request-id': id, ...headers } })

test('one request is one trace: HTTP, operation, plan, fetch, subgraph, resolver, SQL', async () => {
  const { body } = await ask('query Sites { sites { id name } }', 'request-1')
  expect(body).toEqual({ data: { sites: [] } })
  const http = await arrived('request-1')
  expect(http).toMatchObject({ name: 'POST /graphql', service: 'sotp-test', parentSpanId: '', kind: 2 })
  expect(http.attributes).toMatchObject({
    'graphql.operation.name': 'Sites',
    'graphql.operation.type': 'query',
    'http.response.status_code': 200,
  })
  const [sql] = collector.spans.filter(
    ({ traceId, name }) => traceId === http.traceId && name.startsWith('pg.query'),
  )
  expect(sql?.attributes['db.query.text']).toContain('FROM site')
  const line = collector.ancestors(sql as ReceivedSpan)
  expect(new Set(line.map(({ traceId }) => traceId))).toEqual(new Set([http.traceId]))
  const steps = line.map(({ name }) => name)
  expect(steps.slice(0, 4)).toEqual([
    'graphql.resolve sites',
    'query Sites__inventory__0',
    'POST /graphql',
    'fetch inventory',
  ])
  expect(steps).toEqual(expect.arrayContaining(['gateway.fetch', 'gateway.request']))
  expect(line.at(-1)?.spanId).toBe(http.spanId)
  expect(named('gateway.plan').map(({ traceId }) => traceId)).toContain(http.traceId)
})

test('what a user sends does not leave in spans, nor what errors say of it', async () => {
  const secret = 'Geheimnis-4711'
  await ask('mutation ($input: SiteInput!) { createSite(input: $input) { id } }', 'request-2', {
    variables: { input: { name: secret } },
  })
  await ask(`{ site(id: "${secret}") { id } }`, 'request-3')
  await ask(`{ site(id: {of: "${secret}"}) { id } }`, 'request-4')
  await ask(`{ site(id: "${secret}`, 'request-5')
  for (const id of ['request-2', 'request-3', 'request-4', 'request-5']) await arrived(id)
  await expect.poll(() => collector.spans.some(({ events }) => events.length > 0)).toBe(true)
  expect(collector.bodies.join()).not.toContain(secret)
})

test("a client's traceparent is linked to, not obeyed", async () => {
  const [traceId, spanId] = ['1'.repeat(32), '2'.repeat(16)]
  await ask('{ sites { id } }', 'request-6', { headers: { traceparent: `00-${traceId}-${spanId}-01` } })
  const http = await arrived('request-6')
  expect(http.parentSpanId).toBe('')
  expect(http.traceId).not.toBe(traceId)
  expect(http.links).toMatchObject([{ traceId, spanId }])
})

test('an event can be followed back to the request that caused it', async () => {
  const { body } = await ask(
    'mutation { createDevice(input: { name: "r1", address: "192.0.2.1" }) { id } }',
    'request-7',
  )
  expect(body.errors).toBeUndefined()
  const stop = new AbortController()
  for await (const { traceparent } of inventory.topics.subscribe('device.changed', {
    after: '0-0',
    signal: stop.signal,
  })) {
    const http = await arrived('request-7')
    const [, traceId, spanId] = traceparent?.split('-') ?? []
    expect(traceId).toBe(http.traceId)
    await expect.poll(() => named('send device.changed'), { timeout: 10_000 }).not.toHaveLength(0)
    const [send] = named('send device.changed') as [ReceivedSpan]
    expect(send).toMatchObject({ spanId, kind: 4 })
    expect(collector.ancestors(send).at(-1)?.spanId).toBe(http.spanId)
    stop.abort()
  }
})

test('an operation over a WebSocket is a trace, down to SQL', async () => {
  const client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: token },
  })
  const query = 'query OverSocket { sites { id } }'
  for await (const { errors } of client.iterate({ query })) expect(errors).toBeUndefined()
  await client.dispose()
  const begun = () => named('WS /graphql').find(({ attributes }) => attributes['graphql.operation.name'])
  await expect.poll(begun, { timeout: 10_000 }).toBeDefined()
  const socket = begun() as ReceivedSpan
  const below = collector.spans.filter(({ traceId }) => traceId === socket.traceId).map(({ name }) => name)
  expect(below).toEqual(expect.arrayContaining(['fetch inventory', 'graphql.resolve sites']))
  expect(below.some((name) => name.startsWith('pg.query'))).toBe(true)
})
