import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { createLog } from '#core/service/log.js'
import { openTopics } from '#core/service/topics.js'
import { type PrivateRedis, startRedis } from '#deploy/local/redis.js'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { topicGraph } from '../../tests/kit/topic-graph.js'

const stack = new AsyncDisposableStack()
const folder = mkdtempSync(path.join(tmpdir(), 'sotp-live-redis-'))
const password = 'test'
let redis: PrivateRedis
let wire: Awaited<ReturnType<typeof openWire>>
let gateway: TestGateway
let token: string
const log = createLog('test', 'silent')

/** One address that leads to whatever Redis there is, or to nothing. */
async function openWire() {
  let target: number | undefined
  const open = new Set<Socket>()
  const server = createServer((near) => {
    if (target === undefined) return near.destroy()
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from
        .on('error', () => {})
        .once('close', () => {
          open.delete(from)
          to.destroy()
        })
      from.pipe(to)
    }
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    lead(to: string | undefined) {
      target = to === undefined ? undefined : Number(new URL(to).port)
      if (target === undefined) for (const socket of [...open]) socket.destroy()
    },
    close: () => {
      for (const socket of [...open]) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

beforeAll(async () => {
  redis = await startRedis({ folder, password })
  wire = await openWire()
  wire.lead(redis.url)
  const graph = stack.use(topicGraph(wire.url))
  gateway = await startTestGateway(graph, { redisUrl: wire.url })
  token = await gateway.token()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await stack.disposeAsync()
  await wire.close()
  await redis[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('while Redis is down queries go on and streams pause; afterwards they tell what was missed, once', async () => {
  let row = BigInt(Date.now()) * 1000n
  const publish = async (to: string, count: number) => {
    const topics = openTopics({ redisUrl: to, log })
    for (let n = 0; n < count; n += 1) {
      row += 1n
      const event = { v: 1, kind: 'access.changed', grants: null, endedSessionIds: [], at: n } as const
      await topics.publish(
        'access.changed',
        { ...event, endedSessionIds: [], userId: crypto.randomUUID() },
        row,
      )
    }
    await topics[Symbol.asyncDispose]()
  }
  const seen: number[] = []
  const ends: unknown[] = []
  const client = createClient({
    url: gateway.url.replace('http', 'ws').concat('/graphql'),
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: token },
    retryAttempts: 0,
  })
  const listen = (after: string | null) =>
    client.subscribe<{ changes: { cursor: string } }>(
      {
        query: 'subscription ($after: String) { changes(after: $after) { cursor } }',
        variables: { after },
      },
      {
        next: ({ data }) => seen.push(Number(BigInt(data?.changes.cursor.split('-')[0] ?? 0) - first)),
        error: (error) => ends.push(error),
        complete: () => ends.push('complete'),
      },
    )
  await publish(wire.url, 1)
  const first = row
  listen(`${row}-0`)
  await publish(wire.url, 3)
  await expect.poll(() => seen).toEqual([1, 2, 3])

  wire.lead(undefined)
  await redis[Symbol.asyncDispose]()
  const { status, body } = await gateway.ask('{ one }', { token })
  expect([status, body.data]).toEqual([200, { one: 1 }])
  expect(ends).toEqual([])

  redis = await startRedis({ folder, password })
  // It is back, and hears of changes, before the gateway reaches it again.
  await publish(redis.url, 5)
  wire.lead(redis.url)
  await expect.poll(() => seen, { timeout: 15_000 }).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  await publish(wire.url, 2)
  await expect.poll(() => seen.length, { timeout: 5000 }).toBe(10)
  expect(ends).toEqual([])
  await client.dispose()
}, 60_000)
