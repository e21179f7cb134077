import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type AuthClient, type AuthRoom, beginTotp, startAuth } from '#tests/kit/auth.js'

const password = 'basalt-Violin-7-orchard'
let room: AuthRoom
let admin: AuthClient
beforeAll(async () => {
  room = await startAuth()
  admin = room.client()
  await admin.login()
})
afterAll(() => room[Symbol.asyncDispose]())
const forgetAttempts = async () => {
  const keys = await room.redis.keys('sotp:auth:[fal]*')
  if (keys.length > 0) await room.redis.del(...keys)
}
beforeEach(forgetAttempts)

interface Person {
  id: string
  email: string
  client: AuthClient
  secret: string
  codes: string[]
}
async function newcomer(): Promise<Omit<Person, 'secret' | 'codes'>> {
  const email = `${crypto.randomUUID()}@example.net`
  const input = { email, name: 'New Comer', password, grants: [{ role: 'VIEWER' }] }
  const { data } = await admin.run(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    { input },
  )
  const client = room.client()
  await client.login(email, password)
  return { id: data.createUser.id, email, client }
}
/** What an app shows: the code of this moment, or of some steps later. */
const codeOf = (secret: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 })
const setUp = async (client: AuthClient, input: unknown = { password }) => {
  const answer = await client.run(beginTotp, { input })
  return { ...answer, field: answer.errors?.[0]?.extensions['field'] }
}
const confirm = (client: AuthClient, code: string) =>
  client.run('mutation ($code: String!) { confirmTotp(code: $code) { codes } }', { code })
/** Somebody with a second factor, whose app has shown no code of this moment yet. */
async function guarded(): Promise<Person> {
  const person = await newcomer()
  const { secret } = (await setUp(person.client)).data.beginTotp
  const { codes } = (await confirm(person.client, codeOf(secret))).data.confirmTotp
  await unused(person.id)
  return { ...person, secret, codes }
}
/** As if the codes of this moment had not been shown yet. */
const unused = (id: string) =>
  room.sql.query('UPDATE second_factor SET last_step = 0 WHERE account_id = $1', [id])
const login = async (email: string, code?: string | null, word = password, client = room.client()) => {
  const answer = await client.run(
    'mutation ($input: LoginInput!) { login(input: $input) { accessToken viewer { user { secondFactor } } } }',
    { input: { email, password: word, code } },
  )
  return { ...answer, field: answer.errors?.[0]?.extensions['field'] }
}
const disable = (client: AuthClient, input: Record<string, string | null>) =>
  client.run('mutation ($input: DisableTotpInput!) { disableTotp(input: $input) { secondFactor } }', {
    input,
  })

describe('setting up', () => {
  test('counts only once a code of the app is confirmed', async () => {
    const { client, email } = await newcomer()
    const { secret, uri } = (await setUp(client)).data.beginTotp
    expect(uri).toContain(secret)
    expect((await login(email)).data.login.viewer.user).toEqual({ secondFactor: false })
    const { code, errors } = await confirm(client, '000000')
    expect([code, errors?.[0]?.extensions['field']]).toEqual(['INVALID_CREDENTIALS', 'code'])
    expect((await login(email)).code).toBeUndefined()
    expect((await confirm(client, codeOf(secret))).data.confirmTotp.codes).toHaveLength(10)
    expect((await login(email)).code).toBe('SECOND_FACTOR_REQUIRED')
  })
  test('may begin again until then, with another secret, and not after', async () => {
    const { client } = await newcomer()
    const first = (await setUp(client)).data.beginTotp.secret
    const second = (await setUp(client)).data.beginTotp.secret
    expect((await confirm(client, codeOf(first))).code).toBe('INVALID_CREDENTIALS')
    expect((await confirm(client, codeOf(second))).code).toBeUndefined()
    expect((await setUp(client)).code).toBe('CONFLICT')
    expect((await confirm(client, codeOf(second, 1))).code).toBe('CONFLICT')
  })
  test('keeps secret and recovery codes where nobody can read them', async () => {
    const { id, secret, codes } = await guarded()
    const { rows } = await room.sql.query(
      `SELECT (SELECT string_agg(one::text, '') FROM second_factor one)
         || (SELECT string_agg(one::text, '') FROM recovery_code one)
         || (SELECT string_agg(content, '') FROM audit.inbox) AS everything`,
    )
    expect(rows[0].everything).toContain(id)
    for (const text of [secret, ...codes, ...codes.map((code) => code.replaceAll('-', ''))])
      expect(rows[0].everything).not.toContain(text)
  })
  test('takes the password: who finds an open session sets up no app of their own', async () => {
    const { id, client, email } = await newcomer()
    const wrong = [null, {}, { password: null }, { password: 'wrong-Password-17' }]
    for (const input of wrong) {
      await forgetAttempts()
      expect(await setUp(client, input)).toMatchObject({
        code: 'INVALID_CREDENTIALS',
        field: 'input.password',
      })
    }
    const kept = await room.sql.query('SELECT 1 FROM second_factor WHERE account_id = $1', [id])
    expect(kept.rowCount).toBe(0)
    expect((await confirm(client, '000000')).code).toBe('CONFLICT')
    expect((await setUp(client)).code).toBeUndefined()
    expect((await login(email)).code).toBeUndefined()
  })
  test('stays as it was begun where somebody without the password begins it again', async () => {
    const { client } = await newcomer()
    const { secret } = (await setUp(client)).data.beginTotp
    expect((await setUp(client, { password: 'x'.repeat(1_000_000) })).code).toBe('INVALID_CREDENTIALS')
    expect((await confirm(client, codeOf(secret))).code).toBeUndefined()
  })
  test('is for people who are signed in', async () => {
    expect((await setUp(room.client())).code).toBe('UNAUTHENTICATED')
    const { client } = await newcomer()
    expect((await confirm(client, '000000')).code).toBe('CONFLICT')
  })
})

describe('signing in', () => {
  test('needs a code beside the password', async () => {
    const { email, secret } = await guarded()
    expect((await login(email)).code).toBe('SECOND_FACTOR_REQUIRED')
    expect((await login(email, '')).code).toBe('SECOND_FACTOR_REQUIRED')
    for (const wrong of ['000000', 'abcdef', 'x'.repeat(1000)])
      expect(await login(email, wrong)).toMatchObject({ code: 'INVALID_CREDENTIALS', field: 'input.code' })
    await room.redis.del(...(await room.redis.keys('sotp:auth:f*')))
    expect((await login(email, codeOf(secret))).data.login.viewer.user).toEqual({ secondFactor: true })
  })
  test('says nothing of a second factor to whoever has not the password', async () => {
    const { email, secret } = await guarded()
    const wrong = [
      await login(email, null, 'wrong-Password-17'),
      await login(email, codeOf(secret), 'wrong-Password-17'),
    ]
    for (const { code, field } of wrong) expect([code, field]).toEqual(['INVALID_CREDENTIALS', undefined])
    const { code, field } = await login('nobody@example.net', '123456')
    expect([code, field]).toEqual(['INVALID_CREDENTIALS', undefined])
  })
  test('takes a code once, however many show it at once, and none that is older', async () => {
    const { email, secret } = await guarded()
    const code = codeOf(secret, 1)
    const answers = await Promise.all(Array.from({ length: 4 }, () => login(email, code)))
    expect(answers.map((answer) => answer.code).sort()).toEqual([
      'INVALID_CREDENTIALS',
      'INVALID_CREDENTIALS',
      'INVALID_CREDENTIALS',
      undefined,
    ])
    expect((await login(email, codeOf(secret))).code).toBe('INVALID_CREDENTIALS')
  })
  test('takes each recovery code once', async () => {
    const { email, codes } = await guarded()
    const other = await guarded()
    expect((await login(email, other.codes[0])).code).toBe('INVALID_CREDENTIALS')
    const [first = '', second = ''] = codes
    expect((await login(email, first.toUpperCase().replaceAll('-', ' '))).code).toBeUndefined()
    expect((await login(email, first)).code).toBe('INVALID_CREDENTIALS')
    expect((await login(email, second)).code).toBeUndefined()
  })
  test('uses no code up where the session could not begin', async () => {
    const { email, secret } = await guarded()
    await room.sql.query('ALTER TABLE session ADD CONSTRAINT full_up CHECK (user_agent IS NULL) NOT VALID')
    const code = codeOf(secret, 1)
    expect((await login(email, code)).code).toBe('INTERNAL_SERVER_ERROR')
    await room.sql.query('ALTER TABLE session DROP CONSTRAINT full_up')
    expect((await login(email, code)).code).toBeUndefined()
  })
})

describe('guessing codes', () => {
  test('is slowed as guessing passwords is, and the right password in between does not help', async () => {
    const { email, secret } = await guarded()
    for (let guess = 0; guess < 4; guess += 1) {
      expect((await login(email, '000000')).code).toBe('INVALID_CREDENTIALS')
      expect((await login(email)).code).toBe('SECOND_FACTOR_REQUIRED')
    }
    expect((await login(email, '000000')).code).toBe('INVALID_CREDENTIALS')
    expect((await login(email, codeOf(secret))).code).toBe('RATE_LIMITED')
  })
  test('costs nothing where the code was only missing', async () => {
    const { email, secret } = await guarded()
    for (let time = 0; time < 10; time += 1) expect((await login(email)).code).toBe('SECOND_FACTOR_REQUIRED')
    expect((await login(email, codeOf(secret))).code).toBeUndefined()
  })
  test('is slowed where a second factor is set up, for this account alone', async () => {
    const [one, other] = [await newcomer(), await newcomer()]
    const guess = async ({ client }: { client: AuthClient }) =>
      (await setUp(client, { password: 'wrong-Password-17' })).code
    for (let time = 0; time < 5; time += 1) {
      expect(await guess(one)).toBe('INVALID_CREDENTIALS')
      expect((await setUp(other.client)).code).toBeUndefined()
    }
    for (const input of [{ password }, {}]) expect((await setUp(one.client, input)).code).toBe('RATE_LIMITED')
    expect((await login(one.email)).code).toBe('RATE_LIMITED')
  })
  test('is slowed in a session that was left open, too', async () => {
    const { client, secret } = await guarded()
    for (let guess = 0; guess < 5; guess += 1)
      expect((await disable(client, { password, code: '000000' })).code).toBe('INVALID_CREDENTIALS')
    expect((await disable(client, { password, code: codeOf(secret) })).code).toBe('RATE_LIMITED')
  })
})

test('a right code in between does not help to guess the password', async () => {
  const { client, codes } = await guarded()
  const renew = (code: string | undefined) =>
    client.run('mutation ($code: String!) { renewRecoveryCodes(code: $code) { codes } }', { code })
  const guess = async () => (await disable(client, { password: 'wrong-Password-17', code: '000000' })).code
  for (let time = 0; time < 4; time += 1) expect(await guess()).toBe('INVALID_CREDENTIALS')
  expect((await renew(codes[0])).code).toBeUndefined()
  expect(await guess()).toBe('INVALID_CREDENTIALS')
  expect(await guess()).toBe('RATE_LIMITED')
})

describe('what asks for it once more', () => {
  test('changePassword', async () => {
    const { client, secret, email } = await guarded()
    const next = 'granite-Fiddle-8-meadow'
    const change = (code?: string) =>
      client.run('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }', {
        input: { current: password, next, code },
      })
    expect((await change()).code).toBe('SECOND_FACTOR_REQUIRED')
    expect((await change('000000')).code).toBe('INVALID_CREDENTIALS')
    expect((await login(email, null, next)).code).toBe('INVALID_CREDENTIALS')
    expect((await change(codeOf(secret))).code).toBeUndefined()
    expect((await login(email, null, next)).code).toBe('SECOND_FACTOR_REQUIRED')
  })
  test('disableTotp, with the password', async () => {
    const { client, codes, email } = await guarded()
    const [code = ''] = codes
    for (const wrong of [{ code }, { code, password: 'wrong-Password-17' }, { code: '000000', password }])
      expect((await disable(client, wrong as never)).code).toBe('INVALID_CREDENTIALS')
    expect((await disable(client, { code, password })).data.disableTotp).toEqual({ secondFactor: false })
    expect((await login(email)).code).toBeUndefined()
    expect((await disable(client, { code, password })).code).toBe('CONFLICT')
  })
  test('renewRecoveryCodes, and the old ones no longer count', async () => {
    const { client, codes, email } = await guarded()
    const renew = (code = '') =>
      client.run('mutation ($code: String!) { renewRecoveryCodes(code: $code) { codes } }', { code })
    expect((await renew('000000')).code).toBe('INVALID_CREDENTIALS')
    const renewed: string[] = (await renew(codes[0])).data.renewRecoveryCodes.codes
    expect(renewed).toHaveLength(10)
    expect((await login(email, codes[1])).code).toBe('INVALID_CREDENTIALS')
    expect((await login(email, renewed[0])).code).toBeUndefined()
  })
})

describe('resetSecondFactor', () => {
  const reset = (client: AuthClient, userId: string) =>
    client.run('mutation ($userId: ID!) { resetSecondFactor(userId: $userId) { secondFactor } }', { userId })
  test('lets somebody in who lost the app, and is for administrators', async () => {
    const { id, email, client } = await guarded()
    expect((await reset(client, id)).code).toBe('FORBIDDEN')
    expect((await reset(admin, id)).data.resetSecondFactor).toEqual({ secondFactor: false })
    expect((await login(email)).code).toBeUndefined()
    expect((await reset(admin, id)).code).toBe('CONFLICT')
    expect((await reset(admin, crypto.randomUUID())).code).toBe('NOT_FOUND')
    expect((await reset(admin, "' OR true --")).code).toBe('NOT_FOUND')
    expect((await reset(admin, admin.identity?.userId.toUpperCase() ?? '')).code).toBe('FORBIDDEN')
  })
})

test('whether another user has a second factor is for user.read to know', async () => {
  const [one, other] = [await guarded(), await newcomer()]
  const ask = (client: AuthClient) =>
    client.run('query ($id: ID!) { user(id: $id) { secondFactor } }', { id: one.id })
  expect((await ask(other.client)).code).toBe('FORBIDDEN')
  expect((await ask(one.client)).data.user).toEqual({ secondFactor: true })
  expect((await ask(admin)).data.user).toEqual({ secondFactor: true })
})
