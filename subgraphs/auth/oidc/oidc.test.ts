import { createHash } from 'node:crypto'
import { decodeJwt, generateKeyPair, type JWTPayload, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type AuthClient, startAuth } from '#tests/kit/auth.js'
import { oidcClient, startOidc } from '#tests/kit/oidc.js'
import {
  groupSite,
  type OidcScene,
  publicUrl,
  redirectUri,
  returned,
  startOidcScene,
} from '#tests/kit/oidc-scene.js'

let scene: OidcScene
beforeAll(async () => {
  scene = await startOidcScene()
})
afterAll(() => scene[Symbol.asyncDispose]())
beforeEach(() => scene.issuer.tamper(undefined))

describe('a sign-in at the provider', () => {
  test('is offered by its name', async () => {
    const { data } = await scene.room.client().run('{ signInOptions { registration oidc { name } } }')
    expect(data.signInOptions).toEqual({ registration: 'CLOSED', oidc: { name: 'Company login' } })
  })
  test('makes a user with the roles of their groups, and a session', async () => {
    const { login, email, name } = scene.person({ groups: ['noc', 'waw', 'choir'] })
    const { data, viewer, client } = await scene.signIn(login)
    expect(data.completeOidc.returnTo).toBe('/devices?site=waw')
    expect(viewer).toEqual({
      user: { id: expect.any(String), email, name, secondFactor: false },
      grants: [
        { role: 'OPERATOR', everywhere: true, sites: null },
        { role: 'VIEWER', everywhere: false, sites: [{ id: groupSite }] },
      ],
    })
    expect(client.cookies.has('sotp_refresh')).toBe(true)
    expect((await client.refresh()).code).toBeUndefined()
  })
  test('is the same user ever after, whatever their e-mail address there', async () => {
    const { login } = scene.person()
    const first = await scene.signIn(login)
    scene.issuer.people.set(login, { email: 'renamed@example.net', email_verified: true, groups: ['noc'] })
    const second = await scene.signIn(login)
    expect(second.viewer.user.id).toBe(first.viewer.user.id)
  })
  test('asks with PKCE, state and nonce, and keeps all of it away from the browser but the state', async () => {
    const client = scene.room.client()
    const { url } = await scene.begin(client)
    const query = new URL(url).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      client_id: oidcClient.id,
      response_type: 'code',
      redirect_uri: `${publicUrl}/login/oidc`,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(client.given).toEqual([
      {
        name: 'sotp_oidc',
        value: expect.stringMatching(/^[\w-]{43}$/),
        maxAgeSeconds: 600,
        path: '/graphql',
      },
    ])
    const keys = await scene.room.redis.keys('sotp:auth:oidc:*')
    for (const key of keys) expect(await scene.room.redis.ttl(key)).toBeLessThanOrEqual(600)
    expect(keys.join()).not.toContain(query.get('state'))
  })
  test('makes one user of two browsers that are the first at the same moment', async () => {
    const { login } = scene.person()
    const answers = await Promise.all([scene.signIn(login), scene.signIn(login), scene.signIn(login)])
    expect(answers.flatMap(({ code }) => code ?? [])).toEqual([])
    expect(new Set(answers.map(({ viewer }) => viewer.user.id)).size).toBe(1)
  })
  test('may go on in two tabs of one browser', async () => {
    const [client, one, other] = [scene.room.client(), scene.person(), scene.person()]
    const [first, second] = [await scene.begin(client), await scene.begin(client)]
    expect(
      (await scene.complete(client, returned(await scene.issuer.visit(first.url, one.login)))).code,
    ).toBeUndefined()
    expect(
      (await scene.complete(client, returned(await scene.issuer.visit(second.url, other.login)))).code,
    ).toBeUndefined()
  })
  test('gives no password: nobody signs in by one, changes one or has none asked', async () => {
    const { login, email } = scene.person()
    const { client } = await scene.signIn(login)
    for (const password of ['', 'basalt-Violin-7-orchard'])
      expect((await scene.room.client().login(email, password)).code).toBe('INVALID_CREDENTIALS')
    const input = { current: '', next: 'granite-Fiddle-8-meadow' }
    const { code } = await client.run(
      'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }',
      { input },
    )
    expect(code).toBe('CONFLICT')
  })
  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '',
    'devices',
    '/a\nb',
    `/${'x'.repeat(2000)}`,
  ])('never returns to %j', async (returnTo) => {
    const { code, errors } = await scene.begin(scene.room.client(), returnTo)
    expect([code, errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', 'input.returnTo'])
  })
})

describe('is refused', () => {
  /** What a client gets for a sign-in that somebody completes in another way; no session ever comes of it. */
  async function refused(
    change: (given: { code: string; state: string; issuer: string | null }, client: AuthClient) => unknown,
    login = scene.person().login,
  ) {
    const client = scene.room.client()
    const { url } = await scene.begin(client)
    const given = returned(await scene.issuer.visit(url, login))
    const answer = await scene.complete(client, ((await change(given, client)) ?? given) as never)
    expect(client.cookies.has('sotp_refresh')).toBe(false)
    return answer.code
  }
  const pendingKey = (state: string) =>
    `sotp:auth:oidc:${createHash('sha256').update(state).digest('base64url')}`

  test('with a state that nobody gave out', async () => {
    expect(await refused((given) => ({ ...given, state: 'x'.repeat(43) }))).toBe('OIDC_FAILED')
  })
  test('with the state of another sign-in of the same browser', async () => {
    const code = await refused(async (given, client) => {
      const { url } = await scene.begin(client)
      return { ...given, state: new URL(url).searchParams.get('state') }
    })
    expect(code).toBe('OIDC_FAILED')
  })
  test('in another browser, and then for good', async () => {
    const { login } = scene.person()
    const [own, other] = [scene.room.client(), scene.room.client()]
    await scene.begin(other)
    const given = returned(await scene.issuer.visit((await scene.begin(own)).url, login))
    expect((await scene.complete(other, given)).code).toBe('OIDC_FAILED')
    expect((await scene.complete(scene.room.client(), given)).code).toBe('OIDC_FAILED')
    expect((await scene.complete(own, given)).code).toBe('OIDC_FAILED')
  })
  test('a second time', async () => {
    const client = scene.room.client()
    const given = returned(await scene.issuer.visit((await scene.begin(client)).url, scene.person().login))
    expect((await scene.complete(client, given)).code).toBeUndefined()
    expect((await scene.complete(client, given)).code).toBe('OIDC_FAILED')
  })
  test('with a code that was used in another sign-in', async () => {
    const client = scene.room.client()
    const first = returned(await scene.issuer.visit((await scene.begin(client)).url, scene.person().login))
    await scene.complete(client, first)
    const second = returned(await scene.issuer.visit((await scene.begin(client)).url, scene.person().login))
    expect((await scene.complete(client, { ...second, code: first.code })).code).toBe('OIDC_FAILED')
  })
  test('after ten minutes', async () => {
    const code = await refused(async ({ state }) => {
      const key = pendingKey(state)
      await scene.room.redis.pexpire(key, 1)
      await expect.poll(() => scene.room.redis.exists(key)).toBe(0)
    })
    expect(code).toBe('OIDC_FAILED')
  })
  test.each(['nonce', 'verifier'])('with another %s than it began with', async (name) => {
    const code = await refused(async ({ state }) => {
      const key = pendingKey(state)
      const begun = JSON.parse((await scene.room.redis.get(key)) ?? '{}')
      await scene.room.redis.set(key, JSON.stringify({ ...begun, [name]: 'x'.repeat(43) }), 'KEEPTTL')
    })
    expect(code).toBe('OIDC_FAILED')
  })
  test.each([
    ['of another issuer', 'https://evil.example'],
    ['of no issuer', null],
  ])('with an answer %s (RFC 9207)', async (_, iss) => {
    expect(await refused((given) => ({ ...given, issuer: iss }))).toBe('OIDC_FAILED')
  })
  test('when the user cancels there', async () => {
    const client = scene.room.client()
    const query = await scene.issuer.visit((await scene.begin(client)).url, null)
    expect(query.get('error')).toBe('access_denied')
    expect((await scene.complete(client, returned(query))).code).toBe('BAD_USER_INPUT')
    expect((await scene.complete(client, { ...returned(query), code: 'none' })).code).toBe('OIDC_FAILED')
  })
  test('when the user was deactivated here', async () => {
    const { login } = scene.person()
    const { viewer } = await scene.signIn(login)
    await scene.admin.run('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', { id: viewer.user.id })
    expect((await scene.signIn(login)).code).toBe('FORBIDDEN')
  })

  const seconds = () => Math.floor(Date.now() / 1000)
  test.each<[string, (claims: JWTPayload) => JWTPayload, string | undefined]>([
    ['for another client', (claims) => ({ ...claims, aud: 'other' }), 'OIDC_FAILED'],
    ['of another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' }), 'OIDC_FAILED'],
    ['that has expired', (claims) => ({ ...claims, exp: seconds() - 120 }), 'OIDC_FAILED'],
    ['of a clock that is a little off', (claims) => ({ ...claims, exp: seconds() - 5 }), undefined],
    ['of another nonce', (claims) => ({ ...claims, nonce: 'other' }), 'OIDC_FAILED'],
    ['without a nonce', ({ nonce: _, ...claims }) => claims, 'OIDC_FAILED'],
    ['of another subject than userinfo', (claims) => ({ ...claims, sub: 'other' }), 'OIDC_FAILED'],
  ])('or not, by what the ID token says: one %s', async (_, change, code) => {
    scene.issuer.tamper(async (tokens) => ({
      ...tokens,
      id_token: await scene.issuer.sign(change(decodeJwt(tokens.id_token))),
    }))
    expect((await scene.signIn(scene.person().login)).code).toBe(code)
  })
  test('with an ID token that another key signed, none signed, or none at all', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    scene.issuer.tamper(async (tokens) => ({
      ...tokens,
      id_token: await scene.issuer.sign(decodeJwt(tokens.id_token), privateKey),
    }))
    expect((await scene.signIn(scene.person().login)).code).toBe('OIDC_FAILED')
    scene.issuer.tamper((tokens) => ({
      ...tokens,
      id_token: new UnsecuredJWT(decodeJwt(tokens.id_token)).encode(),
    }))
    expect((await scene.signIn(scene.person().login)).code).toBe('OIDC_FAILED')
    scene.issuer.tamper(({ id_token: _, ...tokens }) => tokens as never)
    expect((await scene.signIn(scene.person().login)).code).toBe('OIDC_FAILED')
  })
})

describe('a provider that is down', () => {
  test('stops neither the start nor other sign-ins, and works as soon as it is back', async () => {
    const gone = await startOidc({ redirectUri })
    await gone[Symbol.asyncDispose]()
    await using other = await scene.beside({ SOTP_OIDC_ISSUER: gone.issuer })
    const client = other.client()
    const { code, errors } = await scene.begin(client)
    expect([code, errors?.[0]?.extensions['retry']]).toEqual(['OIDC_UNAVAILABLE', true])
    expect((await other.client().login()).code).toBeUndefined()
    await using back = await startOidc({ redirectUri, port: Number(new URL(gone.issuer).port) })
    back.people.set('ann', { email: 'ann@back.example.net', groups: ['noc'] })
    const given = returned(await back.visit((await scene.begin(client)).url, 'ann'))
    expect((await scene.complete(client, given)).code).toBeUndefined()
    const late = returned(await back.visit((await scene.begin(client)).url, 'ann'))
    await back[Symbol.asyncDispose]()
    expect((await scene.complete(client, late)).code).toBe('OIDC_UNAVAILABLE')
  })
  test('is not there at all where none is set up', async () => {
    await using other = await startAuth({}, { database: scene.room.database, redisUrl: scene.room.redisUrl })
    expect(
      (await other.client().run('{ signInOptions { oidc { name } } }')).data.signInOptions.oidc,
    ).toBeNull()
    expect((await scene.begin(other.client())).code).toBe('NOT_FOUND')
  })
})
