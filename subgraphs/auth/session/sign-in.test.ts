import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type AuthRoom, adminEmail, adminPassword, startAuth } from '#tests/kit/auth.js'
import { hashCost, openPasswords } from '../user/password.js'
import { network } from './attempts.js'

let room: AuthRoom
beforeAll(async () => {
  room = await startAuth({ SOTP_AUTH_REGISTRATION: 'open' })
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(async () => {
  // Counters of one test must not slow the next; the published keys stay.
  const keys = await room.redis.keys('sotp:auth:*')
  if (keys.length > 0) await room.redis.del(...keys)
})

const register = (input: Record<string, string>, client = room.client()) =>
  client.run(
    'mutation ($input: RegisterInput!) { register(input: $input) { accessToken viewer { user { id email name lastLoginAt } grants { role everywhere } } } }',
    { input },
  )
const newcomer = () => ({
  email: `${crypto.randomUUID()}@example.net`,
  name: 'New Comer',
  password: 'basalt-Violin-7-orchard',
})

describe('login', () => {
  test('gives an access token that the gateway verifies, and the refresh token only as a cookie', async () => {
    const client = room.client()
    const { data } = await client.login()
    expect(client.identity).toMatchObject({
      userId: data.login.viewer.user.id,
      email: adminEmail,
      grants: [{ role: 'ADMIN', siteIds: null }],
      expiresAt: new Date(data.login.expiresAt).getTime(),
    })
    expect(data.login.viewer).toMatchObject({ user: { name: 'Administrator' }, grants: [{ role: 'ADMIN' }] })
    expect(data.login.viewer.permissions).toContain('user.write')
    expect(client.given).toEqual([
      {
        name: 'sotp_refresh',
        value: expect.stringMatching(/^[\w-]{43}$/),
        maxAgeSeconds: 604_800,
        path: '/graphql',
      },
    ])
    expect(JSON.stringify(data)).not.toContain(client.cookies.get('sotp_refresh'))
  })
  test('stores neither password nor refresh token', async () => {
    const client = room.client()
    await client.login()
    const { rows } = await room.sql.query(
      `SELECT (SELECT string_agg(account::text, '') FROM account) || (SELECT string_agg(refresh_token::text, '') FROM refresh_token) AS all`,
    )
    expect(rows[0].all).toContain('$argon2id$')
    expect(rows[0].all).not.toContain(adminPassword)
    expect(rows[0].all).not.toContain(client.cookies.get('sotp_refresh'))
  })
  test('does not care about the case of an e-mail address, but of a password', async () => {
    expect((await room.client().login(` ${adminEmail.toUpperCase()} `)).code).toBeUndefined()
    expect((await room.client().login(adminEmail, adminPassword.toUpperCase())).code).toBe(
      'INVALID_CREDENTIALS',
    )
  })
  test('answers a wrong password, an unknown and a deactivated user alike', async () => {
    const person = newcomer()
    await register(person)
    await room.sql.query('UPDATE account SET active = false WHERE email = $1', [person.email])
    const answers = [
      await room.client().login(adminEmail, 'wrong-Password-17'),
      await room.client().login('nobody@example.net', 'wrong-Password-17'),
      await room.client().login(person.email, person.password),
      await room.client().login('not an e-mail', ''),
    ]
    for (const { code, message, data } of answers) {
      expect([code, message, data]).toEqual(['INVALID_CREDENTIALS', 'E-mail or password is wrong.', null])
    }
  })
  test('refuses input of absurd length', async () => {
    expect((await room.client().login(adminEmail, 'x'.repeat(2000))).code).toBe('BAD_USER_INPUT')
  })
  test('makes a stored hash as costly as hashes are today', async () => {
    const person = newcomer()
    await register(person)
    const cheap = await openPasswords({ ...hashCost, passes: 1 }).hash(person.password)
    await room.sql.query('UPDATE account SET password_hash = $2 WHERE email = $1', [person.email, cheap])
    expect((await room.client().login(person.email, person.password)).code).toBeUndefined()
    const { rows } = await room.sql.query('SELECT password_hash FROM account WHERE email = $1', [
      person.email,
    ])
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect((await room.client().login(person.email, person.password)).code).toBeUndefined()
  })
})

describe('guessing', () => {
  const wrong = (email: string, ip: string | null = null) =>
    room.client({ ip }).login(email, 'wrong-Password-17')
  const lockMs = async () => {
    const [key] = await room.redis.keys('sotp:auth:lock:*')
    return key ? room.redis.pttl(key) : 0
  }

  test('locks an account after five failures, longer each time, known or not, and says for how long', async () => {
    for (const email of [adminEmail, 'nobody@example.net']) {
      for (let n = 0; n < 5; n += 1) expect((await wrong(email)).code).toBe('INVALID_CREDENTIALS')
      const { code, message } = await room.client().login(email)
      expect(code).toBe('RATE_LIMITED')
      expect(message).toMatch(/try again in [12] s\.$/)
      await room.redis.del(...(await room.redis.keys('sotp:auth:lock:*')))
      await wrong(email)
      expect(await lockMs()).toBeGreaterThan(2000)
      expect(await lockMs()).toBeLessThanOrEqual(4000)
      await room.redis.del(...(await room.redis.keys('sotp:auth:lock:*')))
    }
  })
  test('never locks longer than five minutes', async () => {
    await wrong(adminEmail)
    const [failures = ''] = await room.redis.keys('sotp:auth:failures:*')
    await room.redis.set(failures, 5000)
    await wrong(adminEmail)
    expect(await lockMs()).toBeGreaterThan(290_000)
    expect(await lockMs()).toBeLessThanOrEqual(300_000)
  })
  test('a hundred times at once is not a hundred guesses', async () => {
    const codes = await Promise.all(Array.from({ length: 30 }, async () => (await wrong(adminEmail)).code))
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(5)
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(25)
  })
  test('is forgotten with the right password', async () => {
    for (let n = 0; n < 4; n += 1) await wrong(adminEmail)
    expect((await room.client().login()).code).toBeUndefined()
    for (let n = 0; n < 4; n += 1) expect((await wrong(adminEmail)).code).toBe('INVALID_CREDENTIALS')
    expect((await room.client().login()).code).toBeUndefined()
  })
  test('is limited by address too, and right passwords cost an address nothing', async () => {
    for (let n = 0; n < 3; n += 1) await room.client({ ip: '192.0.2.7' }).login()
    const window = 'sotp:auth:address:192.0.2.7'
    expect(await room.redis.get(window)).toBe('0')
    await room.redis.set(window, 29, 'PX', 60_000)
    expect((await wrong('one@example.net', '192.0.2.7')).code).toBe('INVALID_CREDENTIALS')
    const { code, message } = await room.client({ ip: '192.0.2.7' }).login()
    expect([code, message]).toEqual(['RATE_LIMITED', expect.stringMatching(/try again in (59|60) s/)])
    expect((await room.client({ ip: '192.0.2.8' }).login()).code).toBeUndefined()
  })
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:12:aaaa::1', '2001:db8:0:12'],
    ['2001:DB8:0000:0012:bbbb:0:0:2', '2001:db8:0:12'],
    ['2001:db8::2', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s counts as %s', (ip, expected) => {
    expect(network(ip)).toBe(expected)
  })
})

describe('register', () => {
  test('makes a VIEWER who is signed in', async () => {
    const person = newcomer()
    const client = room.client()
    const { data } = await register({ ...person, email: person.email.toUpperCase() }, client)
    expect(data.register.viewer).toMatchObject({
      user: { email: person.email, name: 'New Comer', lastLoginAt: expect.any(String) },
      grants: [{ role: 'VIEWER', everywhere: true }],
    })
    expect(client.cookies.has('sotp_refresh')).toBe(true)
    expect((await room.client().login(person.email, person.password)).code).toBeUndefined()
  })
  test('gives one address to one user, whatever its case and however many ask at once', async () => {
    const person = newcomer()
    const answers = await Promise.all([
      register(person),
      register({ ...person, email: person.email.toUpperCase() }),
      register({ ...person, name: 'Other' }),
    ])
    expect(answers.map(({ code }) => code).sort()).toEqual(['CONFLICT', 'CONFLICT', undefined])
  })
  test.each([
    [{ email: 'no address' }, 'input.email'],
    [{ email: `${'x'.repeat(250)}@example.net` }, 'input.email'],
    [{ name: '  ' }, 'input.name'],
    [{ name: 'a\u0000b' }, 'input.name'],
    [{ name: 'n'.repeat(101) }, 'input.name'],
    [{ password: 'short' }, 'input.password'],
    [{ password: 'Password1234' }, 'input.password'],
    [{ email: 'new.comer.of.ours@example.net', password: 'New.Comer.of.ours1' }, 'input.password'],
  ])('refuses %j', async (change, field) => {
    const { code, errors } = await register({ ...newcomer(), ...change })
    expect([code, errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', field])
  })
  test('is closed unless it was opened', async () => {
    await using closed = await startAuth({}, { database: room.database, redisUrl: room.redisUrl })
    const client = closed.client()
    expect((await client.run('{ registrationOpen }')).data).toEqual({ registrationOpen: false })
    const answer = await client.run(
      'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
      {
        input: newcomer(),
      },
    )
    expect(answer.code).toBe('REGISTRATION_CLOSED')
    expect((await room.client().run('{ registrationOpen }')).data).toEqual({ registrationOpen: true })
  })
})

describe('changePassword', () => {
  const change =
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken viewer { user { id } } } }'
  const next = 'granite-Fiddle-8-meadow'
  async function person() {
    const wanted = newcomer()
    const client = room.client()
    const { data } = await register(wanted, client)
    await client.become(data.register.accessToken)
    return { ...wanted, client }
  }

  test('sets another password, keeps this session with a new token and ends all others', async () => {
    const { client, email, password } = await person()
    const other = room.client()
    await other.login(email, password)
    const before = client.cookies.get('sotp_refresh')
    const { code } = await client.run(change, { input: { current: password, next } })
    expect(code).toBeUndefined()
    expect(client.cookies.get('sotp_refresh')).not.toBe(before)
    expect((await client.refresh()).code).toBeUndefined()
    expect((await other.refresh()).code).toBe('TOKEN_INVALID')
    expect((await room.client().login(email, password)).code).toBe('INVALID_CREDENTIALS')
    expect((await room.client().login(email, next)).code).toBeUndefined()
  })
  test('wants the current password, and slows guessing it', async () => {
    const { client, password } = await person()
    for (let n = 0; n < 5; n += 1) {
      expect((await client.run(change, { input: { current: 'wrong-Password-17', next } })).code).toBe(
        'INVALID_CREDENTIALS',
      )
    }
    expect((await client.run(change, { input: { current: password, next } })).code).toBe('RATE_LIMITED')
  })
  test.each(['short', 'Password1234', 'basalt-Violin-7-orchard'])(
    'refuses %s as the next one',
    async (bad) => {
      const { client, password } = await person()
      const { code, errors } = await client.run(change, { input: { current: password, next: bad } })
      expect([code, errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', 'input.next'])
    },
  )
  test('is for whoever is signed in', async () => {
    const input = { current: adminPassword, next }
    expect((await room.client().run(change, { input })).code).toBe('UNAUTHENTICATED')
    const { client, password } = await person()
    await client.run('mutation { logout }')
    expect((await client.run(change, { input: { current: password, next } })).code).toBe('TOKEN_INVALID')
  })
})
