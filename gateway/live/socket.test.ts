import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { openIdentitySigner } from '#core/service/identity.js'

import { internalKey, startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { handSockets, subscribe } from '../../tests/kit/hand-socket.js'
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
const { open, enter, letGo } = handSockets(() => gateway.url)
afterEach(letGo)
beforeEach(() => expect.poll(() => graph.state.log.events.listeners, { timeout: 5000 }).toBe(0))

const boxes = 'subscription { boxes { type cursor state { value box { id } } } }'
const notes = 'subscription { notes { cursor value } }'
const here = crypto.randomUUID()

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
      .poll(() => socket.last)
      .toMatchObject({ type: 'pong', payload: { expiresAt: expect.any(Number) } })
    // Longer than the first token lived.
    await new Promise((resolve) => setTimeout(resolve, 3100))
    graph.state.log.set('a', 1)
    await expect.poll(() => socket.last).toMatchObject({ id: 'a', type: 'next' })
    expect(socket.ws.readyState).toBe(WebSocket.OPEN)
    expect(graph.state.openedFor).toHaveLength(1)
  })

  test('is told by the pong that a token is bad, and stays; somebody else’s closes with 4403', async () => {
    const socket = await enter({ accessToken: await gateway.token() })
    socket.send({ type: 'ping', payload: { accessToken: 'rubbish' } })
    await expect
      .poll(() => socket.last)
      .toMatchObject({ type: 'pong', payload: { error: { extensions: { code: 'TOKEN_INVALID' } } } })
    socket.send({ type: 'ping', payload: { any: 'thing' } })
    await expect.poll(() => socket.last).toEqual({ type: 'pong', payload: { any: 'thing' } })
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
    await expect.poll(() => JSON.stringify(socket.last)).toContain('LIVE')
    await gateway.changeAccess({ userId, grants: [{ role: 'VIEWER', siteIds: [here] }] })
    await expect.poll(() => JSON.stringify(socket.told), { timeout: 2000 }).toContain('RESYNC')
    await expect.poll(() => JSON.stringify(socket.last)).toContain('LIVE')
    const since = JSON.stringify(socket.told).split('RESYNC')[1]
    expect(since).toContain('mine')
    expect(since).not.toContain('theirs')
    await gateway.changeAccess({ userId, grants: [] })
    await expect
      .poll(() => socket.last, { timeout: 2000 })
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
    letGo()
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
    await expect.poll(() => two.last?.type).toBe('pong')
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
