import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { apiTokensKey } from '#core/contract/access.js'
import { type Authenticator, openAuthenticator } from '#core/service/authenticator.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'

import { type AuthClient, type AuthRoom, adminPassword, startAuth } from '#tests/kit/auth.js'
import { everywhere } from '#tests/kit/identity.js'

const log = createLog('test', 'silent')
const password = 'basalt-Violin-7-orchard'
let room: AuthRoom
let topics: Topics
let gateway: Authenticator
let admin: AuthClient
beforeAll(async () => {
  room = await startAuth()
  topics = openTopics({ redisUrl: room.redisUrl, log })
  gateway = await openAuthenticator({ redis: room.redis, topics, log })
  admin = room.client()
  await admin.login()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
  await room[Symbol.asyncDispose]()
})

async function person(...roles: string[]) {
  const email = `${crypto.randomUUID()}@example.net`
  const grants = roles.map((role) => ({ role }))
  const { data } = await admin.run(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
    {
      input: { email, name: 'Somebody', password, grants },
    },
  )
  const client = room.client()
  expect((await client.login(email, password)).code).toBeUndefined()
  return Object.assign(client, { id: data.createUser.id as string })
}
const make = (client: AuthClient, input: object = {}) =>
  client.run(
    `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
      secret token { id name prefix scopes createdAt lastUsedAt expiresAt revokedAt active owner { id kind } createdBy { id } }
    } }`,
    { input: { name: 'Export', scopes: ['device.read'], ...input } },
  )
const revoke = (client: AuthClient, id: string) =>
  client.run('mutation ($id: ID!) { revokeApiToken(id: $id) { id active } }', { id })
const list = (client: AuthClient, userId?: string) =>
  client.run('query ($userId: ID) { apiTokens(userId: $userId) { id name active lastUsedAt } }', { userId })
/** A program that shows this secret. */
async function program(secret: string) {
  const client = room.client()
  client.identity = await gateway.authenticate(secret)
  return client
}
const codeOf = (secret: string) =>
  gateway.authenticate(secret).then(
    () => 'ACCEPTED',
    (error: { code?: string }) => error.code,
  )
const ends = async (secret: string) => {
  await expect.poll(() => codeOf(secret), { interval: 20, timeout: 2000 }).toBe('TOKEN_INVALID')
}
const service = async (...roles: string[]): Promise<string> => {
  const { data } = await admin.run(
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id kind email active grants { role } } }',
    { input: { name: 'Exporter', grants: roles.map((role) => ({ role })) } },
  )
  expect(data.createServiceAccount).toMatchObject({ kind: 'SERVICE', active: true })
  return data.createServiceAccount.id
}

describe('createApiToken', () => {
  test('shows the secret once, and the gateway accepts it at once within its scopes', async () => {
    const ann = await person('OPERATOR')
    const { data } = await make(ann, { scopes: ['telemetry.read', 'device.read', 'device.read'] })
    const { secret, token } = data.createApiToken
    expect(secret).toMatch(/^sotp_pat_[a-z0-9]{8}_[\w-]{43}$/)
    expect(token).toEqual({
      id: expect.any(String),
      name: 'Export',
      prefix: secret.slice(0, 17),
      scopes: ['device.read', 'telemetry.read'],
      createdAt: expect.any(String),
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
      active: true,
      owner: { id: ann.id, kind: 'HUMAN' },
      createdBy: { id: ann.id },
    })
    expect(await gateway.authenticate(secret)).toMatchObject({
      kind: 'API_TOKEN',
      userId: ann.id,
      sessionId: token.id,
      grants: everywhere('OPERATOR'),
      scopes: ['device.read', 'telemetry.read'],
    })
    const { rows } = await room.sql.query('SELECT string_agg(api_token::text, $1) AS all FROM api_token', [
      ' ',
    ])
    expect(rows[0].all).toContain(token.prefix)
    expect(rows[0].all).not.toContain(secret.slice(18))
    expect(JSON.stringify(await room.redis.hgetall(apiTokensKey))).not.toContain(secret.slice(18))
  })
  test.each([
    [{ scopes: [] }, 'input.scopes', 'at least one'],
    [{ scopes: ['device.reed'] }, 'input.scopes', 'no permission "device.reed"'],
    [{ scopes: ['toString'] }, 'input.scopes', 'no permission'],
    [{ scopes: ['user.write'] }, 'input.scopes', 'does not hold the permission "user.write"'],
    [{ scopes: ['token.write'] }, 'input.scopes', 'may not make others'],
    [{ name: '' }, 'input.name', 'empty'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'input.expiresAt', 'future'],
    [{ expiresAt: '2120-01-01T00:00:00Z' }, 'input.expiresAt', '10 years'],
  ])('refuses %j', async (input, field, words) => {
    const { code, message, errors } = await make(await person('VIEWER'), input)
    expect([code, errors?.[0]?.extensions['field']]).toEqual(['BAD_USER_INPUT', field])
    expect(message).toContain(words)
  })
  test('ends by itself at its time', async () => {
    const ann = await person('VIEWER')
    const { data } = await make(ann, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
    const { secret, token } = data.createApiToken
    expect((await gateway.authenticate(secret)).expiresAt).toBe(new Date(token.expiresAt).getTime())
    await room.sql.query('UPDATE api_token SET expires_at = now() WHERE id = $1', [token.id])
    await make(ann)
    expect(Object.values(await room.redis.hgetall(apiTokensKey)).join()).not.toContain(token.id)
    expect((await list(ann)).data.apiTokens.map(({ active }: { active: boolean }) => active)).toEqual([
      true,
      false,
    ])
  })
  test('stops at fifty living ones', async () => {
    const ann = await person('VIEWER')
    await room.sql.query(
      `INSERT INTO api_token (account_id, name, prefix, hash, scopes)
       SELECT $1::uuid, 'x', 'p' || n, sha256(('p' || n)::bytea), '{device.read}' FROM generate_series(1, 49) n`,
      [ann.id],
    )
    const codes = (await Promise.all([make(ann), make(ann), make(ann)])).map(({ code }) => code)
    expect(codes.filter((code) => code === undefined)).toHaveLength(1)
    expect(codes.filter((code) => code === 'CONFLICT')).toHaveLength(2)
  })
  test('is for oneself, and for service accounts with user.write', async () => {
    const [ann, exporter] = [await person('OPERATOR'), await service('VIEWER')]
    expect((await make(ann, { userId: exporter })).code).toBe('FORBIDDEN')
    expect((await make(admin, { userId: ann.id })).code).toBe('FORBIDDEN')
    expect((await make(admin, { userId: crypto.randomUUID() })).code).toBe('NOT_FOUND')
    expect((await make(admin, { userId: exporter, scopes: ['device.write'] })).code).toBe('BAD_USER_INPUT')
    const { data } = await make(admin, { userId: exporter })
    expect(data.createApiToken.token).toMatchObject({
      owner: { id: exporter, kind: 'SERVICE' },
      createdBy: { id: admin.identity?.userId },
    })
    expect((await gateway.authenticate(data.createApiToken.secret)).userId).toBe(exporter)
    expect((await make(room.client())).code).toBe('UNAUTHENTICATED')
  })
})

describe('an API token', () => {
  test('sees who it stands for, and may do what its scopes say', async () => {
    const { data } = await make(admin, { scopes: ['user.read', 'viewer.read'] })
    const exporter = await program(data.createApiToken.secret)
    expect(
      (await exporter.run('{ viewer { permissions sessionExpiresAt user { name } } users { totalCount } }'))
        .data,
    ).toMatchObject({
      viewer: {
        permissions: ['user.read', 'viewer.read'],
        sessionExpiresAt: null,
        user: { name: 'Administrator' },
      },
    })
    const { code } = await exporter.run(
      'mutation { createServiceAccount(input: { name: "x", grants: [{ role: ADMIN }] }) { id } }',
    )
    expect(code).toBe('FORBIDDEN')
  })
  test('makes or ends no tokens, sessions or passwords, whatever its scopes', async () => {
    const scopes = ['viewer.read', 'user.write', 'user.read', 'device.read']
    const { data } = await make(admin, { scopes })
    const { secret, token } = data.createApiToken
    const { rows } = await room.sql.query('UPDATE api_token SET scopes = $2 WHERE id = $1 RETURNING id', [
      token.id,
      [...scopes, 'token.write'],
    ])
    expect(rows).toHaveLength(1)
    await make(admin)
    await gateway[Symbol.asyncDispose]()
    gateway = await openAuthenticator({ redis: room.redis, topics, log })
    const exporter = await program(secret)
    expect(exporter.identity?.scopes).toContain('token.write')
    const sessionId = admin.identity?.sessionId ?? ''
    const answers = [
      await make(exporter),
      await revoke(exporter, token.id),
      await exporter.run('mutation ($id: ID!) { revokeSession(id: $id) { id } }', { id: sessionId }),
      await exporter.run('mutation { logoutEverywhere }'),
      await exporter.run(
        'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }',
        { input: { current: adminPassword, next: password } },
      ),
    ]
    for (const { code, message } of answers) {
      expect([code, message]).toEqual(['FORBIDDEN', expect.stringContaining('API token')])
    }
    expect((await exporter.run('mutation { logout }')).data).toEqual({ logout: false })
  })
  test('follows the grants of its owner', async () => {
    const ann = await person('OPERATOR')
    const { data } = await make(ann, { scopes: ['device.write'] })
    const { secret } = data.createApiToken
    await admin.run('mutation ($id: ID!) { setGrants(userId: $id, grants: [{ role: VIEWER }]) { id } }', ann)
    await expect
      .poll(async () => (await gateway.authenticate(secret)).grants, { interval: 20, timeout: 2000 })
      .toEqual(everywhere('VIEWER'))
    const records = Object.values(await room.redis.hgetall(apiTokensKey)).map((text) => JSON.parse(text))
    expect(records.find(({ userId }) => userId === ann.id).grants).toEqual(everywhere('VIEWER'))
  })
  test('ends with the deactivation of its owner', async () => {
    const ann = await person('OPERATOR')
    const { data } = await make(ann)
    await gateway.authenticate(data.createApiToken.secret)
    await admin.run('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', ann)
    await ends(data.createApiToken.secret)
    expect(Object.values(await room.redis.hgetall(apiTokensKey)).join()).not.toContain(ann.id)
  })
})

describe('revokeApiToken', () => {
  test('ends one’s own at once, for good', async () => {
    const ann = await person('VIEWER')
    const { data } = await make(ann)
    const { secret, token } = data.createApiToken
    const exporter = await program(secret)
    expect((await revoke(ann, token.id)).data.revokeApiToken).toEqual({ id: token.id, active: false })
    await ends(secret)
    expect((await exporter.run('{ viewer { permissions } }')).code).toBe('TOKEN_INVALID')
    expect((await revoke(ann, token.id)).code).toBe('NOT_FOUND')
  })
  test('is not for those of others, but for an administrator', async () => {
    const [ann, bob] = [await person('VIEWER'), await person('OPERATOR')]
    const { data } = await make(ann)
    const { id } = data.createApiToken.token
    expect((await revoke(bob, id)).code).toBe('NOT_FOUND')
    expect((await revoke(bob, 'nonsense')).code).toBe('NOT_FOUND')
    expect((await revoke(admin, id)).code).toBeUndefined()
  })
})

describe('apiTokens', () => {
  test('are one’s own, and with user.read those of others', async () => {
    const [ann, bob, auditor] = [await person('VIEWER'), await person('OPERATOR'), await person('AUDITOR')]
    await make(ann, { name: 'first' })
    await make(ann, { name: 'second' })
    const names = ({ data }: { data: { apiTokens: { name: string }[] } }) =>
      data.apiTokens.map(({ name }) => name)
    expect(names(await list(ann))).toEqual(['second', 'first'])
    expect(names(await list(auditor, ann.id))).toEqual(['second', 'first'])
    expect(names(await list(auditor, 'nobody'))).toEqual([])
    expect((await list(bob, ann.id)).code).toBe('FORBIDDEN')
    expect((await list(room.client())).code).toBe('UNAUTHENTICATED')
  })
})

test('a service account cannot sign in, and is among the users', async () => {
  const id = await service('ADMIN')
  const { data } = await admin.run('{ users(filter: { kind: SERVICE, role: ADMIN }) { nodes { id email } } }')
  const { email } = data.users.nodes.find((node: { id: string }) => node.id === id)
  expect(email).toBe(`${id}@service.invalid`)
  expect((await room.client().login(email, '')).code).toBe('INVALID_CREDENTIALS')
  // An administrator that cannot sign in is none: the last human one stays.
  const own = { id: admin.identity?.userId ?? '' }
  expect((await admin.run('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', own)).code).toBe(
    'CONFLICT',
  )
})
