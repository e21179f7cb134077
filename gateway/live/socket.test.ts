import { type Client, createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { openIdentitySigner } from '#core/service/identity.js'

import { internalKey, startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { someone } from '../../tests/kit/identity.js'
import { type LiveGraph, liveGraph } from '../../tests/kit/live-graph.js'

let gateway: TestGateway
let graph: LiveGraph
beforeAll(async () => {
  graph = liveGraph()
  gateway = await startTestGateway(graph, {
    env: {
      SOTP_GATEWAY_SOCKETS_PER_USER: '3',
      SOTP_GATEWAY_SOCKETS_PER_ADDRESS: '20',
      SOTP_GATEWAY_SUBSCRIPTIONS_PER_USER: '5',
      SOTP_GATEWAY_SOCKET_MESSAGES_PER_SECOND: '50',
      SOTP_GATEWAY_SOCKET_BYTES: '10000',
    },
  })
})
afterAll(() => gateway[Symbol.asyncDispose]())
const sockets = new Set<Socket>()
const clients = new Set<Client>()
afterEach(async () => {
  for (const client of clients) await client.dispose()
  clients.clear()
  for (const { ws } of sockets) ws.terminate()
  sockets.clear()
})
beforeEach(() => expect.poll(() => graph.state.log.events.listeners, { timeout: 5000 }).toBe(0))

const boxes = 'subscription { boxes { type cursor state { value box { id } } } }'
const notes = 'subscription { notes { cursor value } }'
const here = crypto.randomUUID()

interface Told {
  type: string
  id?: string
  payload?: unknown
}
interface Socket {
  ws: WebSocket
  told: Told[]
  closed: Promise<{ code: number; reason: string }>
  send(message: unknown): void
}
const url = () => gateway.url.replace('http', 'ws').concat('/graphql')

async function open(params?: Record<string, unknown>): Promise<Socket> {
  const ws = new WebSocket(url(), 'graphql-transport-ws')
  const told: Told[] = []
  ws.on('message', (data) => told.push(JSON.parse(String(data)) as Told))
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject))
  const socket = { ws, told, closed, send: (message: unknown) => ws.send(JSON.stringify(message)) }
  sockets.add(socket)
  if (params) socket.send({ type: 'connection_init', payload: params })
  return socket
}
async function enter(params: Record<string, unknown>): Promise<Socket> {
  const socket = await open(params)
  await expect.poll(() => socket.told[0]?.type).toBe('connection_ack')
  return socket
}
const subscribe = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } })
const last = ({ told }: Socket) => told.at(-1)
const sessionOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid

describe('who is connected', () => {
  test('renews the token in place by a ping, and nothing that runs is interrupted', async () => {
    const userId = crypto.randomUUID()
    const socket = await enter({ accessToken: await gateway.token({ userId, lifeSeconds: 3 }) })
    socket.send(subscribe('a', notes))
    await expect.poll(() => graph.state.log.events.listeners).toBe(1)
    const accessToken = await gateway.token({ userId, lifeSeconds: 900 })
    socket.send({ type: 'ping', payload: { accessToken } })
    await expect
      .poll(() => last(socket))
      .toMatchObject({ type: 'pong', payload: { expiresAt: expect.any(Number) } })
    // Longer than the first token lived.
    await new Promise((resolve) => setTimeout(resolve, 3100))
    graph.state.log.set('a', 1)
    await expect.poll(() => last(socket)).toMatchObject({ id: 'a', type: 'next' })
    expect(socket.ws.readyState).toBe(WebSocket.OPEN)
    expect(graph.state.openedFor).toHaveLength(1)
  })

  test('is told by the pong that a token is bad, and stays; somebody else’s closes with 4403', async () => {
    const socket = await enter({ accessToken: await gateway.token() })
    socket.send({ type: 'ping', payload: { accessToken: 'rubbish' } })
    await expect
      .poll(() => last(socket))
      .toMatchObject({ type: 'pong', payload: { error: { extensions: { code: 'TOKEN_INVALID' } } } })
    socket.send({ type: 'ping', payload: { any: 'thing' } })
    await expect.poll(() => last(socket)).toEqual({ type: 'pong', payload: { any: 'thing' } })
    socket.send({ type: 'ping', payload: { accessToken: await gateway.token() } })
    expect((await socket.closed).code).toBe(4403)
  })

  test('loses the connection within 2 s when the session is revoked, others of the user keep theirs', async () => {
    const userId = crypto.randomUUID()
    const [token, other] = [await gateway.token({ userId }), await gateway.token({ userId })]
    const socket = await enter({ accessToken: token })
    const staying = await enter({ accessToken: other })
    await gateway.changeAccess({ userId, endedSessionIds: [sessionOf(token)] })
    const endsAt = Date.now() + 2000
    expect((await socket.closed).code).toBe(4403)
    expect(Date.now()).toBeLessThan(endsAt)
    expect(staying.ws.readyState).toBe(WebSocket.OPEN)
    expect((await (await open({ accessToken: token })).closed).code, 'and cannot come back').toBe(4403)
  })

  test('has streams narrowed within 2 s when a grant is lost, and ended where nothing is left', async () => {
    const { log } = graph.state
    log.set('mine', 1, here)
    log.set('theirs', 2)
    const userId = crypto.randomUUID()
    const socket = await enter({ accessToken: await gateway.token({ userId }) })
    socket.send(subscribe('a', boxes))
    await expect.poll(() => JSON.stringify(last(socket))).toContain('LIVE')
    await gateway.changeAccess({ userId, grants: [{ role: 'VIEWER', siteIds: [here] }] })
    await expect.poll(() => JSON.stringify(socket.told), { timeout: 2000 }).toContain('RESYNC')
    await expect.poll(() => JSON.stringify(last(socket))).toContain('LIVE')
    const since = JSON.stringify(socket.told).split('RESYNC')[1]
    expect(since).toContain('mine')
    expect(since).not.toContain('theirs')
    await gateway.changeAccess({ userId, grants: [] })
    await expect
      .poll(() => last(socket), { timeout: 2000 })
      .toMatchObject({ id: 'a', type: 'error', payload: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(socket.ws.readyState, 'the connection is still theirs').toBe(WebSocket.OPEN)
  })

  test('may be a part of SOTP that acts for somebody', async () => {
    const signer = openIdentitySigner(internalKey)
    const socket = await enter({
      internal: await signer.signInternal(someone({ userId: crypto.randomUUID() })),
    })
    socket.send(subscribe('a', notes))
    await expect.poll(() => graph.state.log.events.listeners).toBe(1)
    const forged = openIdentitySigner('y'.repeat(40))
    expect((await (await open({ internal: await forged.signInternal(someone()) })).closed).code).toBe(4403)
  })
})

describe('limits', () => {
  test('of connections of one user, and of one address', async () => {
    const params = { accessToken: await gateway.token() }
    for (let n = 0; n < 3; n += 1) await enter(params)
    expect((await (await open(params)).closed).code).toBe(4429)
    // Whoever says nothing holds a connection, too, until it is told to go.
    const all = await Promise.allSettled(Array.from({ length: 25 }, () => open()))
    const refused = all.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThanOrEqual(8)
    expect(String((refused[0] as PromiseRejectedResult).reason)).toContain('429')
    for (const { ws } of sockets) ws.terminate()
    await expect.poll(async () => (await open(params).catch(() => undefined)) !== undefined).toBe(true)
  })

  test('of subscriptions of one user, over all connections', async () => {
    const params = { accessToken: await gateway.token() }
    const [one, two] = [await enter(params), await enter(params)]
    for (let n = 0; n < 3; n += 1) one.send(subscribe(`${n}`, notes))
    for (let n = 0; n < 3; n += 1) two.send(subscribe(`${n}`, notes))
    const all = () => [...one.told, ...two.told].filter(({ type }) => type === 'error')
    await expect.poll(all).toMatchObject([{ payload: [{ extensions: { code: 'RATE_LIMITED' } }] }])
    one.send({ id: '0', type: 'complete' })
    two.send({ type: 'ping' })
    await expect.poll(() => last(two)?.type).toBe('pong')
    const before = all().length
    two.send(subscribe('again', notes))
    await expect.poll(() => graph.state.log.events.listeners).toBe(1)
    expect(all()).toHaveLength(before)
  })

  test('of messages a second: 4429', async () => {
    const socket = await enter({ accessToken: await gateway.token() })
    for (let n = 0; n < 250; n += 1) socket.send({ type: 'ping' })
    expect((await socket.closed).code).toBe(4429)
  })

  test('of the size of a message: 1009', async () => {
    const socket = await enter({ accessToken: await gateway.token() })
    socket.send({ type: 'ping', payload: { x: 'x'.repeat(10_000) } })
    expect((await socket.closed).code).toBe(1009)
  })
})

describe('a client that reads nothing', () => {
  test('is given the latest of each thing when it reads again, and told how many it missed', async () => {
    const { state } = graph
    state.filler = 'x'.repeat(20_000)
    const query = 'subscription { boxes { type cursor state { value filler box { id } } } }'
    const socket = await enter({ accessToken: await gateway.token() })
    const beside = await enter({ accessToken: await gateway.token() })
    socket.send(subscribe('slow', query))
    beside.send(subscribe('fast', query))
    await expect.poll(() => JSON.stringify(last(beside))).toContain('LIVE')
    await expect.poll(() => JSON.stringify(last(socket))).toContain('LIVE')
    socket.ws.pause()
    for (let n = 0; n < 1000; n += 1) {
      state.log.set(`box ${n % 10}`, n)
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => JSON.stringify(last(beside)), { timeout: 10_000 }).toContain('"value":999')
    socket.ws.resume()
    await expect.poll(() => JSON.stringify(last(socket)), { timeout: 10_000 }).toContain('"value":999')
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
      .poll(() => last(socket), { timeout: 10_000 })
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
    url: url(),
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
