import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { openGraph } from '#tests/kit/graph.js'
import { type Product, startProduct } from '#tests/kit/product.js'
import { sdl, startRack } from '../federation/external/rack.js'

/** What a third party can do with a running SOTP, without a change to it: join the graph, and have events sent. */

let product: Product
let graph: Awaited<ReturnType<typeof openGraph>>
let rack: Awaited<ReturnType<typeof startRack>>
let key = ''
const positions = new Map<string, string>()
const delivered: { id: string | undefined; type: string }[] = []
const receiver = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const { event } = JSON.parse(Buffer.concat(parts).toString()) as {
    event: { deviceStateChanged: { type: string } }
  }
  const id = request.headers['webhook-id']
  delivered.push({ id: String(id), type: event.deviceStateChanged.type })
  response.writeHead(204).end()
})

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  product = await startProduct({ env: { SOTP_PLATFORM_SINK_PRIVATE: 'allow' } })
  graph = await openGraph(product.url, product.admin)
  rack = await startRack(() => key, positions)
}, 120_000)
afterAll(async () => {
  await graph?.[Symbol.asyncDispose]()
  await rack?.[Symbol.asyncDispose]()
  await product?.[Symbol.asyncDispose]()
  receiver.close()
})

const patiently = { timeout: 45_000, interval: 200 }
const where = (id: string) =>
  graph
    .ask<{ device: { name: string; rackPosition: string | null } }>(
      'query ($id: ID!) { device(id: $id) { name rackPosition } }',
      { id },
    )
    .then(
      ({ device }) => device.rackPosition,
      (error: Error) => error.message.split(':')[0],
    )

test('a subgraph joins and leaves while a stream goes on', async () => {
  const { devices } = await graph.ask<{ devices: { nodes: { id: string }[] } }>(
    '{ devices(first: 1) { nodes { id } } }',
  )
  const id = devices.nodes[0]?.id ?? ''
  positions.set(id, 'Room 4')
  const states = graph.listen<{ deviceStateChanged: { cursor: string; type: string } }>(
    'subscription { deviceStateChanged { type cursor } }',
  )
  let live = 0
  const reading = (async () => {
    for await (const { deviceStateChanged } of states) if (deviceStateChanged.type === 'CHANGE') live++
  })()

  expect(await where(id)).toBe('GRAPHQL_VALIDATION_FAILED')
  const { publishSubgraph } = await graph.ask<{ publishSubgraph: { secret: string } }>(
    'mutation ($input: PublishSubgraphInput!) { publishSubgraph(input: $input) { secret } }',
    { input: { name: 'rack', url: rack.url, sdl } },
  )
  key = publishSubgraph.secret
  await expect.poll(() => where(id), patiently).toBe('Room 4')
  expect(rack.asked).toContain(product.admin.email)

  // The same stream, on the new schema.
  const before = live
  await expect.poll(() => live, patiently).toBeGreaterThan(before)
  await graph.ask('mutation { removeSubgraph(name: "rack", force: true) { name } }')
  await expect.poll(() => where(id), patiently).toBe('GRAPHQL_VALIDATION_FAILED')
  const after = live
  await expect.poll(() => live, patiently).toBeGreaterThan(after)
  await states.return(undefined)
  await reading
}, 180_000)

test('a sink delivers the events of a subscription, each once', async () => {
  await graph.ask('mutation ($input: CreateSinkInput!) { createSink(input: $input) { sink { id } } }', {
    input: {
      name: 'states',
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      document:
        'subscription ($after: String) { deviceStateChanged(after: $after) { type cursor state { device { id } } } }',
    },
  })
  await expect
    .poll(() => delivered.filter(({ type }) => type === 'CHANGE').length, patiently)
    .toBeGreaterThan(5)
  expect(new Set(delivered.map(({ id }) => id)).size).toBe(delivered.length)
}, 120_000)

test('who asked for which field can be read', async () => {
  type Used = { fieldUsage: { nodes: { coordinate: string; count: string }[] } }
  const used = () =>
    graph
      .ask<Used>('{ fieldUsage(coordinate: "Device.name") { nodes { coordinate count } } }')
      .then(({ fieldUsage }) => Number(fieldUsage.nodes[0]?.count ?? 0))
  await expect.poll(used, { timeout: 50_000, interval: 1000 }).toBeGreaterThan(0)
})
