import { afterAll, beforeAll, expect, test } from 'vitest'

import { apiTokensKey, apiTokensUsedKey } from '#core/contract/access.js'
import { createLog } from '#core/service/log.js'
import { type DataSource, openSource } from '#db/source.js'

import { type AuthRoom, startAuth } from '#tests/kit/auth.js'
import { TokenService } from './token.service.js'
import { openTokenShelf, type TokenShelf } from './token-shelf.js'

const log = createLog('test', 'silent')
const often = { publishEveryMs: 20, takeUsesEveryMs: 20 }
let room: AuthRoom
let source: DataSource
let shelf: TokenShelf
let id: string
beforeAll(async () => {
  room = await startAuth()
  const admin = room.client()
  await admin.login()
  const { data } = await admin.run(
    'mutation { createApiToken(input: { name: "Export", scopes: ["device.read"] }) { token { id } } }',
  )
  id = data.createApiToken.token.id
  source = await openSource({ url: room.database, schema: 'auth', entities: [] })
  shelf = await openTokenShelf({ source, redis: room.redis, log, ...often })
})
afterAll(async () => {
  await shelf[Symbol.asyncDispose]()
  await source.destroy()
  await room[Symbol.asyncDispose]()
})

test('the shelf comes back to a Redis that lost it, and loses what is stale', async () => {
  await room.redis.del(apiTokensKey)
  await expect.poll(() => room.redis.hlen(apiTokensKey)).toBe(1)
  await room.redis.hset(apiTokensKey, 'stale', '{}')
  await expect.poll(() => room.redis.hexists(apiTokensKey, 'stale')).toBe(0)
  expect(JSON.parse((await room.redis.hvals(apiTokensKey))[0] ?? '')).toMatchObject({ tokenId: id })
})

test('uses come into the table, the latest counts, and nonsense does no harm', async () => {
  const used = async () =>
    (await source.query('SELECT last_used_at FROM api_token'))[0].last_used_at?.getTime() as number
  const at = Date.now() - 5000
  await room.redis.hset(apiTokensUsedKey, id, at, 'nonsense', at, crypto.randomUUID(), 'soon')
  await expect.poll(used).toBe(at)
  await room.redis.hset(apiTokensUsedKey, id, at - 60_000)
  await expect.poll(() => room.redis.exists(apiTokensUsedKey)).toBe(0)
  await room.redis.hset(apiTokensUsedKey, id, at + 1000)
  await expect.poll(used).toBe(at + 1000)
})

test('what ended long ago is forgotten, what lives is not', async () => {
  await source.query(
    `INSERT INTO api_token (account_id, name, prefix, hash, scopes, expires_at, revoked_at)
     SELECT account_id, old.name, old.name, sha256(old.name::bytea), scopes, old.expires_at, old.revoked_at
     FROM api_token, (VALUES ('expired', now() - interval '91 days', NULL::timestamptz),
       ('revoked', NULL, now() - interval '91 days'), ('recent', now() - interval '89 days', NULL))
       AS old (name, expires_at, revoked_at)`,
  )
  await new TokenService(source, shelf, log).sweep()
  const left = await source.query('SELECT name FROM api_token ORDER BY name')
  expect(left).toEqual([{ name: 'Export' }, { name: 'recent' }])
})
