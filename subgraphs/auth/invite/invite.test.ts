import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type AuthClient, type AuthRoom, adminEmail, startAuth } from '#tests/kit/auth.js'

const password = 'basalt-Violin-7-orchard'
const site = crypto.randomUUID()
let room: AuthRoom
let admin: AuthClient
beforeAll(async () => {
  room = await startAuth()
  admin = room.client()
  await admin.login()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(() => room.sql.query('DELETE FROM invite'))

const address = () => `${crypto.randomUUID()}@example.net`
const invited = async (input: Record<string, unknown> = {}, client = admin) => {
  const answer = await client.run(
    `mutation ($input: CreateInviteInput!) { createInvite(input: $input) { secret invite {
       id email open createdAt expiresAt acceptedAt revokedAt createdBy { email } grants { role everywhere sites { id } } } } }`,
    { input: { email: address(), grants: [{ role: 'VIEWER' }], ...input } },
  )
  const { secret, invite } = answer.data?.createInvite ?? {}
  return { ...answer, secret: secret as string, invite }
}
const accept = async (secret: string, own: Record<string, string> = {}, client = room.client()) => {
  const answer = await client.run(
    `mutation ($input: AcceptInviteInput!) { acceptInvite(input: $input) {
       accessToken viewer { user { id email name lastLoginAt } grants { role everywhere sites { id } } } } }`,
    { input: { secret, name: 'New Comer', password, ...own } },
  )
  if (answer.data) await client.become(answer.data.acceptInvite.accessToken)
  return { ...answer, viewer: answer.data?.acceptInvite.viewer, client }
}
const preview = async (secret: string) =>
  (
    await room
      .client()
      .run('query ($secret: String!) { invite(secret: $secret) { email expiresAt } }', { secret })
  ).data.invite
const revoke = (id: string, client = admin) =>
  client.run('mutation ($id: ID!) { revokeInvite(id: $id) { id open revokedAt } }', { id })
const list = async (client = admin) =>
  client.run('{ invites { id email open acceptedAt revokedAt createdBy { name } } }')

describe('an invite', () => {
  test('makes the account it offers and signs in, though registration is closed', async () => {
    const { secret, invite } = await invited({
      email: ' Ann.New@Example.NET ',
      grants: [{ role: 'OPERATOR', siteIds: [site] }],
    })
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(invite).toMatchObject({
      email: 'ann.new@example.net',
      open: true,
      acceptedAt: null,
      revokedAt: null,
      createdBy: { email: adminEmail },
    })
    expect(Date.parse(invite.expiresAt) - Date.parse(invite.createdAt)).toBe(7 * 86_400_000)
    expect(await preview(secret)).toEqual({ email: invite.email, expiresAt: invite.expiresAt })
    const { viewer, client } = await accept(secret)
    expect(viewer).toEqual({
      user: {
        id: expect.any(String),
        email: invite.email,
        name: 'New Comer',
        lastLoginAt: expect.any(String),
      },
      grants: [{ role: 'OPERATOR', everywhere: false, sites: [{ id: site }] }],
    })
    expect((await client.refresh()).code).toBeUndefined()
    expect((await room.client().login(invite.email, password)).code).toBeUndefined()
    expect((await list()).data.invites).toEqual([
      expect.objectContaining({ id: invite.id, open: false, acceptedAt: expect.any(String) }),
    ])
  })
  test('is accepted once, however many try at once', async () => {
    const { secret } = await invited()
    const answers = await Promise.all(Array.from({ length: 4 }, () => accept(secret)))
    expect(answers.map(({ code }) => code).sort()).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', undefined])
    expect(await preview(secret)).toBeNull()
  })
  test('is kept as a hash only, in the audit log, too', async () => {
    const { secret, invite } = await invited()
    await accept(secret)
    const { rows } = await room.sql.query(
      `SELECT (SELECT string_agg(one::text, '') FROM invite one) || (SELECT string_agg(content, '') FROM audit.inbox) AS everything`,
    )
    expect(rows[0].everything).toContain(invite.id)
    expect(rows[0].everything).not.toContain(secret)
  })
  test('that was revoked opens nothing, and cannot be revoked again', async () => {
    const { secret, invite } = await invited()
    expect((await revoke(invite.id)).data.revokeInvite).toEqual({
      id: invite.id,
      open: false,
      revokedAt: expect.any(String),
    })
    expect(await preview(secret)).toBeNull()
    expect((await accept(secret)).code).toBe('NOT_FOUND')
    for (const id of [invite.id, crypto.randomUUID(), "' OR true --"])
      expect((await revoke(id)).code).toBe('NOT_FOUND')
  })
  test('ends after a week', async () => {
    const { secret, invite } = await invited()
    await room.sql.query(`UPDATE invite SET expires_at = now() - interval '1 s' WHERE id = $1`, [invite.id])
    expect(await preview(secret)).toBeNull()
    expect((await accept(secret)).code).toBe('NOT_FOUND')
    expect((await list()).data.invites[0].open).toBe(false)
  })
  test('to the same address revokes the one before', async () => {
    const email = address()
    const [first, second] = [await invited({ email }), await invited({ email })]
    expect((await accept(first.secret)).code).toBe('NOT_FOUND')
    expect((await accept(second.secret)).code).toBeUndefined()
    expect((await invited({ email })).code).toBe('CONFLICT')
  })
  test('stays open when the acceptance is refused', async () => {
    const { secret, invite } = await invited()
    for (const [own, field] of [
      [{ password: 'short' }, 'input.password'],
      [{ password: invite.email }, 'input.password'],
      [{ name: ' ' }, 'input.name'],
    ] as const) {
      const { code, errors } = await accept(secret, own)
      expect([code, errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', field])
    }
    const grants = [{ role: 'VIEWER' }]
    await admin.run('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', {
      input: { email: invite.email, name: 'Taken', password, grants },
    })
    expect((await accept(secret)).code).toBe('CONFLICT')
    expect(await preview(secret)).not.toBeNull()
  })
  test.each(['', 'x'.repeat(43), "' OR true --", 'x'.repeat(201)])(
    'is not found by %.50j',
    async (secret) => {
      await invited()
      expect(await preview(secret)).toBeNull()
      expect((await accept(secret)).code).toBe(secret.length > 200 ? 'BAD_USER_INPUT' : 'NOT_FOUND')
    },
  )
  test.each([
    [{ email: 'no address' }, 'BAD_USER_INPUT'],
    [{ grants: [] }, 'BAD_USER_INPUT'],
    [{ email: adminEmail }, 'CONFLICT'],
  ])('is not made for %j', async (input, code) => {
    expect((await invited(input)).code).toBe(code)
  })
})

describe('whoever may not make users', () => {
  test.each(['OPERATOR', 'AUDITOR', 'VIEWER'])('invites nobody and sees no invites: %s', async (role) => {
    const { client } = await accept((await invited({ grants: [{ role }] })).secret)
    const { invite } = await invited()
    for (const { code } of [await invited({}, client), await revoke(invite.id, client), await list(client)])
      expect(code).toBe('FORBIDDEN')
  })
  test.each([
    ['is deactivated', 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }'],
    ['loses the role', 'mutation ($id: ID!) { setGrants(userId: $id, grants: [{ role: VIEWER }]) { id } }'],
  ])('any more, because they %s, leaves no open invite behind', async (_, mutation) => {
    const { viewer, client } = await accept((await invited({ grants: [{ role: 'ADMIN' }] })).secret)
    const { secret } = await invited({ grants: [{ role: 'ADMIN' }] }, client)
    expect((await admin.run(mutation, { id: viewer.user.id })).code).toBeUndefined()
    expect((await accept(secret)).code).toBe('NOT_FOUND')
  })
})

test('registration by invite is what the sign-in page is told, and nobody registers otherwise', async () => {
  await using other = await startAuth(
    { SOTP_AUTH_REGISTRATION: 'invite' },
    { database: room.database, redisUrl: room.redisUrl },
  )
  const client = other.client()
  expect((await client.run('{ signInOptions { registration } registrationOpen }')).data).toEqual({
    signInOptions: { registration: 'INVITE' },
    registrationOpen: false,
  })
  const input = { email: address(), name: 'New Comer', password }
  const { code } = await client.run(
    'mutation ($input: RegisterInput!) { register(input: $input) { expiresAt } }',
    { input },
  )
  expect(code).toBe('REGISTRATION_CLOSED')
})
