import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { Health, listen } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'

import { internalKey, startTestGateway, type TestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'

const { state, ...graph } = smallGraph()
const { inventory, telemetry, auth } = graph.subgraphs
const stack = new AsyncDisposableStack()
const serve = (subgraph: typeof inventory, port = 0) =>
  serveSubgraph({
    subgraph,
    health: new Health(),
    port,
    host: '127.0.0.1',
    internalKey,
    log: createLog('test', 'silent'),
  })
let served: Record<'inventory' | 'telemetry' | 'auth', Awaited<ReturnType<typeof serveSubgraph>>>
let gateway: TestGateway
let token: string
beforeAll(async () => {
  served = { inventory: await serve(inventory), telemetry: await serve(telemetry), auth: await serve(auth) }
  const places = Object.entries(served).map(([name, { port }]) => `${name}=http://127.0.0.1:${port}`)
  gateway = stack.use(
    await startTestGateway(
      { ...graph, state },
      { local: [], env: { SOTP_GATEWAY_SUBGRAPHS: places.join(','), SOTP_GATEWAY_TIMEOUT_MS: '1000' } },
    ),
  )
  for (const one of Object.values(served)) stack.use(one)
  token = await gateway.token()
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  state.loads.length = 0
  state.contexts.length = 0
  state.slowMs = 0
  state.snapshot = []
})
const live = () =>
  createClient({
    url: gateway.url.replace('http', 'ws').concat('/graphql'),
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: token },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  })
const codes = (body: { errors?: { extensions: Record<string, unknown> }[] }) =>
  (body.errors ?? []).map(({ extensions }) => extensions['code'])

describe('subgraphs in other processes', () => {
  test('join as in one process, and know who asks', async () => {
    const { body } = await gateway
      .ask('{ viewer { email } down(ids: ["1", "1"]) { reachability name } }', {
        token,
        headers: { 'user-agent': 'Prüfer/1', 'x-request-id': 'remote-id-1' },
      })
      .catch(() => ({ body: undefined }))
    // A header outside Latin-1 cannot be sent by fetch; this one can.
    expect(body ?? {}).toEqual({
      data: {
        viewer: { email: 'a@b.c' },
        down: [
          { reachability: 'state of 1', name: 'name of 1' },
          { reachability: 'state of 1', name: 'name of 1' },
        ],
      },
    })
    expect(state.loads).toEqual([['1']])
    expect(state.contexts[0]).toMatchObject({
      requestId: 'remote-id-1',
      ip: '127.0.0.1',
      userAgent: 'Prüfer/1',
      identity: { grants: [{ role: 'ADMIN', siteIds: null }] },
    })
  })

  test('hand on the refresh cookie to auth, and back', async () => {
    const login = await gateway.ask('mutation { login(email: "a@b.c") }')
    expect(login.headers.get('set-cookie')).toBe(
      'sotp_refresh=secret; Path=/graphql; Max-Age=3600; HttpOnly; SameSite=Strict',
    )
    const headers = { cookie: 'other=1; sotp_refresh=mine' }
    expect((await gateway.ask('mutation { refreshSession }', { headers })).body.data).toEqual({
      refreshSession: 'mine',
    })
  })

  test('stream subscriptions, refuse them, and end them at once', async () => {
    const client = live()
    const stream = client.iterate({ query: 'subscription { stateChanged { device { name } } }' })
    const first = stream.next()
    await expect.poll(() => state.events.listeners).toBe(1)
    state.events.emit('1')
    expect((await first).value?.data).toEqual({ stateChanged: { device: { name: 'name of 1' } } })
    await stream.return?.()
    await expect.poll(() => state.events.listeners, { timeout: 5000 }).toBe(0)
    const refused = live()
      .iterate({ query: 'subscription { stateChanged(after: "rubbish") { cursor } }' })
      .next()
    await expect(refused).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'after' } }])
  })

  test('answer only gateways', async () => {
    const address = `http://127.0.0.1:${served.inventory.port}/graphql`
    const post = (headers: Record<string, string>) =>
      fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: '{ _service { sdl } }' }),
      })
    expect((await post({})).status).toBe(401)
    expect((await post({ 'x-sotp-identity': 'forged' })).status).toBe(401)
    const closed = new Promise((resolve) => {
      const socket = new WebSocket(address.replace('http', 'ws'), 'graphql-transport-ws')
      socket.once('open', () => socket.send('{"type":"connection_init","payload":{"identity":"forged"}}'))
      socket.once('close', resolve)
    })
    expect(await closed).toBe(4403)
    const origin = address.replace('/graphql', '')
    expect((await fetch(`${origin}/readyz`)).status).toBe(200)
    expect((await fetch(`${origin}/elsewhere`)).status).toBe(404)
    expect((await fetch(address)).status).toBe(405)
  })
})

describe('a subgraph that is down', () => {
  test('takes only its own fields along, and comes back by itself', async () => {
    const { port } = served.telemetry
    const client = live()
    const stream = client.iterate({ query: 'subscription { stateChanged { cursor } }' })
    const broken = stream.next()
    await expect.poll(() => state.events.listeners).toBe(1)
    await served.telemetry[Symbol.asyncDispose]()
    await expect(broken).rejects.toMatchObject([
      { extensions: { code: 'SUBGRAPH_UNAVAILABLE', retry: true } },
    ])

    const { body, status } = await gateway.ask('{ device(id: "1") { name } viewer { email } }', { token })
    expect([status, body.errors]).toEqual([200, undefined])
    const broke = await gateway.ask('{ down(ids: ["1"]) { id } }', { token })
    expect(broke.status).toBe(503)
    expect(broke.body.errors).toEqual([
      {
        message: 'A part of the graph does not answer. (telemetry)',
        path: ['down'],
        extensions: {
          code: 'SUBGRAPH_UNAVAILABLE',
          retry: true,
          subgraph: 'telemetry',
          requestId: expect.any(String),
        },
      },
    ])
    const refused = live().iterate({ query: 'subscription { stateChanged { cursor } }' }).next()
    await expect(refused).rejects.toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }])

    await using back = await serve(telemetry, port)
    expect(back.port).toBe(port)
    expect((await gateway.ask('{ down(ids: ["1"]) { id } }', { token })).body).toEqual({
      data: { down: [{ id: '1' }] },
    })
  })

  test('and does not keep the gateway from starting', async () => {
    const nothing = 'inventory=http://127.0.0.1:1,telemetry=http://127.0.0.1:1,auth=http://127.0.0.1:1'
    await using alone = await startTestGateway(
      { ...graph, state },
      { local: [], env: { SOTP_GATEWAY_SUBGRAPHS: nothing } },
    )
    const { body, status } = await alone.ask('{ viewer { email } device(id: "1") { id } }')
    expect(status).toBe(200)
    expect(body.data).toEqual({ viewer: null, device: null })
    expect(codes(body)).toEqual(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_UNAVAILABLE'])
  })

  test('is also one that does not answer in time, or answers rubbish', async () => {
    state.slowMs = 3000
    const startedAt = performance.now()
    expect(codes((await gateway.ask('{ devices(ids: []) { id } }', { token })).body)).toEqual([
      'SUBGRAPH_UNAVAILABLE',
    ])
    expect(performance.now() - startedAt).toBeLessThan(2500)
    const rubbish = createServer((_request, response) => response.end('<html>'))
    await listen(rubbish, 0, '127.0.0.1')
    const { port } = rubbish.address() as AddressInfo
    await using other = await startTestGateway(
      { ...graph, state },
      { local: ['inventory', 'telemetry'], env: { SOTP_GATEWAY_SUBGRAPHS: `auth=http://127.0.0.1:${port}` } },
    )
    expect(codes((await other.ask('{ viewer { email } }')).body)).toEqual(['SUBGRAPH_UNAVAILABLE'])
    rubbish.close()
  })

  test('that nobody named is an error of the settings', async () => {
    await expect(startTestGateway({ ...graph, state }, { local: ['auth'] })).rejects.toThrow(
      'inventory, telemetry',
    )
  })
})
