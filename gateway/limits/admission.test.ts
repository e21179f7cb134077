import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { startTestGateway, type TestGateway } from '../../tests/kit/gateway.js'
import { smallGraph } from '../../tests/kit/small-graph.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const registered = '{ device(id: "1") { name } }'
const open = 'query Open { viewer { email } }'
const folder = mkdtempSync(path.join(tmpdir(), 'sotp-documents-'))
writeFileSync(
  path.join(folder, 'partner.json'),
  JSON.stringify({ [`sha256:${sha256(registered)}`]: registered, [sha256(open)]: open }),
)
afterAll(() => rmSync(folder, { recursive: true }))

const graph = smallGraph()
const post = async (gateway: TestGateway, body: unknown, token?: string) => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  const { data, errors } = (await response.json()) as {
    data?: unknown
    errors?: { extensions: Record<string, unknown> }[]
  }
  return { status: response.status, headers: response.headers, data, error: errors?.[0]?.extensions }
}

describe('documents by hash', () => {
  test('are run for whoever names them, by POST, GET and WebSocket', async () => {
    await using gateway = await startTestGateway(graph, { env: { SOTP_GATEWAY_DOCUMENTS_DIR: folder } })
    const token = await gateway.token()
    const data = { device: { name: 'name of 1' } }
    const persisted = { version: 1, sha256Hash: sha256(registered) }
    expect((await post(gateway, { documentId: `sha256:${sha256(registered)}` }, token)).data).toEqual(data)
    expect((await post(gateway, { extensions: { persistedQuery: persisted } }, token)).data).toEqual(data)
    // With the text, the hash is of no use and no harm.
    expect(
      (
        await post(
          gateway,
          { query: '{ down(ids: []) { name } }', extensions: { persistedQuery: persisted } },
          token,
        )
      ).data,
    ).toEqual({ down: [] })
    const search = new URLSearchParams({ extensions: JSON.stringify({ persistedQuery: persisted }) })
    const got = await fetch(`${gateway.url}/graphql?${search}`, {
      headers: { 'apollo-require-preflight': '1', authorization: `Bearer ${token}` },
    })
    expect(await got.json()).toEqual({ data })
    expect(
      await overSocket(gateway, token, { query: '', extensions: { persistedQuery: persisted } }),
    ).toEqual({
      data,
    })
    const unknown = await post(gateway, { documentId: 'sha256:00' }, token)
    expect([unknown.status, unknown.error]).toEqual([
      404,
      { code: 'PERSISTED_QUERY_NOT_FOUND', retry: false },
    ])
  })
})

function overSocket(
  gateway: TestGateway,
  token: string,
  payload: Parameters<ReturnType<typeof createClient>['subscribe']>[0],
) {
  const client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { accessToken: token },
    retryAttempts: 0,
  })
  return new Promise((resolve, reject) => {
    client.subscribe(payload, { next: resolve, error: reject, complete: () => void client.dispose() })
  })
}

describe('the policy of documents', () => {
  const own = '{ device(id: "2") { name } }'

  test('known: strangers run only what is registered, members anything', async () => {
    await using gateway = await startTestGateway(graph, {
      env: { SOTP_GATEWAY_DOCUMENTS: 'known', SOTP_GATEWAY_DOCUMENTS_DIR: folder },
    })
    const token = await gateway.token()
    expect((await post(gateway, { query: own }, token)).status).toBe(200)
    expect((await post(gateway, { query: open })).data).toEqual({ viewer: null })
    expect(
      (await post(gateway, { query: 'query Open { __typename viewer { __typename email } }' })).status,
    ).toBe(200)
    const refused = await post(gateway, { query: '{ viewer { email } }' })
    expect([refused.status, refused.error?.['code']]).toEqual([403, 'DOCUMENT_NOT_TRUSTED'])
  })

  test('trusted: nobody runs anything else, by whatever way', async () => {
    await using gateway = await startTestGateway(graph, {
      env: { SOTP_GATEWAY_DOCUMENTS: 'trusted', SOTP_GATEWAY_DOCUMENTS_DIR: folder },
    })
    const token = await gateway.token()
    expect((await post(gateway, { query: registered }, token)).status).toBe(200)
    expect((await post(gateway, { query: own }, token)).error?.['code']).toBe('DOCUMENT_NOT_TRUSTED')
    await expect(overSocket(gateway, token, { query: own })).rejects.toMatchObject([
      { extensions: { code: 'DOCUMENT_NOT_TRUSTED' } },
    ])
    const introspection = await post(gateway, { query: '{ __schema { types { name } } }' }, token)
    expect(introspection.error?.['code']).toBe('DOCUMENT_NOT_TRUSTED')
  })
})

describe('the points of an operation', () => {
  test('are told, and bounded by operation and by minute', async () => {
    await using gateway = await startTestGateway(graph, {
      env: { SOTP_GATEWAY_COST_MAX: '100', SOTP_GATEWAY_RATE_PER_MINUTE: '130' },
    })
    const token = await gateway.token()
    const ask = (n: number) =>
      `{ ${Array.from({ length: n }, (_, i) => `a${i}: devices(ids: ["1"]) { name }`).join(' ')} }`
    const first = await post(gateway, { query: ask(5) }, token)
    expect([first.status, first.headers.get('x-sotp-cost')]).toEqual([200, '50;remaining=80'])
    const dear = await post(gateway, { query: ask(11) }, token)
    expect(dear.error).toEqual({ code: 'QUERY_TOO_COMPLEX', cost: 110, limit: 100, retry: false })
    // Being refused costs some, too.
    const second = await post(gateway, { query: ask(6) }, token)
    expect(second.headers.get('x-sotp-cost')).toBe('60;remaining=10')
    const limited = await post(gateway, { query: ask(2) }, token)
    expect([limited.status, limited.error?.['code'], limited.error?.['retry']]).toEqual([
      429,
      'RATE_LIMITED',
      true,
    ])
    const wait = limited.error?.['retryAfterSeconds'] as number
    expect(wait).toBeGreaterThan(0)
    expect(limited.headers.get('retry-after')).toBe(String(wait))
    await expect(overSocket(gateway, token, { query: ask(2) })).rejects.toMatchObject([
      { extensions: { code: 'RATE_LIMITED' } },
    ])
    // Others have points of their own, also who is not signed in.
    expect((await post(gateway, { query: ask(2) }, await gateway.token())).status).toBe(200)
    expect((await post(gateway, { query: open })).status).toBe(200)
  })
})

test('an operation that takes too long is ended', async () => {
  await using gateway = await startTestGateway(graph, { env: { SOTP_GATEWAY_OPERATION_TIMEOUT_MS: '100' } })
  const token = await gateway.token()
  graph.state.slowMs = 2000
  const late = await post(gateway, { query: '{ devices(ids: ["1"]) { name } }' }, token)
  graph.state.slowMs = 0
  expect([late.status, late.error]).toEqual([504, { code: 'OPERATION_TIMEOUT', retry: true }])
  expect((await post(gateway, { query: '{ devices(ids: ["1"]) { name } }' }, token)).status).toBe(200)
})
