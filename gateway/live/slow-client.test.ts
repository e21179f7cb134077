import { type Client, createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { handSockets, subscribe } from '../../tests/kit/hand-socket.js'
import { type LiveGraph, liveGraph } from '../../tests/kit/live-graph.js'

let gateway: TestGateway
let graph: LiveGraph
beforeAll(async () => {
  graph = liveGraph()
  gateway = await startTestGateway(graph)
})
afterAll(() => gateway[Symbol.asyncDispose]())
const { enter, letGo } = handSockets(() => gateway.url)
const clients = new Set<Client>()
afterEach(async () => {
  for (const client of clients) await client.dispose()
  clients.clear()
  letGo()
})
beforeEach(() => expect.poll(() => graph.state.log.events.listeners, { timeout: 5000 }).toBe(0))

describe('a client that reads nothing', () => {
  test('is given the latest of each thing when it reads again, and told how many it missed', async () => {
    const { state } = graph
    state.filler = 'x'.repeat(20_000)
    const query = 'subscription { boxes { type cursor state { value filler box { id } } } }'
    const socket = await enter({ accessToken: await gateway.token() })
    const beside = await enter({ accessToken: await gateway.token() })
    socket.send(subscribe('slow', query))
    beside.send(subscribe('fast', query))
    await expect.poll(() => JSON.stringify(beside.last)).toContain('LIVE')
    await expect.poll(() => JSON.stringify(socket.last)).toContain('LIVE')
    socket.ws.pause()
    for (let n = 0; n < 1000; n += 1) {
      state.log.set(`box ${n % 10}`, n)
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => JSON.stringify(beside.last), { timeout: 10_000 }).toContain('"value":999')
    socket.ws.resume()
    await expect.poll(() => JSON.stringify(socket.last), { timeout: 10_000 }).toContain('"value":999')
    const results = socket.told.flatMap(({ payload }) => (payload ? [payload as Result] : []))
    const changes = results.filter(({ data }) => data.boxes.type === 'CHANGE')
    const skipped = results.reduce((sum, { extensions }) => sum + (extensions?.skipped ?? 0), 0)
    expect(skipped).toBeGreaterThan(0)
    expect(changes.length + skipped, 'told and skipped are all there were').toBe(1000)
    const known = new Map(changes.map(({ data }) => [data.boxes.state?.box.id, data.boxes.state?.value]))
    expect(known).toEqual(new Map([...known.keys()].map((id) => [id, state.log.values.get(id ?? '')?.value])))
    expect(known.size).toBe(10)
    state.filler = ''
  })

  test('ends with SLOW_CONSUMER and the number when even that is too much', async () => {
    const { state } = graph
    state.filler = 'x'.repeat(20_000)
    const query = 'subscription { notes { cursor value box { id } } }'
    const heavy = 'subscription { boxes { state { filler box { id } } } }'
    const socket = await enter({ accessToken: await gateway.token() })
    socket.send(subscribe('slow', heavy))
    await expect.poll(() => socket.told.length).toBeGreaterThan(1)
    socket.ws.pause()
    const beside = await enter({ accessToken: await gateway.token() })
    beside.send(subscribe('fast', query))
    await expect.poll(() => graph.state.log.events.listeners).toBe(2)
    for (let n = 0; n < 1500; n += 1) {
      state.log.set(`many ${n}`, n)
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => graph.state.log.events.listeners, { timeout: 10_000 }).toBe(1)
    socket.ws.resume()
    await expect
      .poll(() => socket.last, { timeout: 10_000 })
      .toMatchObject({
        type: 'error',
        payload: [{ extensions: { code: 'SLOW_CONSUMER', retry: true, skipped: expect.any(Number) } }],
      })
    expect(beside.told.filter(({ type }) => type === 'next')).toHaveLength(1500)
    state.filler = ''
  })
})

interface Result {
  data: { boxes: { type: string; state: { value: number; box: { id: string } } | null } }
  extensions?: { skipped?: number }
}

test('fifty lost sockets over ten thousand events lose nothing and repeat nothing', async () => {
  const { log } = graph.state
  const token = await gateway.token()
  const seen: string[] = []
  let cursor: string | undefined
  let live: WebSocket | undefined
  const client = createClient({
    url: gateway.url.replace('http', 'ws').concat('/graphql'),
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: token },
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20)),
    shouldRetry: () => true,
    on: { opened: (socket) => (live = socket as WebSocket) },
  })
  clients.add(client)
  client.subscribe<{ notes: { cursor: string } }>(
    {
      query: 'subscription ($after: String) { notes(after: $after) { cursor value box { id name } } }',
      get variables() {
        return { after: cursor ?? null }
      },
    },
    {
      next: ({ data }) => {
        cursor = data?.notes.cursor
        seen.push(cursor ?? '')
      },
      error: (error) => seen.push(String(error)),
      complete: () => {},
    },
  )
  await expect.poll(() => log.events.listeners).toBe(1)
  const first = Number(log.cursor.split('-')[0]) + 1
  for (let event = 0; event < 10_000; event += 1) {
    log.set(`box ${event % 50}`, event)
    if (event % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (event % 200 === 199) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
      live?.terminate()
    }
  }
  await expect.poll(() => cursor, { timeout: 10_000 }).toBe(log.cursor)
  expect(seen).toEqual(Array.from({ length: 10_000 }, (_, n) => `${first + n}-0`))
}, 60_000)
