import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type Authenticator, openAuthenticator } from '#core/service/authenticator.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { adminEmail } from '#tests/kit/auth.js'
import { groupSite, type OidcScene, startOidcScene } from '#tests/kit/oidc-scene.js'

const log = createLog('test', 'silent')
let scene: OidcScene
let topics: Topics
let gateway: Authenticator
beforeAll(async () => {
  scene = await startOidcScene()
  topics = openTopics({ redisUrl: scene.room.redisUrl, log })
  gateway = await openAuthenticator({ redis: scene.room.redis, topics, log })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
  await scene[Symbol.asyncDispose]()
})
const roles = async (email: string) =>
  (await scene.room.sql.query('SELECT grants FROM account WHERE email = $1', [email])).rows[0]?.grants
/** Roles of a sign-in that is open, as the gateway lets it use them. */
const open = (token: string) => gateway.authenticate(token).then(({ grants }) => grants)

describe('groups', () => {
  test('give and take roles at each sign-in, for what is open already, too', async () => {
    const { login, email } = scene.person({ groups: ['noc', 'audit'] })
    const before = await scene.signIn(login)
    expect(await open(before.accessToken)).toHaveLength(2)
    scene.issuer.people.set(login, { email, groups: ['waw'] })
    const { viewer } = await scene.signIn(login)
    expect(viewer.grants).toEqual([{ role: 'VIEWER', everywhere: false, sites: [{ id: groupSite }] }])
    expect(await roles(email)).toEqual([{ role: 'VIEWER', siteIds: [groupSite] }])
    await expect.poll(() => open(before.accessToken)).toEqual([{ role: 'VIEWER', siteIds: [groupSite] }])
  })
  test('that give nothing let nobody in, and take all from whoever had something', async () => {
    const { login, email } = scene.person({ groups: ['choir'] })
    expect((await scene.signIn(login)).code).toBe('FORBIDDEN')
    expect(await roles(email)).toBeUndefined()
    scene.issuer.people.set(login, { email, groups: ['noc'] })
    const { client, accessToken } = await scene.signIn(login)
    expect(await open(accessToken)).toHaveLength(1)
    scene.issuer.people.set(login, { email, groups: [] })
    expect((await scene.signIn(login)).code).toBe('FORBIDDEN')
    expect(await roles(email)).toEqual([])
    await expect.poll(() => open(accessToken)).toEqual([])
    expect((await client.refresh()).code).toBe('FORBIDDEN')
    scene.issuer.people.set(login, { email, groups: ['noc'] })
    expect((await scene.signIn(login)).viewer.grants).toHaveLength(1)
  })
  test('never demote the last administrator', async () => {
    await scene.room.sql.query(`UPDATE account SET grants = '[]' WHERE email = $1`, [adminEmail])
    const { login, email } = scene.person({ groups: ['root'] })
    await scene.signIn(login)
    scene.issuer.people.set(login, { email, groups: ['noc'] })
    expect((await scene.signIn(login)).viewer.grants.map(({ role }: { role: string }) => role)).toEqual([
      'ADMIN',
      'OPERATOR',
    ])
    scene.issuer.people.set(login, { email, groups: [] })
    expect((await scene.signIn(login)).viewer.grants.map(({ role }: { role: string }) => role)).toEqual([
      'ADMIN',
    ])
    await scene.room.sql.query(
      `UPDATE account SET grants = '[{"role": "ADMIN", "siteIds": null}]' WHERE email = $1`,
      [adminEmail],
    )
    expect((await scene.signIn(login)).code).toBe('FORBIDDEN')
    expect(await roles(email)).toEqual([])
  })
  test('that are not mapped leave it to the default role', async () => {
    await using other = await scene.beside({ SOTP_OIDC_DEFAULT_ROLE: 'VIEWER' })
    const { login } = scene.person({ groups: [] })
    expect((await scene.signIn(login, other.client())).viewer.grants).toEqual([
      { role: 'VIEWER', everywhere: true, sites: null },
    ])
  })
  test('where none is mapped at all: what is set here stays', async () => {
    await using other = await scene.beside({ SOTP_OIDC_ROLES: '', SOTP_OIDC_DEFAULT_ROLE: 'VIEWER' })
    const { login } = scene.person()
    const { viewer } = await scene.signIn(login, other.client())
    await scene.admin.run(
      'mutation ($userId: ID!, $grants: [GrantInput!]!) { setGrants(userId: $userId, grants: $grants) { id } }',
      { userId: viewer.user.id, grants: [{ role: 'AUDITOR' }] },
    )
    expect((await scene.signIn(login, other.client())).viewer.grants).toEqual([
      { role: 'AUDITOR', everywhere: true, sites: null },
    ])
  })
})

describe('a user with the same e-mail address', () => {
  const password = 'basalt-Violin-7-orchard'
  const known = async () => {
    const email = `${crypto.randomUUID()}@example.net`
    const input = { email, name: 'Known', password, grants: [{ role: 'VIEWER' }] }
    await scene.admin.run('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
      input,
    })
    return email
  }
  test('is not taken over', async () => {
    const email = await known()
    expect((await scene.signIn(scene.person({ email }).login)).code).toBe('CONFLICT')
    expect((await scene.room.client().login(email, password)).code).toBeUndefined()
  })
  test('is linked where that is allowed and the address is verified, and keeps the password', async () => {
    await using other = await scene.beside({ SOTP_OIDC_LINK_BY_EMAIL: 'true' })
    const email = await known()
    for (const own of [{ email_verified: false }, { email_verified: undefined as never }])
      expect((await scene.signIn(scene.person({ email, ...own }).login, other.client())).code).toBe(
        'CONFLICT',
      )
    const { login } = scene.person({ email: email.toUpperCase() })
    const { viewer } = await scene.signIn(login, other.client())
    expect(viewer).toMatchObject({ user: { email, name: 'Known' }, grants: [{ role: 'OPERATOR' }] })
    expect((await scene.room.client().login(email, password)).code).toBeUndefined()
    expect((await scene.signIn(login)).viewer.user.id).toBe(viewer.user.id)
  })
  test('is linked to one person there: who is given the address later is somebody else', async () => {
    await using other = await scene.beside({ SOTP_OIDC_LINK_BY_EMAIL: 'true' })
    const [linked, made] = [await known(), `${crypto.randomUUID()}@example.net`]
    for (const email of [linked, made]) {
      const first = await scene.signIn(scene.person({ email }).login, other.client())
      expect(first.viewer.user.email).toBe(email)
      expect((await scene.signIn(scene.person({ email }).login, other.client())).code).toBe('CONFLICT')
    }
  })
  test('nor is one made for an address that the provider has not verified, or does not tell', async () => {
    for (const own of [{ email_verified: false }, { email: 'no address' }])
      expect((await scene.signIn(scene.person(own).login)).code).toBe('OIDC_FAILED')
  })
})
