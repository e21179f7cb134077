import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { AccessChanged } from '#core/contract/access.js'
import { type Authenticator, openAuthenticator } from '#core/service/authenticator.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { Grants1795600000000 } from '#db/migrations/auth/grants.js'
import { openSource } from '#db/source.js'

import { type AuthClient, type AuthRoom, startAuth } from '#tests/kit/auth.js'
import { everywhere } from '#tests/kit/identity.js'
import { freshDatabase } from '#tests/kit/stores.js'

/** What a gateway learns of changes here, by the gateway's own means. */
const log = createLog('test', 'silent')
const password = 'basalt-Violin-7-orchard'
const site = crypto.randomUUID()
let room: AuthRoom
let topics: Topics
let gateway: Authenticator
let admin: AuthClient
const heard: AccessChanged[] = []
beforeAll(async () => {
  room = await startAuth({ SOTP_AUTH_REGISTRATION: 'open' })
  topics = openTopics({ redisUrl: room.redisUrl, log })
  gateway = await openAuthenticator({ redis: room.redis, topics, log })
  gateway.onChange((change) => heard.push(change))
  admin = room.client()
  await admin.login()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
  await room[Symbol.asyncDispose]()
})
beforeEach(() => {
  heard.length = 0
})

interface Person {
  id: string
  email: string
}
async function newcomer(): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.net`
  const { data } = await admin.run(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    {
      input: { email, name: 'New Comer', password, grants: [{ role: 'OPERATOR' }] },
    },
  )
  return { id: data.createUser.id, email }
}
async function session({ email }: Person) {
  const client = room.client()
  const { data } = await client.login(email, password)
  return { client, token: data.login.accessToken as string, id: client.identity?.sessionId ?? '' }
}
const state = (token: string) =>
  gateway.authenticate(token).then(
    ({ grants }) => grants,
    (error: { code?: string }) => error.code,
  )
const ends = async (token: string) => {
  await expect.poll(() => state(token), { interval: 20, timeout: 2000 }).toBe('TOKEN_INVALID')
}
const lives = async (token: string) => expect(await state(token)).toEqual(everywhere('OPERATOR'))

describe('a living access token is refused soon after', () => {
  test('logout, with the session alone', async () => {
    const person = await newcomer()
    const [one, other] = [await session(person), await session(person)]
    expect((await one.client.run('mutation { logout }')).data).toEqual({ logout: true })
    await ends(one.token)
    await lives(other.token)
    expect(heard).toEqual([
      expect.objectContaining({ userId: person.id, grants: null, endedSessionIds: [one.id] }),
    ])
  })
  test('logoutEverywhere, with one event for all sessions', async () => {
    const person = await newcomer()
    const all = [await session(person), await session(person)]
    await all[0]?.client.run('mutation { logoutEverywhere }')
    for (const { token } of all) await ends(token)
    expect(heard.map(({ endedSessionIds }) => endedSessionIds.length)).toEqual([2])
  })
  test('a change of password, but not in the session that made it', async () => {
    const person = await newcomer()
    const [one, other] = [await session(person), await session(person)]
    const { code } = await one.client.run(
      'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }',
      { input: { current: password, next: 'granite-Fiddle-8-meadow' } },
    )
    expect(code).toBeUndefined()
    await ends(other.token)
    await lives(one.token)
  })
  test('reuse of a refresh token', async () => {
    const person = await newcomer()
    const { client, token, id } = await session(person)
    const stolen = client.cookies.get('sotp_refresh') ?? ''
    await client.refresh()
    await room.sql.query(
      `UPDATE refresh_token SET used_at = used_at - interval '11 s' WHERE session_id = $1`,
      [id],
    )
    const thief = room.client()
    thief.cookies.set('sotp_refresh', stolen)
    expect((await thief.refresh()).code).toBe('TOKEN_INVALID')
    await ends(token)
  })
  test('the hundred-and-first session', async () => {
    const person = await newcomer()
    const first = await session(person)
    await room.sql.query(
      `INSERT INTO session (account_id, expires_at) SELECT $1, now() + interval '1 day' FROM generate_series(1, 100)`,
      [person.id],
    )
    await session(person)
    await ends(first.token)
  })
  test('deactivation, which takes all grants too', async () => {
    const person = await newcomer()
    const { token, id } = await session(person)
    await admin.run('mutation ($id: ID!) { deactivateUser(id: $id) { active } }', { id: person.id })
    await ends(token)
    expect(heard).toEqual([expect.objectContaining({ userId: person.id, grants: [], endedSessionIds: [id] })])
  })
})

describe('revokeSession', () => {
  const revoke = (client: AuthClient, id: string) =>
    client.run('mutation ($id: ID!) { revokeSession(id: $id) { id revokedAt current } }', { id })
  test('ends one of one’s own, at the gateway too', async () => {
    const person = await newcomer()
    const [one, other] = [await session(person), await session(person)]
    expect((await revoke(one.client, other.id)).data.revokeSession).toEqual({
      id: other.id,
      revokedAt: expect.any(String),
      current: false,
    })
    await ends(other.token)
    await lives(one.token)
    expect((await revoke(one.client, other.id)).code).toBe('NOT_FOUND')
  })
  test('of the session that asks is a logout', async () => {
    const { client, id, token } = await session(await newcomer())
    expect((await revoke(client, id)).data.revokeSession.current).toBe(true)
    expect(client.cookies.has('sotp_refresh')).toBe(false)
    await ends(token)
  })
  test('is not for the sessions of others, but for an administrator', async () => {
    const [one, other] = [await session(await newcomer()), await session(await newcomer())]
    expect((await revoke(one.client, other.id)).code).toBe('NOT_FOUND')
    expect((await revoke(one.client, "' OR true --")).code).toBe('NOT_FOUND')
    expect((await revoke(admin, other.id)).code).toBeUndefined()
    await ends(other.token)
    expect((await revoke(room.client(), one.id)).code).toBe('UNAUTHENTICATED')
  })
})

describe('setGrants', () => {
  const set = (client: AuthClient, userId: string, grants: object[]) =>
    client.run(
      'mutation ($userId: ID!, $grants: [GrantInput!]!) { setGrants(userId: $userId, grants: $grants) { grants { role everywhere sites { id } } } }',
      { userId, grants },
    )
  test('counts at once for a token that was signed before', async () => {
    const person = await newcomer()
    const { token, client } = await session(person)
    const { data } = await set(admin, person.id, [{ role: 'VIEWER', siteIds: [site] }])
    expect(data.setGrants.grants).toEqual([{ role: 'VIEWER', everywhere: false, sites: [{ id: site }] }])
    await expect
      .poll(() => state(token), { interval: 20, timeout: 2000 })
      .toEqual([{ role: 'VIEWER', siteIds: [site] }])
    const { data: seen } = await client.run(
      '{ viewer { permissions grants { role everywhere } scopes { permission description everywhere sites { id } } } }',
    )
    expect(seen.viewer.grants).toEqual([{ role: 'VIEWER', everywhere: false }])
    expect(seen.viewer.permissions).toEqual([
      'alert.read',
      'device.read',
      'telemetry.read',
      'token.write',
      'viewer.read',
    ])
    expect(seen.viewer.scopes.slice(1, 2)).toEqual([
      {
        permission: 'device.read',
        description: expect.any(String),
        everywhere: false,
        sites: [{ id: site }],
      },
    ])
    expect(seen.viewer.scopes.at(-1)).toMatchObject({
      permission: 'viewer.read',
      everywhere: true,
      sites: null,
    })
    expect((await client.refresh()).data.refreshSession.viewer.grants).toEqual([{ role: 'VIEWER' }])
  })
  test('with a hundred sites still fits into a token', async () => {
    const person = await newcomer()
    const siteIds = Array.from({ length: 100 }, () => crypto.randomUUID()).sort()
    await set(admin, person.id, [{ role: 'VIEWER', siteIds }])
    expect(await state((await session(person)).token)).toEqual([{ role: 'VIEWER', siteIds }])
  })
  test('of an administrator within sites leaves nobody who could change users', async () => {
    const rootId = admin.identity?.userId ?? ''
    expect((await set(admin, rootId, [{ role: 'ADMIN', siteIds: [site] }])).code).toBe('CONFLICT')
    expect((await set(admin, rootId, [{ role: 'ADMIN', siteIds: [] }])).code).toBe('BAD_USER_INPUT')
  })
  test('that is refused tells nobody', async () => {
    await set(admin, admin.identity?.userId ?? '', [{ role: 'VIEWER' }])
    await set(admin, crypto.randomUUID(), [{ role: 'VIEWER' }])
    const person = await newcomer()
    await set(admin, person.id, [{ role: 'VIEWER' }])
    await expect.poll(() => heard.map(({ userId }) => userId)).toEqual([person.id])
  })
})

test('roles of an older release become grants everywhere, and back', async () => {
  const source = await openSource({ url: await freshDatabase(), schema: 'auth', entities: [] })
  const runner = source.createQueryRunner()
  const migration = new Grants1795600000000()
  await migration.down(runner)
  await source.query(
    `INSERT INTO account (email, name, password_hash, roles) VALUES ('a@example.net', 'A', 'x', '{ADMIN,VIEWER}')`,
  )
  await migration.up(runner)
  expect(await source.query('SELECT kind, grants FROM account')).toEqual([
    { kind: 'HUMAN', grants: everywhere('ADMIN', 'VIEWER') },
  ])
  await source.query(
    `INSERT INTO account (email, name, kind, grants) VALUES ('b', 'B', 'SERVICE', '[{"role": "VIEWER", "siteIds": null}]')`,
  )
  await migration.down(runner)
  expect(await source.query('SELECT email, roles FROM account')).toEqual([
    { email: 'a@example.net', roles: ['ADMIN', 'VIEWER'] },
  ])
  await runner.release()
  await source.destroy()
})
