import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { jwksKey } from '#core/service/access-token.js'
import { Health } from '#core/service/health.js'
import { identityHeader, openIdentitySigner } from '#core/service/identity.js'
import { createLog } from '#core/service/log.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { openForge } from '#tests/kit/forged-tokens.js'
import { internalKey, startTestGateway, type TestGateway } from '#tests/kit/gateway.js'
import { handSockets } from '#tests/kit/hand-socket.js'
import { someone } from '#tests/kit/identity.js'
import { smallGraph } from '#tests/kit/small-graph.js'

/** What a running gateway and a running subgraph say to tokens that nobody of ours signed, or not like this. */
const graph = smallGraph()
const forge = await openForge()
const forged = Object.entries(forge.forged)
const stack = new AsyncDisposableStack()
let gateway: TestGateway
let subgraph: string
beforeAll(async () => {
  gateway = stack.use(await startTestGateway(graph))
  const redis = new Redis(gateway.redisUrl)
  await redis.set(jwksKey, JSON.stringify(forge.jwks))
  redis.disconnect()
  const served = stack.use(
    await serveSubgraph({
      subgraph: graph.subgraphs.inventory,
      health: new Health(),
      port: 0,
      host: '127.0.0.1',
      internalKey,
      log: createLog('test', 'silent'),
    }),
  )
  subgraph = `127.0.0.1:${served.port}/graphql`
})
afterAll(() => stack.disposeAsync())

const query = '{ devices(ids: ["1"]) { id } }'
const good = () => forge.sign(forge.claims())
const sockets = handSockets(() => gateway.url)
afterEach(() => sockets.letGo())
/** Neither a stack nor words of a library. */
const revealing = /\n\s*at |jose|JWS|JWT|signature|Error:/

describe('the gateway', () => {
  test.each(forged)('refuses over HTTP %s', async (_, make) => {
    const { status, body } = await gateway.ask(query, { token: await make() })
    expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({
      status: 401,
      code: 'TOKEN_INVALID',
    })
    expect(body.data ?? null).toBeNull()
    expect(JSON.stringify(body)).not.toMatch(revealing)
  })

  test.each(forged)('refuses at connection_init %s', async (_, make) => {
    const accessToken = await make()
    const socket = await sockets.open({ accessToken })
    const { code, reason } = await socket.closed
    expect(code).toBe(4403)
    expect(reason).not.toMatch(revealing)
    expect(socket.told).toEqual([])
  })

  test('refuses them as an internal token, too', async () => {
    for (const [name, make] of forged) {
      const { code } = await (await sockets.open({ internal: await make() })).closed
      expect(code, name).toBe(4403)
    }
    const identity = someone()
    const other = openIdentitySigner('y'.repeat(40))
    for (const internal of [
      await other.signInternal(identity),
      await openIdentitySigner(internalKey).sign(identity),
    ])
      expect((await (await sockets.open({ internal })).closed).code).toBe(4403)
  })

  test('refuses a token of a megabyte before it looks at it', async () => {
    const token = 'A'.repeat(1024 * 1024)
    const response = await fetch(`${gateway.url}/graphql`, {
      headers: { authorization: `Bearer ${token}` },
    }).catch(
      // The connection may be cut while the header is still being sent.
      () => undefined,
    )
    expect([431, undefined]).toContain(response?.status)
    const { code } = await (await sockets.open({ accessToken: token })).closed
    expect([1009, 4403, 4400]).toContain(code)
  })

  test('refuses other schemes, and several tokens at once', async () => {
    const token = await good()
    for (const authorization of [
      `Basic ${token}`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer ${token} x`,
      token,
    ]) {
      const { status, body } = await gateway.ask(query, { headers: { authorization } })
      expect({ status, code: body.errors?.[0]?.extensions['code'] }).toEqual({
        status: 401,
        code: 'TOKEN_INVALID',
      })
    }
  })

  test('refuses a good token once its session has ended, and gives no rights to who was deactivated', async () => {
    const token = await good()
    const status = async () => (await gateway.ask(query, { token })).status
    const code = async () => (await gateway.ask(query, { token })).body.errors?.[0]?.extensions['code']
    expect(await status()).toBe(200)
    await gateway.changeAccess({ userId: forge.sub, grants: [] })
    await expect.poll(code, { timeout: 2000, interval: 20 }).toBe('FORBIDDEN')
    await gateway.changeAccess({ userId: forge.sub, endedSessionIds: [forge.sid] })
    await expect.poll(status, { timeout: 2000, interval: 20 }).toBe(401)
    expect((await (await sockets.open({ accessToken: token })).closed).code).toBe(4403)
  })

  test('goes on as before', async () => {
    const token = await forge.sign({ ...forge.claims(), sub: crypto.randomUUID(), sid: crypto.randomUUID() })
    expect((await gateway.ask(query, { token })).body.data).toMatchObject({ devices: [{ id: '1' }] })
    await sockets.enter({ accessToken: token })
  })
})

describe('a subgraph', () => {
  const post = (identity?: string) =>
    fetch(`http://${subgraph}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(identity !== undefined && { [identityHeader]: identity }),
      },
      body: JSON.stringify({ query }),
    })
  const direct = handSockets(() => `ws://${subgraph.replace('/graphql', '')}`)
  afterEach(() => direct.letGo())

  test.each(forged)('refuses as an identity %s', async (_, make) => {
    const token = await make()
    const response = await post(token)
    expect(response.status).toBe(401)
    expect(await response.text()).not.toMatch(revealing)
    const { code, reason } = await (await direct.open({ identity: token })).closed
    expect(code).toBe(4403)
    expect(reason).not.toMatch(revealing)
  })

  test('refuses a good access token, another key, an internal token, and nothing at all', async () => {
    const signer = openIdentitySigner(internalKey)
    const identities = [
      await good(),
      await openIdentitySigner('y'.repeat(40)).sign(someone()),
      await signer.signInternal(someone()),
      '',
      undefined,
    ]
    for (const identity of identities) expect((await post(identity)).status).toBe(401)
    expect((await post(await signer.sign(someone()))).status).toBe(200)
  })
})
