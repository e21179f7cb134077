import { get, type IncomingMessage } from 'node:http'
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { createClient } from 'graphql-sse'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { type LiveGraph, liveGraph } from '../../tests/kit/live-graph.js'

let gateway: TestGateway
let graph: LiveGraph
let token: string
const userId = crypto.randomUUID()
beforeAll(async () => {
  graph = liveGraph()
  gateway = await startTestGateway(graph)
  token = await gateway.token({ userId })
})
afterAll(() => gateway[Symbol.asyncDispose]())
const opened = new Set<Raw>()
afterEach(() => {
  for (const one of opened) one.close()
  opened.clear()
})
beforeEach(() => expect.poll(() => graph.state.log.events.listeners, { timeout: 5000 }).toBe(0))

const boxes = 'subscription { boxes { type cursor state { value box { id name } } } }'
const headers = (own: Record<string, string> = {}) => ({ authorization: `Bearer ${token}`, ...own })

/** An answer as `curl -N` shows it, as it comes. */
interface Raw {
  status: number
  type: string
  text: () => string
  ended: Promise<void>
  close(): void
}
const raw = (query: string, own: Record<string, string> = {}, more = ''): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const url = `${gateway.url}/graphql?query=${encodeURIComponent(query)}${more}`
    const request = get(url, { headers: headers({ accept: 'text/event-stream', ...own }) })
    request.once('error', reject)
    request.once('response', (response: IncomingMessage) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      const ended = new Promise<void>((done) => response.once('close', done))
      response.once('error', () => {})
      const one: Raw = {
        status: response.statusCode ?? 0,
        type: response.headers['content-type'] ?? '',
        text: () => text,
        ended,
        close: () => request.destroy(),
      }
      opened.add(one)
      resolve(one)
    })
  })
const idsIn = ({ text }: Raw) => [...text().matchAll(/^id: (.*)$/gm)].map(([, id]) => id)

describe('server-sent events', () => {
  test('carry a subscription to a plain HTTP client, with a cursor to each event, and go on behind it', async () => {
    const { log } = graph.state
    log.set('a', 1)
    const first = await raw(boxes)
    expect([first.status, first.type]).toEqual([200, 'text/event-stream; charset=utf-8'])
    await expect.poll(first.text).toContain('"type":"LIVE"')
    log.set('a', 2)
    await expect.poll(() => idsIn(first).at(-1)).toBe(log.cursor)
    expect(first.text()).toMatch(
      /id: \d+-0\nevent: next\ndata: {"data":{"boxes":{"type":"CHANGE",.*"name":"name of a"}}}}}\n\n$/,
    )
    first.close()
    log.set('a', 3)
    log.set('a', 4)
    const again = await raw(boxes, { 'last-event-id': '2-0' })
    await expect.poll(() => idsIn(again)).toContain('4-0')
    expect(again.text().match(/"type":"LIVE"/g), 'told once that it is live again').toHaveLength(1)
    const changes = again
      .text()
      .split('\n\n')
      .filter((event) => event.includes('"CHANGE"'))
    expect(changes.map((event) => /^id: (.*)$/m.exec(event)?.[1])).toEqual(['3-0', '4-0'])
    again.close()
  })

  test('are what graphql-sse speaks: subscriptions, queries, and faults as errors', async () => {
    const client = createClient({ url: `${gateway.url}/graphql`, headers: () => headers(), retryAttempts: 0 })
    const stream = client.iterate<{ ticks: { value: number } }>({ query: 'subscription { ticks { value } }' })
    const next = stream.next()
    await expect.poll(() => graph.state.log.events.listeners).toBe(1)
    graph.state.log.set('a', 9)
    expect((await next).value).toEqual({ data: { ticks: { value: 9 } } })
    await stream.return?.()
    const one = async (query: string, variables?: Record<string, unknown>) => {
      const results = []
      for await (const result of client.iterate({ query, ...(variables && { variables }) }))
        results.push(result)
      return results
    }
    expect(await one('{ boxCount }')).toEqual([{ data: { boxCount: graph.state.log.values.size } }])
    expect(await one('{ nonsense }')).toMatchObject([
      { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    ])
    expect(await one('subscription { notes(after: "rubbish") { cursor } }')).toMatchObject([
      { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] },
    ])
    client.dispose()
  })

  test('end with an error when the token ends or the session does', async () => {
    const short = await raw(boxes, { authorization: `Bearer ${await gateway.token({ lifeSeconds: 2 })}` })
    await short.ended
    expect(short.text()).toMatch(/"code":"TOKEN_INVALID".*\n\nevent: complete\ndata: \n\n$/)
    const open = await raw(boxes)
    await expect.poll(open.text).toContain('"type":"LIVE"')
    const { sid } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    await gateway.changeAccess({ userId, endedSessionIds: [sid] })
    await expect.poll(open.text, { timeout: 2000 }).toContain('event: complete')
    expect((await raw(boxes)).status, 'a session that ended').toBe(401)
    token = await gateway.token({ userId })
  })

  test('are refused to strangers, to pages of other origins, and to mutations by GET', async () => {
    expect((await raw(boxes, { authorization: 'Bearer rubbish' })).status).toBe(401)
    expect((await raw(boxes, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await raw(boxes, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const nobody = await raw('subscription { notes { cursor } }', { authorization: '' })
    await nobody.ended
    expect(nobody.text()).toContain('"code":"UNAUTHENTICATED"')
  })

  test('take variables by GET', async () => {
    const query = 'subscription ($after: String) { boxes(after: $after) { type cursor } }'
    const variables = `&variables=${encodeURIComponent(JSON.stringify({ after: '0-0' }))}`
    const one = await raw(query, {}, variables)
    await expect.poll(one.text).toContain('"type":"RESYNC"')
    one.close()
  })

  test('stop with the gateway without saying that the subscription is complete', async () => {
    const other = liveGraph()
    const own = await startTestGateway(other)
    const previous = gateway
    gateway = own
    token = await own.token()
    const one = await raw(boxes)
    await expect.poll(one.text).toContain('"type":"LIVE"')
    gateway = previous
    token = await previous.token({ userId })
    await own[Symbol.asyncDispose]()
    await one.ended
    expect(one.text()).not.toContain('complete')
  })
})

describe('multipart responses', () => {
  test('carry a subscription to Apollo Client', async () => {
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: `${gateway.url}/graphql`, headers: headers() }),
    })
    const seen: unknown[] = []
    const subscription = client
      .subscribe({ query: gql('subscription { ticks { value } }') })
      .subscribe({ next: ({ data }) => seen.push(data), error: (error) => seen.push(error) })
    await expect.poll(() => graph.state.log.events.listeners).toBe(1)
    graph.state.log.set('a', 1)
    graph.state.log.set('a', 2)
    await expect
      .poll(() => seen)
      .toEqual([{ ticks: { __typename: 'Tick', value: 1 } }, { ticks: { __typename: 'Tick', value: 2 } }])
    subscription.unsubscribe()
    client.stop()
  })

  test('are parts by the protocol, and tell why they end', async () => {
    const accept = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9'
    const one = await raw('subscription { ticks { value } }', { accept })
    expect(one.type).toBe('multipart/mixed;boundary="graphql";subscriptionSpec="1.0"')
    await expect.poll(() => graph.state.log.events.listeners).toBe(1)
    graph.state.log.set('a', 3)
    const part =
      '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"ticks":{"value":3}}}}\r\n--graphql'
    await expect.poll(one.text).toBe(part)
    graph.state.log.events.fail(new Error('secret'))
    await one.ended
    expect(one.text()).toMatch(
      /{"payload":null,"errors":\[{.*"INTERNAL_SERVER_ERROR".*}\]}\r\n--graphql--\r\n$/,
    )
    const query = await raw('{ boxCount }', { accept, 'apollo-require-preflight': '1' })
    expect(query.type).toContain('application/json')
  })
})

test('a subscription by plain POST is told where to go', async () => {
  const { status, body } = await gateway.ask(boxes, { token })
  expect([status, body.errors?.[0]?.extensions['code']]).toEqual([400, 'SUBSCRIPTION_TRANSPORT'])
  const { host } = new URL(gateway.url)
  expect(body.errors?.[0]?.message).toContain(`ws://${host}/graphql`)
  expect(body.errors?.[0]?.message).toContain(`http://${host}/graphql`)
})
