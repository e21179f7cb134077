import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { oidcClient, startOidc } from '#tests/kit/oidc.js'
import { redirectUri } from '#tests/kit/oidc-scene.js'

import type { OidcSettings } from './oidc-config.js'
import { openProvider } from './provider.js'

let issuer: Awaited<ReturnType<typeof startOidc>>
beforeAll(async () => {
  issuer = await startOidc({ redirectUri })
  issuer.people.set('ann', { email: 'ann@example.net', name: 'Ann', groups: ['noc'] })
})
afterAll(() => issuer[Symbol.asyncDispose]())

/** What is written to the log, a line each. */
let lines: string[] = []
const log = createLog('auth', 'trace', { write: (line: string) => lines.push(line) })
const opened = (own: Partial<OidcSettings> = {}, timeoutSeconds?: number) => {
  lines = []
  const settings = {
    issuer: issuer.issuer,
    clientId: oidcClient.id,
    clientSecret: oidcClient.secret,
    name: 'Company login',
    scopes: 'openid profile email groups',
    groupsClaim: 'groups',
    roles: [],
    defaultRole: undefined,
    linkByEmail: false,
    redirectUri,
    ...own,
  }
  return openProvider(settings, log, timeoutSeconds)
}

test('tells who signed in, by ID token and userinfo', async () => {
  const provider = opened()
  const { url, challenge } = await provider.begin()
  expect(await provider.complete(await issuer.visit(url, 'ann'), challenge)).toMatchObject({
    iss: issuer.issuer,
    sub: 'ann',
    email: 'ann@example.net',
    name: 'Ann',
    groups: ['noc'],
  })
  expect(lines).toEqual([])
})

test('says in the log why a sign-in was refused, and nothing that could be used', async () => {
  const tokens: string[] = []
  issuer.tamper((answer) => {
    tokens.push(answer.id_token, String(answer['access_token']))
    return answer
  })
  const refusals = [
    { own: {}, change: { nonce: 'other' }, words: /nonce/i },
    { own: {}, change: { verifier: 'v'.repeat(43) }, words: /invalid_grant/ },
    {
      own: { clientSecret: 'another-secret-of-the-client' },
      change: {},
      words: /invalid_client/,
    },
  ]
  for (const { own, change, words } of refusals) {
    const provider = opened(own)
    const { url, challenge } = await provider.begin()
    const answer = await issuer.visit(url, 'ann')
    await expect(provider.complete(answer, { ...challenge, ...change })).rejects.toMatchObject({
      code: 'OIDC_FAILED',
    })
    const said = lines.join()
    expect(said).toMatch(words)
    const secrets = [
      answer.get('code'),
      challenge.verifier,
      oidcClient.secret,
      'another-secret-of-the-client',
    ]
    for (const secret of [...secrets, ...tokens]) expect(said).not.toContain(secret)
  }
  expect(tokens).not.toEqual([])
  issuer.tamper(undefined)
})

test('is looked up once, however many sign in', async () => {
  issuer.asked.length = 0
  const provider = opened()
  const urls = (await Promise.all([provider.begin(), provider.begin()])).map(({ url }) => new URL(url))
  await provider.begin()
  expect(issuer.asked).toEqual(['/.well-known/openid-configuration'])
  expect(urls[0]?.searchParams.get('state')).not.toBe(urls[1]?.searchParams.get('state'))
})

test('does not wait for a provider that takes a connection and says nothing', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  await expect(opened({ issuer: `http://127.0.0.1:${port}` }, 1).begin()).rejects.toMatchObject({
    code: 'OIDC_UNAVAILABLE',
  })
  expect(lines.join()).toContain('timed out')
  silent.close()
})

test('takes no answer for another issuer than the one it was given', async () => {
  const provider = opened({ issuer: issuer.issuer.replace('127.0.0.1', 'localhost') })
  await expect(provider.begin()).rejects.toMatchObject({ code: 'OIDC_UNAVAILABLE' })
})
