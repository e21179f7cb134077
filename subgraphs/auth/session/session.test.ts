import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { openSource } from '#db/source.js'
import { type AuthClient, type AuthRoom, adminEmail, startAuth } from '#tests/kit/auth.js'

import { Session } from './session.js'
import { SessionService } from './session.service.js'

let room: AuthRoom
beforeAll(async () => {
  room = await startAuth()
})
afterAll(() => room[Symbol.asyncDispose]())

const signedIn = async (options?: { ip: string; userAgent: string }): Promise<AuthClient> => {
  const client = room.client(options)
  expect((await client.login()).code).toBeUndefined()
  return client
}
const token = (client: AuthClient) => client.cookies.get('sotp_refresh') ?? ''
const withToken = (value: string): AuthClient => {
  const client = room.client()
  client.cookies.set('sotp_refresh', value)
  return client
}
/** As if every use of a refresh token so far lay further back. */
const later = (seconds: number) =>
  room.sql.query('UPDATE refresh_token SET used_at = used_at - make_interval(secs => $1)', [seconds])

describe('refreshSession', () => {
  test('gives a fresh access token of the same session and another refresh token', async () => {
    const client = await signedIn()
    const before = token(client)
    const { data } = await client.refresh()
    expect(token(client)).not.toBe(before)
    expect(data.refreshSession.viewer).toEqual({
      grants: [{ role: 'ADMIN' }],
      user: { email: adminEmail },
    })
    expect((await room.verifier.verify(data.refreshSession.accessToken)).sessionId).toBe(
      client.identity?.sessionId,
    )
    expect((await client.refresh()).code).toBeUndefined()
  })
  test('lets a second tab use the same token within ten seconds, without another rotation', async () => {
    for (let round = 0; round < 5; round += 1) {
      const client = await signedIn()
      const tabs = Array.from({ length: 8 }, () => withToken(token(client)))
      const answers = await Promise.all(tabs.map((tab) => tab.refresh()))
      expect(answers.flatMap(({ code }) => code ?? [])).toEqual([])
      const rotated = tabs.filter((tab) => tab.given.length > 0)
      expect(rotated).toHaveLength(1)
      expect((await withToken(token(rotated[0] as AuthClient)).refresh()).code).toBeUndefined()
    }
  })
  test('ends the session when a used token comes again later: thief and owner both sign in anew', async () => {
    const client = await signedIn()
    const stolen = token(client)
    await client.refresh()
    await later(11)
    const thief = withToken(stolen)
    expect((await thief.refresh()).code).toBe('TOKEN_INVALID')
    expect(thief.given).toEqual([{ name: 'sotp_refresh', value: null, maxAgeSeconds: 0, path: '/graphql' }])
    expect((await client.refresh()).code).toBe('TOKEN_INVALID')
    expect((await client.run('{ viewer { user { id } } }')).code).toBe('TOKEN_INVALID')
  })
  test('also for a token that was used long ago and twice replaced since', async () => {
    const client = await signedIn()
    const first = token(client)
    await client.refresh()
    await client.refresh()
    await later(11)
    expect((await withToken(first).refresh()).code).toBe('TOKEN_INVALID')
    expect((await client.refresh()).code).toBe('TOKEN_INVALID')
  })
  test('leaves other sessions of the user alone when one was stolen', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    const stolen = token(one)
    await one.refresh()
    await later(11)
    await withToken(stolen).refresh()
    expect((await other.refresh()).code).toBeUndefined()
  })
  test.each([
    ['no cookie', '', 'UNAUTHENTICATED'],
    ['an invented one', 'A'.repeat(43), 'TOKEN_INVALID'],
    ['nonsense', "' OR true --", 'TOKEN_INVALID'],
  ])('refuses %s', async (_, value, code) => {
    expect((await withToken(value).refresh()).code).toBe(code)
  })
  test('ends when it was not used for its time', async () => {
    const client = await signedIn()
    await room.sql.query('UPDATE session SET expires_at = now() WHERE id = $1', [client.identity?.sessionId])
    expect((await client.refresh()).code).toBe('TOKEN_INVALID')
  })
  test('brings changed grants into the token', async () => {
    const client = await signedIn()
    const { data } = await client.run(
      'mutation { createUser(input: { email: "r@example.net", name: "R", password: "basalt-Violin-7-orchard", grants: [{ role: VIEWER }] }) { id } }',
    )
    const other = room.client()
    await other.login('r@example.net', 'basalt-Violin-7-orchard')
    await client.run(
      'mutation ($id: ID!) { setGrants(userId: $id, grants: [{ role: AUDITOR }, { role: VIEWER }]) { id } }',
      {
        id: data.createUser.id,
      },
    )
    expect((await other.refresh()).data.refreshSession.viewer.grants).toEqual([
      { role: 'AUDITOR' },
      { role: 'VIEWER' },
    ])
  })
})

describe('logout', () => {
  test('ends the session by its cookie, which is cleared', async () => {
    const client = await signedIn()
    const value = token(client)
    expect((await withToken(value).run('mutation { logout }')).data).toEqual({ logout: true })
    expect((await client.refresh()).code).toBe('TOKEN_INVALID')
    expect(client.cookies.has('sotp_refresh')).toBe(false)
  })
  test('ends the session by its access token', async () => {
    const client = await signedIn()
    client.cookies.clear()
    expect((await client.run('mutation { logout }')).data).toEqual({ logout: true })
    expect((await client.run('mutation { logout }')).data).toEqual({ logout: false })
    expect((await client.run('{ viewer { user { id } } }')).code).toBe('TOKEN_INVALID')
  })
  test('says that there was nothing to end', async () => {
    expect((await room.client().run('mutation { logout }')).data).toEqual({ logout: false })
  })
  test('everywhere ends all sessions of this user', async () => {
    const clients = [await signedIn(), await signedIn()]
    expect((await clients[0]?.run('mutation { logoutEverywhere }'))?.data).toEqual({ logoutEverywhere: true })
    for (const client of clients) expect((await client.refresh()).code).not.toBeUndefined()
    expect((await room.client().run('mutation { logoutEverywhere }')).code).toBe('UNAUTHENTICATED')
  })
})

describe('viewer', () => {
  const query =
    '{ viewer { user { id email sessions { id current ip userAgent } } grants { role } permissions sessionExpiresAt } }'
  test('is null for whoever is not signed in', async () => {
    expect((await room.client().run(query)).data).toEqual({ viewer: null })
  })
  test('is who asks, with the session that asks among the living ones', async () => {
    await (await signedIn()).run('mutation { logoutEverywhere }')
    const gone = await signedIn()
    await gone.run('mutation { logout }')
    await signedIn({ ip: '192.0.2.1', userAgent: 'x'.repeat(1000) })
    const client = await signedIn({ ip: '192.0.2.2', userAgent: 'Firefox' })
    const { data } = await client.run(query)
    expect(data.viewer.user.sessions).toEqual([
      { id: client.identity?.sessionId, current: true, ip: '192.0.2.2', userAgent: 'Firefox' },
      { id: expect.any(String), current: false, ip: '192.0.2.1', userAgent: 'x'.repeat(400) },
    ])
    expect(new Date(data.viewer.sessionExpiresAt).getTime()).toBeGreaterThan(Date.now() + 6.9 * 86_400_000)
  })
})

test('a user has at most a hundred sessions; the least used end first', async () => {
  const first = await signedIn()
  await room.sql.query(
    `INSERT INTO session (account_id, expires_at) SELECT $1, now() + interval '1 day' FROM generate_series(1, 150)`,
    [first.identity?.userId],
  )
  const last = await signedIn()
  const { data } = await last.run('{ viewer { user { sessions { id } } } }')
  expect(data.viewer.user.sessions).toHaveLength(100)
  expect((await first.refresh()).code).toBe('TOKEN_INVALID')
})

test('what ended long ago is forgotten, what lives is not', async () => {
  const [old, used] = [await signedIn(), await signedIn()]
  await used.refresh()
  await later(8 * 86_400)
  await old.run('mutation { logout }')
  await room.sql.query(`UPDATE session SET revoked_at = now() - interval '31 days' WHERE id = $1`, [
    old.identity?.sessionId,
  ])
  const log = createLog('test', 'silent')
  const source = await openSource({ url: room.database, schema: 'auth', entities: [Session] })
  await new SessionService(source, 7 * 86_400, log).sweep()
  await source.destroy()
  const left = async (sql: string, id: string | undefined) => (await room.sql.query(sql, [id])).rowCount
  expect(await left('SELECT FROM session WHERE id = $1', old.identity?.sessionId)).toBe(0)
  expect(await left('SELECT FROM refresh_token WHERE session_id = $1', old.identity?.sessionId)).toBe(0)
  expect(await left('SELECT FROM refresh_token WHERE session_id = $1', used.identity?.sessionId)).toBe(1)
  expect((await used.refresh()).code).toBeUndefined()
})
