import { readFileSync } from 'node:fs'
import { type DocumentNode, Kind, parse, print, visit } from 'graphql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { readConfig } from '#core/service/config.js'

import { type AuthRoom, adminEmail, adminPassword, startAuth } from '#tests/kit/auth.js'
import { everywhere } from '#tests/kit/identity.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'
import { config, sdl } from './main.js'

const otherPassword = 'granite-Fiddle-8-meadow'

describe('the first administrator', () => {
  let stores: { database: string; redisUrl: string }
  let rooms: AuthRoom[] = []
  beforeEach(async () => {
    stores = { database: await freshDatabase(), redisUrl: await freshRedis() }
    rooms = []
  })
  afterEach(async () => {
    for (const room of rooms) await room[Symbol.asyncDispose]()
  })
  const begin = async (env = {}): Promise<AuthRoom> => {
    const room = await startAuth(env, stores)
    rooms.push(room)
    return room
  }

  test('is made once, however many processes start and how often', async () => {
    const [room] = await Promise.all([begin(), begin(), begin()])
    expect((await room.client().login()).data.login.viewer.grants).toEqual([{ role: 'ADMIN' }])
    await begin({ SOTP_ADMIN_EMAIL: 'second@example.net' })
    expect((await room.sql.query('SELECT email FROM account')).rows).toEqual([{ email: adminEmail }])
  })
  test('is not made without a password', async () => {
    const room = await begin({ SOTP_ADMIN_PASSWORD: '' })
    expect((await room.sql.query('SELECT FROM account')).rowCount).toBe(0)
  })
  test('is made with a generated password, which never comes back over one that was chosen', async () => {
    const generated = { SOTP_ADMIN_PASSWORD: '', SOTP_ADMIN_INITIAL_PASSWORD: adminPassword }
    const room = await begin(generated)
    const client = room.client()
    expect((await client.login()).code).toBeUndefined()
    const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { expiresAt } }'
    expect(
      (await client.run(change, { input: { current: adminPassword, next: otherPassword } })).code,
    ).toBeUndefined()
    await begin(generated)
    expect((await room.client().login()).code).toBe('INVALID_CREDENTIALS')
    expect((await room.client().login(adminEmail, otherPassword)).code).toBeUndefined()
  })
  test('keeps sessions when started again, and loses them when the operator sets another password', async () => {
    const room = await begin()
    const client = room.client()
    await client.login()
    await begin()
    expect((await client.refresh()).code).toBeUndefined()
    await begin({ SOTP_ADMIN_PASSWORD: otherPassword })
    expect((await client.refresh()).code).toBe('TOKEN_INVALID')
    expect((await room.client().login()).code).toBe('INVALID_CREDENTIALS')
    expect((await room.client().login(adminEmail, otherPassword)).code).toBeUndefined()
  })
  test('is administrator again only when there is no other', async () => {
    const room = await begin()
    const grants = async () =>
      (await room.sql.query('SELECT grants, active FROM account WHERE email = $1', [adminEmail])).rows[0]
    await room.sql.query(
      `INSERT INTO account (email, name, password_hash, grants) VALUES ('b@example.net', 'B', 'x', '${JSON.stringify(everywhere('ADMIN'))}')`,
    )
    await room.sql.query('UPDATE account SET grants = $2, active = false WHERE email = $1', [
      adminEmail,
      JSON.stringify(everywhere('VIEWER')),
    ])
    await begin()
    expect(await grants()).toEqual({ grants: everywhere('VIEWER'), active: false })
    await room.sql.query(`UPDATE account SET active = false WHERE email = 'b@example.net'`)
    await begin()
    expect(await grants()).toEqual({ grants: everywhere('ADMIN', 'VIEWER'), active: true })
  })
})

test('a token outlives a restart, because its key does', async () => {
  const secrets = { SOTP_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64') }
  const stores = { database: await freshDatabase(), redisUrl: await freshRedis() }
  const first = await startAuth(secrets, stores)
  const client = first.client()
  const { data } = await client.login()
  await first[Symbol.asyncDispose]()
  await using second = await startAuth(secrets, stores)
  expect(await second.verifier.verify(data.login.accessToken)).toEqual(client.identity)
  expect((await second.redis.get('sotp:jwks'))?.match(/"kid"/g)).toHaveLength(1)
})

test('health names both stores', async () => {
  await using room = await startAuth()
  expect(await room.health.report()).toEqual({
    ready: true,
    components: [
      { name: 'auth.database', ok: true, message: null },
      { name: 'auth.redis', ok: true, message: null },
    ],
  })
})

describe('settings', () => {
  test('have defaults that are safe', () => {
    expect(readConfig(config, {})).toEqual({
      SOTP_AUTH_REGISTRATION: 'closed',
      SOTP_AUTH_SECOND_FACTOR: 'optional',
      SOTP_AUTH_ACCESS_SECONDS: 900,
      SOTP_AUTH_REFRESH_SECONDS: 604_800,
      SOTP_ADMIN_EMAIL: 'admin@sotp.local',
      SOTP_OIDC_NAME: 'Single sign-on',
      SOTP_OIDC_SCOPES: 'openid profile email',
      SOTP_OIDC_GROUPS_CLAIM: 'groups',
      SOTP_OIDC_ROLES: [],
      SOTP_OIDC_LINK_BY_EMAIL: false,
    })
    expect(readConfig(config, { SOTP_ADMIN_PASSWORD: adminPassword }).SOTP_ADMIN_PASSWORD).toBe(adminPassword)
  })
  test.each([
    ['SOTP_AUTH_REGISTRATION', 'maybe'],
    ['SOTP_AUTH_ACCESS_SECONDS', '1e9'],
    ['SOTP_AUTH_REFRESH_SECONDS', '5'],
    ['SOTP_ADMIN_EMAIL', 'root'],
    ['SOTP_ADMIN_PASSWORD', 'Password1234'],
  ])('refuse %s=%s, and never repeat a password', (key, value) => {
    expect(() => readConfig(config, { [key]: value })).toThrow(key)
    try {
      readConfig(config, { [key]: value })
    } catch (error) {
      if (key === 'SOTP_ADMIN_PASSWORD') expect(String(error)).not.toContain(value)
    }
  })
})

test('users are not linked by an address that anybody may register', () => {
  const settings = {
    SOTP_OIDC_ISSUER: 'https://id.example.net',
    SOTP_OIDC_CLIENT_ID: 'sotp',
    SOTP_OIDC_DEFAULT_ROLE: 'VIEWER',
    SOTP_PUBLIC_URL: 'https://sotp.example.net',
    SOTP_OIDC_LINK_BY_EMAIL: 'true',
  }
  expect(readConfig(config, settings).SOTP_OIDC_LINK_BY_EMAIL).toBe(true)
  expect(() => readConfig(config, { ...settings, SOTP_AUTH_REGISTRATION: 'open' })).toThrow(
    'SOTP_OIDC_LINK_BY_EMAIL: must not be set where SOTP_AUTH_REGISTRATION is open',
  )
})

describe('the schema', () => {
  const shape = (document: DocumentNode): string[] =>
    document.definitions
      .filter(({ kind }) => kind !== Kind.SCHEMA_DEFINITION)
      .map((definition) =>
        print(
          visit(definition, {
            enter: (node) => {
              if (!('description' in node || 'arguments' in node)) return undefined
              const { description: _, ...rest } = node as typeof node & { description?: unknown }
              const args =
                'arguments' in rest && Array.isArray(rest.arguments) ? [...rest.arguments] : undefined
              if (!args || !('type' in rest)) return rest
              return { ...rest, arguments: args.sort((a, b) => a.name.value.localeCompare(b.name.value)) }
            },
          }),
        ),
      )
      .sort()

  test('is the one in graphql/auth.graphql', () => {
    expect(shape(parse(sdl()))).toEqual(shape(parse(readFileSync('graphql/auth.graphql', 'utf8'))))
  })
  test('describes every type, field, argument and value', () => {
    const bare: string[] = []
    visit(parse(sdl()), {
      enter(node) {
        const described =
          node.kind === Kind.OBJECT_TYPE_DEFINITION ||
          node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
          node.kind === Kind.ENUM_TYPE_DEFINITION ||
          node.kind === Kind.ENUM_VALUE_DEFINITION ||
          node.kind === Kind.FIELD_DEFINITION ||
          node.kind === Kind.INPUT_VALUE_DEFINITION
        if (described && !node.description && !['Query', 'Mutation'].includes(node.name.value))
          bare.push(node.name.value)
      },
    })
    expect(bare).toEqual([])
  })
})
