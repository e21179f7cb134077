import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'

import { Health, listen } from '#core/service/health.js'
import { openIdentitySigner } from '#core/service/identity.js'
import { createLog } from '#core/service/log.js'
import { emptyCookieJar } from '#core/service/request.js'

import { someone } from '../../tests/kit/identity.js'
import type { ClientContext } from './link.js'
import { openRemoteLink } from './remote.js'

const stack: (() => unknown)[] = []
afterEach(async () => {
  for (const close of stack.splice(0).reverse()) await close()
})

/** A subgraph that does what the test says with each POST, and a link to it. */
async function subgraph(
  answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void,
  { timeoutMs = 1000, external = false, path = '' } = {},
) {
  const asked: IncomingMessage[] = []
  const server: Server = createServer((request, response) => {
    if (request.method === 'GET') return void response.writeHead(ready.status).end()
    asked.push(request)
    request.resume()
    request.once('end', () => answer(request, response, asked.length))
  })
  const ready = { status: 200 }
  await listen(server, 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  const link = openRemoteLink({
    name: 'x',
    url: `http://127.0.0.1:${port}${path}`,
    signer: openIdentitySigner('x'.repeat(40)),
    timeoutMs,
    external,
    log: createLog('test', 'silent'),
  })
  const stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  stack.push(stop, () => link[Symbol.asyncDispose]())
  return { asked, link, ready, stop }
}
const client: ClientContext = {
  identity: someone(),
  requestId: 'request-1',
  ip: '192.0.2.1',
  userAgent: 'test/1',
  cookies: emptyCookieJar,
  liveUrl: '',
}
const good = (response: ServerResponse) => response.end('{"data":{"a":1}}')
const query = { query: 'query { a b: c }' }
const codes = (result: { errors?: readonly { extensions?: Record<string, unknown> }[] }) =>
  (result.errors ?? []).map(({ extensions }) => extensions?.['code'])

describe('a link to another process', () => {
  test('sends a query once more that was lost on the way, and never a mutation', async () => {
    const { asked, link } = await subgraph((request, response, nth) =>
      nth % 2 === 1 ? request.socket.destroy() : good(response),
    )
    expect((await link.execute(query, client)).data).toEqual({ a: 1 })
    expect(asked).toHaveLength(2)
    expect(codes(await link.execute({ query: 'mutation { a }' }, client))).toEqual(['SUBGRAPH_UNAVAILABLE'])
    expect(asked).toHaveLength(3)
  })

  test.each([502, 503, 504])('sends a query once more after HTTP %i', async (status) => {
    const { asked, link } = await subgraph((_request, response, nth) =>
      nth === 1 ? response.writeHead(status).end() : good(response),
    )
    expect((await link.execute(query, client)).data).toEqual({ a: 1 })
    expect(asked).toHaveLength(2)
  })

  test('does not ask again what was answered, however bad', async () => {
    const bad = ['null', '<html>', '[]', '{"other":1}']
    const { asked, link } = await subgraph((_request, response, nth) =>
      nth === 1 ? response.writeHead(500).end() : response.end(bad[nth - 2]),
    )
    for (let n = 0; n < 4; n++) {
      const { data, errors } = await link.execute(query, client)
      expect(data).toBeNull()
      expect(errors?.map(({ path }) => path)).toEqual([['a'], ['b']])
    }
    expect(asked).toHaveLength(4)
  })

  test('waits no longer than its time, a second attempt included', async () => {
    const { asked, link } = await subgraph(
      (request, _response, nth) => {
        if (nth === 1) request.socket.destroy()
      },
      { timeoutMs: 300 },
    )
    const startedAt = performance.now()
    expect(codes(await link.execute(query, client))).toEqual(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_UNAVAILABLE'])
    expect(asked).toHaveLength(2)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    // The time is over for those who wait for a connection, too.
    const many = await Promise.all(Array.from({ length: 100 }, () => link.execute(query, client)))
    for (const result of many) expect(codes(result)[0]).toBe('SUBGRAPH_UNAVAILABLE')
  })

  test('leaves a subgraph alone that keeps failing, and says so', async () => {
    const { asked, link, ready, stop } = await subgraph((_request, response) => response.writeHead(500).end())
    await link.check()
    ready.status = 404
    await link.check()
    ready.status = 503
    await expect(link.check()).rejects.toThrow('not ready')
    for (let n = 0; n < 8; n++) await link.execute(query, client)
    expect(asked).toHaveLength(5)
    await expect(link.check()).rejects.toThrow('failed')
    await stop()
    const health = new Health()
    health.add('subgraphs', () => link.check())
    expect(await health.report()).toMatchObject({ ready: false, components: [{ name: 'subgraphs' }] })
  })

  test('tells somebody else’s subgraph who asks, and not from where; at the address it gave', async () => {
    const { asked, link } = await subgraph((_request, response) => good(response), {
      external: true,
      path: '/api/graph',
    })
    await link.execute(query, client)
    const [request] = asked
    expect(request?.url).toBe('/api/graph')
    expect(request?.headers).toMatchObject({ 'x-request-id': 'request-1' })
    expect(request?.headers['x-sotp-identity']).toBeTypeOf('string')
    expect(request?.headers['x-sotp-client-ip']).toBeUndefined()
    expect(request?.headers['x-sotp-user-agent']).toBeUndefined()
  })

  test('signs an identity once for many calls', async () => {
    const { asked, link } = await subgraph((_request, response) => good(response))
    for (let n = 0; n < 3; n++) await link.execute(query, client)
    await link.execute(query, { ...client, identity: someone() })
    const tokens = asked.map(({ headers }) => headers['x-sotp-identity'])
    expect(new Set(tokens.slice(0, 3)).size).toBe(1)
    expect(tokens[3]).toBeDefined()
  })
})
