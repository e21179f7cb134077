import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import { type AuthClient, type AuthRoom, adminEmail, adminPassword, startAuth } from '#tests/kit/auth.js'
import { everywhere } from '#tests/kit/identity.js'

const password = 'basalt-Violin-7-orchard'
let room: AuthRoom
let admin: AuthClient
beforeAll(async () => {
  room = await startAuth()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(async () => {
  await room.sql.query('DELETE FROM account WHERE email <> $1', [adminEmail])
  admin = room.client()
  await admin.login(adminEmail, adminPassword)
})

const held = (...roles: string[]) => roles.map((role) => ({ role }))
const create = (input: Record<string, unknown>, client = admin) =>
  client.run(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id kind email name active grants { role } lastLoginAt } }',
    { input: { name: 'Somebody', password, grants: held('VIEWER'), ...input } },
  )
async function person(name: string, roles: string[]): Promise<AuthClient & { id: string }> {
  const email = `${name.toLowerCase()}@example.net`
  const { data } = await create({ email, name, grants: held(...roles) })
  const client = room.client()
  expect((await client.login(email, password)).code).toBeUndefined()
  return Object.assign(client, { id: data.createUser.id as string })
}
const setGrants = (client: AuthClient, userId: string, grants: object[]) =>
  client.run(
    'mutation ($userId: ID!, $grants: [GrantInput!]!) { setGrants(userId: $userId, grants: $grants) { grants { role everywhere sites { id } } } }',
    { userId, grants },
  )
const deactivate = (client: AuthClient, id: string) =>
  client.run('mutation ($id: ID!) { deactivateUser(id: $id) { id active sessions { id } } }', { id })

describe('createUser', () => {
  test('makes a user who can sign in, with each role once', async () => {
    const { data } = await create({
      email: ' Ann@Example.NET ',
      name: ' Ann ',
      grants: held('VIEWER', 'OPERATOR', 'VIEWER'),
    })
    expect(data.createUser).toEqual({
      id: expect.any(String),
      kind: 'HUMAN',
      email: 'ann@example.net',
      name: 'Ann',
      active: true,
      grants: held('OPERATOR', 'VIEWER'),
      lastLoginAt: null,
    })
    expect((await room.client().login('ann@example.net', password)).code).toBeUndefined()
  })
  test.each([
    [{ grants: [] }, 'BAD_USER_INPUT'],
    [{ password: 'Password1234' }, 'BAD_USER_INPUT'],
    [{ email: adminEmail.toUpperCase() }, 'CONFLICT'],
  ])('refuses %j', async (change, code) => {
    expect((await create({ email: 'x@example.net', ...change })).code).toBe(code)
  })
  test.each(['OPERATOR', 'AUDITOR', 'VIEWER'])('is not for the role %s', async (role) => {
    const client = await person('Ann', [role])
    const { code, message } = await create({ email: 'x@example.net' }, client)
    expect([code, message]).toEqual(['FORBIDDEN', expect.stringContaining('user.write')])
  })
  test('is refused at once to an administrator who was demoted or deactivated since their token', async () => {
    const [demoted, gone] = [await person('Ann', ['ADMIN']), await person('Bob', ['ADMIN'])]
    await setGrants(admin, demoted.id, held('VIEWER'))
    await deactivate(admin, gone.id)
    expect((await create({ email: 'x@example.net' }, demoted)).code).toBe('FORBIDDEN')
    expect((await create({ email: 'x@example.net' }, gone)).code).toBe('TOKEN_INVALID')
  })
})

describe('the last active administrator', () => {
  const rootId = () => admin.identity?.userId ?? ''
  test('can neither be deactivated nor demoted', async () => {
    const gone = await person('Ann', ['ADMIN'])
    await deactivate(admin, gone.id)
    expect((await deactivate(admin, rootId())).code).toBe('CONFLICT')
    expect((await setGrants(admin, rootId(), held('OPERATOR'))).code).toBe('CONFLICT')
    expect((await setGrants(admin, rootId(), held('ADMIN', 'OPERATOR'))).data.setGrants.grants).toMatchObject(
      held('ADMIN', 'OPERATOR'),
    )
    expect((await setGrants(admin, rootId(), held('ADMIN'))).code).toBeUndefined()
  })
  test('remains when two administrators remove each other at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const other = await person(`Ann${round}`, ['ADMIN'])
      const answers = await Promise.all([
        deactivate(admin, other.id),
        setGrants(other, rootId(), held('VIEWER')),
      ])
      const { rows } = await room.sql.query(
        `SELECT count(*)::int AS n FROM account WHERE active AND grants @> '[{"role": "ADMIN"}]'`,
      )
      expect(rows[0].n, JSON.stringify(answers)).toBe(1)
      await room.sql.query('UPDATE account SET grants = $2, active = true WHERE id = $1', [
        rootId(),
        JSON.stringify(everywhere('ADMIN')),
      ])
      await room.sql.query('DELETE FROM account WHERE id = $1', [other.id])
      await admin.login(adminEmail, adminPassword)
    }
  })
})

describe('deactivateUser', () => {
  test('ends all sessions of the user, who cannot come back', async () => {
    const ann = await person('Ann', ['OPERATOR'])
    expect((await deactivate(admin, ann.id)).data.deactivateUser).toEqual({
      id: ann.id,
      active: false,
      sessions: [],
    })
    expect((await ann.refresh()).code).toBe('TOKEN_INVALID')
    expect((await ann.run('{ viewer { user { id } } }')).code).toBe('TOKEN_INVALID')
    expect((await ann.login('ann@example.net', password)).code).toBe('INVALID_CREDENTIALS')
    expect((await deactivate(admin, ann.id)).code).toBeUndefined()
  })
  test.each([crypto.randomUUID(), 'nobody'])('does not know %s', async (id) => {
    expect((await deactivate(admin, id)).code).toBe('NOT_FOUND')
    expect((await setGrants(admin, id, held('VIEWER'))).code).toBe('NOT_FOUND')
  })
})

describe('users', () => {
  const list = async (args: string, client = admin) =>
    client.run(
      `{ users${args} { totalCount nodes { name } edges { cursor node { name } } pageInfo { hasNextPage endCursor } } }`,
    )
  beforeEach(async () => {
    await room.sql.query(
      `INSERT INTO account (email, name, password_hash, grants, active)
       SELECT lower(name) || n || '@example.net', name, 'x',
         (SELECT jsonb_agg(jsonb_build_object('role', role, 'siteIds', null)) FROM unnest(roles) role), active FROM (VALUES
         (1, 'bob', '{VIEWER}'::text[], true), (2, 'Bob', '{OPERATOR}', true), (3, 'BOB', '{VIEWER,AUDITOR}', false),
         (4, 'Żaneta', '{VIEWER}', true), (5, '100%_\\x', '{VIEWER}', true)) AS u (n, name, roles, active)`,
    )
  })

  test('come page by page, each once, in the order of their names', async () => {
    const seen: string[] = []
    let after = ''
    for (;;) {
      const { data } = await list(`(first: 2${after && `, after: "${after}"`})`)
      expect(data.users.totalCount).toBe(6)
      expect(data.users.edges.map((edge: { node: unknown }) => edge.node)).toEqual(data.users.nodes)
      seen.push(...data.users.nodes.map(({ name }: { name: string }) => name))
      expect(data.users.pageInfo.endCursor).toBe(data.users.edges.at(-1).cursor)
      if (!data.users.pageInfo.hasNextPage) break
      after = data.users.pageInfo.endCursor
    }
    expect(seen.map((name) => name.toLowerCase())).toEqual([
      '100%_\\x',
      'administrator',
      'bob',
      'bob',
      'bob',
      'żaneta',
    ])
    expect(new Set(seen).size).toBe(6)
  })
  test.each([
    ['search: "BOB"', 3],
    ['search: "bob2@"', 1],
    ['search: "%"', 1],
    ['search: "_\\\\x"', 1],
    ['search: "ŻANETA"', 1],
    ['search: "nobody"', 0],
    ['role: VIEWER', 4],
    ['active: false', 1],
    ['role: VIEWER, active: true, search: "bob"', 1],
    ['search: null, role: null, active: null', 6],
  ])('are found by %s', async (filter, count) => {
    const { data } = await list(`(filter: { ${filter} })`)
    expect(data.users.totalCount).toBe(count)
    expect(data.users.nodes).toHaveLength(count)
  })
  test('of an empty page end nowhere', async () => {
    expect((await list('(filter: { search: "nobody" })')).data.users.pageInfo).toEqual({
      hasNextPage: false,
      endCursor: null,
    })
  })
  test.each(['(first: 0)', '(first: 501)', '(first: -1)', '(after: "nonsense")', '(after: "W10")'])(
    'refuse %s',
    async (args) => {
      expect((await list(args)).code).toBe('BAD_USER_INPUT')
    },
  )
  test('are for AUDITOR and ADMIN only', async () => {
    const auditor = await person('Ann', ['AUDITOR'])
    expect((await list('', auditor)).code).toBeUndefined()
    const operator = await person('Tom', ['OPERATOR'])
    expect((await list('', operator)).code).toBe('FORBIDDEN')
    expect((await list('', room.client())).code).toBe('UNAUTHENTICATED')
  })
})

describe('another user', () => {
  const entity = (id: string, fields: string, client: AuthClient) =>
    client.run(`query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { ${fields} } } }`, {
      r: [{ __typename: 'User', id }],
    })
  test('shows a VIEWER who they are, and nothing personal', async () => {
    const viewer = await person('Ann', ['VIEWER'])
    const rootId = admin.identity?.userId ?? ''
    expect((await entity(rootId, 'id name active', viewer)).data._entities).toEqual([
      { id: rootId, name: 'Administrator', active: true },
    ])
    for (const field of ['email', 'grants { role }', 'createdAt', 'lastLoginAt', 'sessions { id }']) {
      const { code, message } = await entity(rootId, field, viewer)
      expect([field, code, message]).toEqual([field, 'FORBIDDEN', expect.stringContaining('user.read')])
      expect((await viewer.run(`{ user(id: "${rootId}") { ${field} } }`)).code).toBe('FORBIDDEN')
      expect((await entity(viewer.id, field, viewer)).code).toBeUndefined()
      expect((await entity(viewer.id, field, admin)).code).toBeUndefined()
    }
  })
  test('is nobody’s business who is not signed in', async () => {
    const rootId = admin.identity?.userId ?? ''
    expect((await entity(rootId, 'name', room.client())).code).toBe('UNAUTHENTICATED')
    expect((await room.client().run(`{ user(id: "${rootId}") { name } }`)).code).toBe('UNAUTHENTICATED')
  })
  test('that does not exist is null', async () => {
    expect((await entity('nobody', 'name', admin)).data._entities).toEqual([null])
    expect((await admin.run('{ user(id: "nobody") { name } }')).data).toEqual({ user: null })
  })
  test('and a hundred others are found with one statement each for users and sessions', async () => {
    await room.sql.query(
      `INSERT INTO account (email, name, password_hash, grants) SELECT n || '@example.net', n, 'x', '[{"role": "VIEWER", "siteIds": null}]' FROM generate_series(1, 100) n`,
    )
    const { rows } = await room.sql.query('SELECT id FROM account')
    const query = vi.spyOn(pg.Client.prototype, 'query')
    const { data } = await admin.run(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { name sessions { id } } } }',
      { r: rows.map(({ id }) => ({ __typename: 'User', id })) },
    )
    expect(data._entities).toHaveLength(101)
    const selects = query.mock.calls.filter(([text]) => String(text).startsWith('SELECT'))
    query.mockRestore()
    expect(selects).toHaveLength(2)
  })
})
