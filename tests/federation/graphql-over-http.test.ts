import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startTestGateway, type TestGateway } from '../kit/gateway.js'
import { smallGraph } from '../kit/small-graph.js'

/**
 * The GraphQL-over-HTTP specification (https://graphql.github.io/graphql-over-http/draft) as the audits of graphql-http
 * read it, against the running gateway: no MUST fails, and what else falls short is named here, with the reason why.
 */

/** GET is not a simple request here: a page of another origin could send one without being asked first (CSRF). */
const plainGet = ['5A70', 'D6D5', '6A70']
/**
 * A request that failed says so by its status, also to those who accept only `application/json`. The specification asks
 * for 200 there, for the sake of old proxies; load balancers, logs and rate limits of today read the status.
 */
const honestStatus = ['572B', 'FDE2', '7B9B']
/** These ask for `__type`, and strangers may not read the schema by default. */
const strangersIntrospect = ['BF61', '2EA1', '28B9']

let gateway: TestGateway
let open: TestGateway
let token: string
beforeAll(async () => {
  gateway = await startTestGateway(smallGraph())
  open = await startTestGateway(smallGraph(), { env: { SOTP_GATEWAY_INTROSPECTION: 'everyone' } })
  token = await gateway.token()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await open[Symbol.asyncDispose]()
})

/** Every audit with its result; `headers` go with each of its requests. */
async function audit(
  { url }: { url: string },
  headers: Record<string, string> = {},
): Promise<{ id: string; mandatory: boolean; status: string }[]> {
  const audits = serverAudits({
    url: `${url}/graphql`,
    fetchFn: (address: string, init: RequestInit = {}) =>
      fetch(address, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } }),
  })
  const results = await Promise.all(audits.map(({ fn }) => fn()))
  return results.map(({ id, name, status }) => ({ id, mandatory: name.startsWith('MUST'), status }))
}
const failed = (results: Awaited<ReturnType<typeof audit>>) =>
  results.flatMap(({ id, status }) => (status === 'ok' ? [] : [id])).sort()

describe('the audits of graphql-http', () => {
  test('find nothing that a server must do and this one does not', async () => {
    const results = await audit(gateway, { authorization: `Bearer ${token}` })
    expect(results).toHaveLength(61)
    expect(results.filter(({ mandatory }) => mandatory)).toHaveLength(13)
    expect(results.filter(({ status }) => status === 'error')).toEqual([])
  })
  test('find only what is left undone on purpose', async () => {
    const results = await audit(gateway, { authorization: `Bearer ${token}` })
    expect(failed(results)).toEqual([...plainGet, ...honestStatus].sort())
  })
  test('find GET in order once a client shows that it is no foreign page', async () => {
    const headers = { authorization: `Bearer ${token}`, 'apollo-require-preflight': '1' }
    expect(failed(await audit(gateway, headers))).toEqual([...honestStatus].sort())
  })
  test('find the same for a stranger, save that the schema is closed to him', async () => {
    expect(failed(await audit(gateway))).toEqual(
      [...plainGet, ...honestStatus, ...strangersIntrospect].sort(),
    )
    expect(failed(await audit(open))).toEqual([...plainGet, ...honestStatus].sort())
  })
})

const ask = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const get = (query: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, {
    headers: { 'apollo-require-preflight': '1', authorization: `Bearer ${token}`, ...headers },
  })

describe('what the audits leave out', () => {
  test('200 with data that has holes, and the error beside it', async () => {
    const response = await ask({ query: '{ a: device(id: "1") { id } b: device(id: "none") { id } }' })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      data: { a: { id: '1' }, b: null },
      errors: [{ path: ['b'], extensions: { code: 'NOT_FOUND' } }],
    })
  })
  test('401 and 403 where the request is not permitted', async () => {
    const query = '{ devices(ids: ["1"]) { id } }'
    const stranger = await ask({ query }, { authorization: '' })
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const nobody = await gateway.token({ grants: [] })
    expect((await ask({ query }, { authorization: `Bearer ${nobody}` })).status).toBe(403)
  })
  test('the media type that was asked for, also for errors, and always UTF-8', async () => {
    for (const body of [{ query: '{ __typename }' }, { query: '{' }, { query: '{ nonsense }' }, '{', {}]) {
      for (const accept of ['application/graphql-response+json', 'application/json']) {
        const response = await ask(body, { accept })
        expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`)
        expect(Object.keys((await response.json()) as object)).toContain(response.ok ? 'data' : 'errors')
      }
    }
  })
  test('405 for a mutation by GET', async () => {
    const { status, headers } = await get('mutation { importDevices(csv: "a") }')
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
  })
  test('406 where nothing we can write is acceptable', async () => {
    expect((await ask({ query: '{ __typename }' }, { accept: 'application/xml' })).status).toBe(406)
  })
  test('a refusal of other methods and of bodies we cannot read, if not yet the most telling one', async () => {
    // RFC 9110 would rather have 405 with `Allow` and 415; 400 says less, but not wrong.
    const put = await fetch(`${gateway.url}/graphql`, { method: 'PUT' })
    expect([400, 405]).toContain(put.status)
    const xml = await ask({ query: '{ __typename }' }, { 'content-type': 'application/xml' })
    expect([400, 415]).toContain(xml.status)
  })
  test('the name of an operation that is not there is the fault of the request', async () => {
    for (const operationName of ['c', '__proto__']) {
      const response = await ask({ query: 'query a { __typename } query b { __typename }', operationName })
      expect(response.status).toBe(400)
    }
    expect((await ask({ query: 'query a { __typename } query b { __typename }' })).status).toBe(400)
  })
})
