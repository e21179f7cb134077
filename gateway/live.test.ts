import { type Client, type CloseCode, createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { startTestGateway, type TestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'

let gateway: TestGateway
let token: string
const { state, ...graph } = smallGraph()
const clients = new Set<Client>()
beforeAll(async () => {
  gateway = await startTestGateway({ ...graph, state })
  token = await gateway.token()
})
afterAll(async () => {
  for (const client of clients) await client.dispose()
  await gateway[Symbol.asyncDispose]()
})
// Whatever a test did: nobody listens any more once its clients left.
afterEach(() => expect.poll(() => state.events.listeners, { timeout: 5000 }).toBe(0))
beforeEach(() => {
  state.loads.length = 0
  state.rename.clear()
  state.snapshot = []
})

const open = (connectionParams: Record<string, unknown> = { accessToken: token }): Client => {
  const client = createClient({
    url: gateway.url.replace('http', 'ws').concat('/graphql'),
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  })
  clients.add(client)
  return client
}
const withName = 'subscription { stateChanged { cursor device { reachability name } } }'
const noEvent = { done: true, value: undefined }

describe('a federated subscription', () => {
  test('delivers fields of two subgraphs with every event, entities as they are then', async () => {
    const stream = open().iterate({ query: withName })
    const first = stream.next()
    await expect.poll(() => state.events.listeners).toBe(1)
    state.events.emit('1')
    expect((await first).value).toEqual({
      data: { stateChanged: { cursor: 'c-1', device: { reachability: 'state of 1', name: 'name of 1' } } },
    })
    state.rename.set('1', 'new name')
    state.events.emit('1')
    expect((await stream.next()).value?.data).toMatchObject({
      stateChanged: { device: { name: 'new name' } },
    })
    await stream.return?.()
  })

  test('keeps order, aliases, variables and conditions', async () => {
    state.snapshot = Array.from({ length: 50 }, (_, n) => String(n))
    const query =
      'subscription S($with: Boolean!, $after: String) { e: stateChanged(after: $after) { c: cursor device { title: name @include(if: $with) id @skip(if: $with) } } }'
    const seen: unknown[] = []
    for await (const { data } of open().iterate({ query, variables: { with: true } })) {
      seen.push(data?.['e'])
      if (seen.length === 50) break
    }
    expect(seen).toEqual(
      Array.from({ length: 50 }, (_, n) => ({ c: `c-${n}`, device: { title: `name of ${n}` } })),
    )
  })

  test('asks for the entities of a thousand waiting events in a handful of calls', async () => {
    state.snapshot = Array.from({ length: 1000 }, (_, n) => String(n))
    let seen = 0
    for await (const { data } of open().iterate({ query: withName })) {
      expect(data?.['stateChanged']).toMatchObject({
        cursor: `c-${seen}`,
        device: { name: `name of ${seen}` },
      })
      seen += 1
      if (seen === 1000) break
    }
    expect(state.loads.flat().length).toBe(1000)
    expect(state.loads.length).toBeLessThanOrEqual(40)
  })

  test('goes on after an event whose entity fails, with the error at its place', async () => {
    const stream = open().iterate({ query: withName })
    const first = stream.next()
    await expect.poll(() => state.events.listeners).toBe(1)
    state.events.emit('bad')
    expect((await first).value?.errors?.[0]).toMatchObject({
      path: ['stateChanged', 'device'],
      extensions: { code: 'NOT_FOUND' },
    })
    state.events.emit('nobody')
    expect((await stream.next()).value).toEqual({
      data: { stateChanged: { cursor: 'c-nobody', device: null } },
    })
    await stream.return?.()
  })

  test('is refused with errors, before any event, when the subgraph or the schema says no', async () => {
    const refusedBy = async (
      request: { query: string; variables?: Record<string, unknown> },
      client = open(),
    ) =>
      client
        .iterate(request)
        .next()
        .then(
          () => undefined,
          (errors: { extensions: Record<string, unknown> }[]) => errors[0]?.extensions['code'],
        )
    expect(await refusedBy({ query: 'subscription { stateChanged(after: "rubbish") { cursor } }' })).toBe(
      'BAD_USER_INPUT',
    )
    expect(await refusedBy({ query: 'subscription { nonsense }' })).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(
      await refusedBy({
        query: 'subscription($a: String) { stateChanged(after: $a) { cursor } }',
        variables: { a: { b: 1 } },
      }),
    ).toBe('BAD_USER_INPUT')
    const nobody = await gateway.token({ grants: [] })
    expect(await refusedBy({ query: withName }, open({ accessToken: nobody }))).toBe('FORBIDDEN')
    expect(state.events.listeners).toBe(0)
  })

  test('goes on for others when a client is lost', async () => {
    const staying = open().iterate({ query: withName })
    const leaving = open()
    const gone = leaving.iterate({ query: withName })
    const next = [staying.next(), gone.next()] as const
    await expect.poll(() => state.events.listeners).toBe(1)
    leaving.terminate()
    await expect(next[1]).rejects.toBeDefined()
    state.events.emit('7')
    expect((await next[0]).value?.data).toMatchObject({ stateChanged: { cursor: 'c-7' } })
    await staying.return?.()
  })

  test('completes for the client when its source completes', async () => {
    const stream = open().iterate({ query: withName })
    const step = stream.next()
    await expect.poll(() => state.events.listeners).toBe(1)
    state.events.end()
    expect(await step).toEqual(noEvent)
  })

  test('ends with an error that tells no internals when its source breaks', async () => {
    const stream = open().iterate({ query: withName })
    const first = stream.next()
    await expect.poll(() => state.events.listeners).toBe(1)
    state.events.fail(new TypeError('secret internals'))
    await expect(first).rejects.toMatchObject([
      { message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ])
  })
})

describe('a socket', () => {
  const closeOf = (params: Record<string, unknown> | undefined, headers: Record<string, string> = {}) =>
    new Promise<{ code: number; reason: string }>((resolve, reject) => {
      const socket = new WebSocket(
        gateway.url.replace('http', 'ws').concat('/graphql'),
        'graphql-transport-ws',
        { headers },
      )
      socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: params })))
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
      socket.once('error', reject)
    })
  const forbidden: CloseCode = 4403

  test('needs a good token', async () => {
    expect(await closeOf(undefined)).toEqual({
      code: forbidden,
      reason: 'connection_init needs { accessToken }.',
    })
    expect((await closeOf({ accessToken: 'rubbish' })).code).toBe(forbidden)
    expect((await closeOf({ accessToken: await gateway.token({ lifeSeconds: -60 }) })).code).toBe(forbidden)
  })

  test('is closed with 4403 when its token expires, and its subscriptions end', async () => {
    const short = open({ authorization: `Bearer ${await gateway.token({ lifeSeconds: 2 })}` })
    const closed = new Promise<{ code: number }>((resolve) => {
      short.on('closed', (event) => resolve(event as { code: number }))
    })
    short.subscribe({ query: withName }, { next: () => {}, error: () => {}, complete: () => {} })
    await expect.poll(() => state.events.listeners).toBe(1)
    expect((await closed).code).toBe(forbidden)
  })

  test('is for pages of our own origin, and for programs', async () => {
    await expect(closeOf({}, { origin: 'https://evil.example' })).rejects.toThrow('403')
    expect((await closeOf({}, { origin: gateway.url })).code).toBe(forbidden)
  })

  test('carries a hundred operations and no more', async () => {
    const client = open()
    const refused: unknown[] = []
    for (let n = 0; n <= 100; n += 1) {
      client.subscribe(
        { query: `subscription { s${n}: stateChanged { cursor } }` },
        { next: () => {}, error: (errors) => refused.push(errors), complete: () => {} },
      )
    }
    await expect.poll(() => state.events.listeners).toBe(100)
    await expect.poll(() => refused).toMatchObject([[{ extensions: { code: 'RATE_LIMITED' } }]])
    client.terminate()
  })

  test('carries queries and mutations too', async () => {
    const one = async (query: string) => (await open().iterate({ query }).next()).value
    expect(await one('{ down(ids: ["1"]) { reachability name } }')).toEqual({
      data: { down: [{ reachability: 'state of 1', name: 'name of 1' }] },
    })
    expect(await one('mutation { importDevices(csv: "abc") }')).toEqual({ data: { importDevices: 3 } })
    expect((await one('{ device(id: "none") { id } }'))?.errors?.[0]?.extensions?.['code']).toBe('NOT_FOUND')
  })
})
