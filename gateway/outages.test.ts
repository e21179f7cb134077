import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'

import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { serveSubgraph } from '#core/service/subgraph-http.js'
import { startRedis } from '#deploy/local/redis.js'

import { internalKey, startTestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'

const graph = smallGraph()
const { state, subgraphs } = graph
afterEach(() => {
  state.slowMs = 0
})
const serve = (name: keyof typeof subgraphs, port = 0) =>
  serveSubgraph({
    subgraph: subgraphs[name],
    health: new Health(),
    port,
    host: '127.0.0.1',
    internalKey,
    log: createLog('test', 'silent'),
  })
const codes = (body: { errors?: { extensions: Record<string, unknown> }[] }) =>
  (body.errors ?? []).map(({ extensions }) => [extensions['code'], extensions['subgraph']])

describe('without a part of what it needs, the gateway', () => {
  test('starts with every subgraph down, names them on /readyz, and is ready when they come', async () => {
    const names = ['inventory', 'telemetry', 'auth'] as const
    const ports = await Promise.all(
      names.map(async (name) => {
        await using served = await serve(name)
        return served.port
      }),
    )
    await using gateway = await startTestGateway(graph, {
      local: [],
      env: {
        SOTP_GATEWAY_SUBGRAPHS: names.map((name, n) => `${name}=http://127.0.0.1:${ports[n]}`).join(','),
      },
    })
    const ready = async () => {
      const response = await fetch(`${gateway.url}/readyz`)
      const { components } = (await response.json()) as { components: { name: string; message: string }[] }
      return { status: response.status, message: components.find((one) => one.name === 'subgraphs')?.message }
    }
    const { status, message } = await ready()
    expect(status).toBe(503)
    for (const name of names) expect(message).toContain(name)
    await using stack = new AsyncDisposableStack()
    for (const [n, name] of names.entries()) stack.use(await serve(name, ports[n]))
    await expect.poll(ready, { timeout: 10_000 }).toEqual({ status: 200, message: null })
  })

  test.each([true, false])(
    'leaves empty only what a slow subgraph would say (in process: %s)',
    async (local) => {
      await using inventory = await serve('inventory')
      await using gateway = await startTestGateway(graph, {
        local: local ? ['inventory', 'telemetry', 'auth'] : ['telemetry', 'auth'],
        env: {
          SOTP_GATEWAY_SUBGRAPHS: `inventory=http://127.0.0.1:${inventory.port}`,
          SOTP_GATEWAY_TIMEOUTS: 'inventory=200',
        },
      })
      state.slowMs = 1500
      const query = '{ viewer { email } device(id: "1") { id } devices(ids: ["1"]) { id } }'
      const partial = '{ viewer { email } ... on Query { down(ids: ["1"]) { reachability } } }'
      const token = await gateway.token()
      const [slow, other] = await Promise.all([
        gateway.ask(query, { token }),
        gateway.ask(partial, { token }),
      ])
      expect(codes(slow.body)[0]).toEqual(['SUBGRAPH_UNAVAILABLE', 'inventory'])
      expect(other.body).toEqual({
        data: { viewer: { email: 'a@b.c' }, down: [{ reachability: 'state of 1' }] },
      })
    },
  )

  test('goes on with queries while Redis is away', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sotp-outage-'))
    await using stack = new AsyncDisposableStack()
    stack.defer(() => rmSync(folder, { recursive: true, force: true }))
    const redis = stack.use(await startRedis({ folder, password: 'test' }))
    await using gateway = await startTestGateway(graph, { redisUrl: redis.url })
    const token = await gateway.token()
    const asks = () => gateway.ask('{ down(ids: ["1"]) { name } }', { token })
    const answer = { status: 200, body: { data: { down: [{ name: 'name of 1' }] } } }
    expect(await asks()).toMatchObject(answer)
    await redis[Symbol.asyncDispose]()
    await expect
      .poll(async () => (await fetch(`${gateway.url}/readyz`)).status, { timeout: 10_000 })
      .toBe(503)
    for (let n = 0; n < 5; n++) expect(await asks()).toMatchObject(answer)
    const other = await gateway.ask('{ down(ids: ["2"]) { name } }', { token })
    expect(other.body).toEqual({ data: { down: [{ name: 'name of 2' }] } })
  })
})
