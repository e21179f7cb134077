import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { adminEmail, password, startWholeGraph, type WholeGraph } from '#tests/kit/whole-graph.js'

/** What a page of another origin can do with the refresh cookie of somebody who is signed in: nothing. */
const allowed = 'https://noc.example.net'
let graph: WholeGraph
let cookie: string
beforeAll(async () => {
  graph = await startWholeGraph({ SOTP_GATEWAY_ORIGINS: allowed })
  cookie = await signIn()
}, 120_000)
afterAll(() => graph[Symbol.asyncDispose]())

const input = `{ email: "${adminEmail}", password: "${password}" }`
const login = `mutation { login(input: ${input}) { accessToken } }`
const refresh = 'mutation { refreshSession { accessToken } }'
const logout = 'mutation { logout }'

const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string>) =>
  fetch(`${graph.url}/graphql`, { method: 'POST', headers, body })
const json = (query: string, headers: Record<string, string> = {}) =>
  send(JSON.stringify({ query }), { 'content-type': 'application/json', cookie, ...headers })
const refreshCookie = (response: Response): string | undefined =>
  /^sotp_refresh=[^;]+/.exec(response.headers.get('set-cookie') ?? '')?.[0]

async function signIn(): Promise<string> {
  const found = refreshCookie(await json(login, { cookie: '' }))
  if (!found) throw new Error('signing in gives a cookie')
  return found
}

/** Still signed in: the cookie is good for another. */
async function stillSignedIn(): Promise<void> {
  const response = await json(refresh, { origin: graph.url })
  expect(response.status).toBe(200)
  const next = refreshCookie(response)
  expect(next).toBeDefined()
  cookie = next ?? ''
}

const foreign: Record<string, Record<string, string>> = {
  'another site': { origin: 'https://evil.example' },
  'another port of this host': { origin: 'http://127.0.0.1:1' },
  'a host that begins like ours': { origin: 'http://127.0.0.1.evil.example' },
  'a page without an origin, as in a sandbox': { origin: 'null' },
  'a page of which the browser only says that it is elsewhere': { 'sec-fetch-site': 'cross-site' },
}

describe.each(Object.entries(foreign))('%s', (_, headers) => {
  test.each([refresh, logout, login])('cannot %s', async (mutation) => {
    const response = await json(mutation, headers)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
  test('has ended nothing', stillSignedIn)
})

describe('what a browser sends without asking first', () => {
  const forms: [string, () => NonNullable<RequestInit['body']>, Record<string, string>][] = [
    ['text/plain', () => JSON.stringify({ query: logout }), { 'content-type': 'text/plain' }],
    ['a form', () => new URLSearchParams({ query: logout }), {}],
    [
      'a form with files',
      () => {
        const form = new FormData()
        form.append('operations', JSON.stringify({ query: logout }))
        form.append('map', '{}')
        return form
      },
      {},
    ],
    ['no type at all', () => new Blob([JSON.stringify({ query: logout })]), {}],
  ]
  test.each(forms)('is refused as %s, even where no origin is told', async (_, body, headers) => {
    const response = await send(body(), { cookie, ...headers })
    expect(response.status).toBe(400)
    expect(response.headers.get('set-cookie')).toBeNull()
  })
  test('is refused as GET', async () => {
    for (const query of [logout, refresh]) {
      const response = await fetch(`${graph.url}/graphql?query=${encodeURIComponent(query)}`, {
        headers: { cookie, 'apollo-require-preflight': '1' },
      })
      expect(response.status).toBe(405)
      expect(response.headers.get('set-cookie')).toBeNull()
    }
  })
  test('has ended nothing', stillSignedIn)
})

test('a page of an allowed origin may use the graph, but its browser is told to keep cookies at home', async () => {
  const response = await json('{ registrationOpen }', { origin: allowed })
  expect(response.status).toBe(200)
  expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
  expect(response.headers.get('access-control-allow-credentials')).toBeNull()
})

test('our own pages refresh and log out', async () => {
  await stillSignedIn()
  const response = await json(logout, { origin: graph.url })
  expect(await response.json()).toEqual({ data: { logout: true } })
  expect((await json(refresh, { origin: graph.url })).status).toBe(401)
})
