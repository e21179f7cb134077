import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type Graph, openGraph } from '#tests/kit/graph.js'
import { type OtlpCollector, type ReceivedSpan, startOtlpCollector } from '#tests/kit/otlp.js'
import { type Product, startProduct } from '#tests/kit/product.js'

const stack = new AsyncDisposableStack()
let collector: OtlpCollector
let product: Product
let graph: Graph
beforeAll(async () => {
  collector = stack.use(await startOtlpCollector())
  product = stack.use(
    await startProduct({
      args: ['--lab', '3'],
      env: { SOTP_OTLP_URL: collector.url, SOTP_TRACE_RATIO: '1' },
    }),
  )
  graph = stack.use(await openGraph(product.url, product.admin))
}, 120_000)
afterAll(() => stack.disposeAsync())

const isSql = ({ name }: ReceivedSpan) => name.startsWith('pg.query')
/** Names from a span up to the first of its trace, each with its process. */
const lineOf = (span: ReceivedSpan) =>
  [span, ...collector.ancestors(span)].map(({ service, name }) => `${service} ${name}`)

test('a query of the running product is one trace, from HTTP to SQL', async () => {
  await graph.ask('query TracedDevices { devices(first: 5) { nodes { id name } } }')
  const sql = () =>
    collector.spans.find(
      (span) => isSql(span) && lineOf(span).some((step) => step.includes('query TracedDevices')),
    )
  await expect.poll(sql, { timeout: 15_000 }).toBeDefined()
  const line = lineOf(sql() as ReceivedSpan)
  expect(line[1]).toMatch(/^sotp-api graphql\.resolve devices/)
  expect(line).toContain('sotp-api fetch inventory')
  expect(line.at(-1)).toBe('sotp-api POST /graphql')
})

test('a poll is one trace, from the planner over queues and processes to the rows it stored', async () => {
  const stored = () =>
    collector.spans.find(
      (span) => isSql(span) && lineOf(span).some((step) => step.endsWith('process telemetry.batches')),
    )
  await expect.poll(stored, { timeout: 30_000 }).toBeDefined()
  const steps = lineOf(stored() as ReceivedSpan).filter((step) => / (send|process) /.test(step))
  expect(steps.map((step) => step.replace(/icmp|snmp/, 'x'))).toEqual([
    'sotp-worker process telemetry.batches',
    'sotp-worker send telemetry.batches',
    'sotp-worker process poll.x',
    'sotp-worker send poll.x',
  ])
})

test('an event is delivered in a trace that is linked to the one that published it', async () => {
  const states = graph.listen(
    'subscription TracedStates { deviceStateChanged { type state { device { name } } } }',
  )
  const reading = (async () => {
    for await (const _state of states);
  })()
  const linked = () =>
    collector.spans.find((span) => {
      if (span.name !== 'gateway.event') return false
      const [link] = span.links
      return link !== undefined && collector.spans.some(({ traceId }) => traceId === link.traceId)
    })
  await expect.poll(linked, { timeout: 30_000 }).toBeDefined()
  expect(linked()?.attributes['graphql.operation.name']).toBe('TracedStates')
  await states.return(undefined)
  await reading
})

test('no secret is in any span', () => {
  const { internalKey, secretsKey, postgresPassword, redisPassword } = JSON.parse(
    readFileSync(path.join(product.stateDir, 'secrets.json'), 'utf8'),
  ) as Record<string, string>
  const sent = collector.bodies.join()
  expect(sent).toContain('mutation($input')
  for (const secret of [product.admin.password, internalKey, secretsKey, postgresPassword, redisPassword]) {
    expect(secret).toBeTruthy()
    expect(sent).not.toContain(secret)
  }
})
