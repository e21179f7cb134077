import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { jwksKey, openAccessTokenVerifier } from '#core/service/access-token.js'
import { createLog } from '#core/service/log.js'
import { openRedis } from '#core/service/redis.js'
import { openSecretBox } from '#core/service/secrets.js'
import { type DataSource, openSource } from '#db/source.js'

import { freshDatabase, freshRedis } from '../../tests/kit/stores.js'
import { openAccessTokenSigner } from './key/access-token-signer.js'
import { loadSigningKeys } from './key/signing-keys.js'

const log = createLog('test', 'silent')
const box = openSecretBox(randomBytes(32).toString('base64'))
let source: DataSource
let redis: ReturnType<typeof openRedis>
beforeAll(async () => {
  source = await openSource({ url: await freshDatabase(), schema: 'auth', entities: [] })
  redis = openRedis(await freshRedis(), log)
})
afterAll(async () => {
  redis.disconnect()
  await source.destroy()
})
beforeEach(async () => {
  await source.query('TRUNCATE signing_key')
  await redis.flushdb()
})
const age = (days: number) =>
  source.query('UPDATE signing_key SET created_at = created_at - make_interval(days => $1)', [days])
const kids = (keys: { published: { keys: { kid: string }[] } }) => keys.published.keys.map(({ kid }) => kid)
const subject = {
  userId: crypto.randomUUID(),
  sessionId: crypto.randomUUID(),
  email: 'a@example.net',
  name: 'Ann',
  roles: ['VIEWER' as const],
}

test('many processes that start at once agree on one key, which lies sealed', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => loadSigningKeys({ source, box, log })))
  expect(new Set(all.map(({ signing }) => signing.kid)).size).toBe(1)
  expect((await loadSigningKeys({ source, box, log })).signing.kid).toBe(all[0]?.signing.kid)
  const [row] = await source.query('SELECT * FROM signing_key')
  expect(row.sealed_private).toMatch(/^v1\./)
  expect(row.public_jwk).not.toHaveProperty('d')
})

test('a key older than 90 days is followed by a new one and stays published for a day', async () => {
  const first = await loadSigningKeys({ source, box, log })
  await age(91)
  const second = await loadSigningKeys({ source, box, log })
  expect(second.signing.kid).not.toBe(first.signing.kid)
  expect(kids(second)).toEqual([second.signing.kid, first.signing.kid])
  await age(2)
  expect(kids(await loadSigningKeys({ source, box, log }))).toEqual([second.signing.kid])
  await age(90)
  const third = await loadSigningKeys({ source, box, log })
  expect(kids(third)).toEqual([third.signing.kid, second.signing.kid])
  expect(await source.query('SELECT kid FROM signing_key')).toHaveLength(2)
})

test('another secrets key leads to another signing key, and the old public one still verifies', async () => {
  const first = await loadSigningKeys({ source, box, log })
  const other = openSecretBox(randomBytes(32).toString('base64'))
  const second = await loadSigningKeys({ source, box: other, log })
  expect(kids(second)).toEqual([second.signing.kid, first.signing.kid])
  expect((await loadSigningKeys({ source, box, log })).signing.kid).toBe(first.signing.kid)
})

test('a signed token verifies, and public keys return to a Redis that lost them', async () => {
  await using signer = await openAccessTokenSigner({
    source,
    box,
    log,
    redis,
    accessSeconds: 900,
    publishEveryMs: 20,
  })
  const { token, identity } = await signer.sign(subject)
  expect(identity.expiresAt).toBeGreaterThan(Date.now() + 890_000)
  expect(await openAccessTokenVerifier({ redis, log }).verify(token)).toEqual(identity)
  await redis.flushdb()
  await expect.poll(() => redis.exists(jwksKey)).toBe(1)
  expect(await redis.get(jwksKey)).not.toContain('"d"')
  expect(await openAccessTokenVerifier({ redis, log }).verify(token)).toEqual(identity)
})

test('tokens signed before a change of keys stay good after it', async () => {
  await using signer = await openAccessTokenSigner({
    source,
    box,
    log,
    redis,
    accessSeconds: 900,
    publishEveryMs: 20,
  })
  const before = await signer.sign(subject)
  await age(91)
  const header = ({ token }: { token: string }) => token.split('.')[0]
  await expect.poll(async () => header(await signer.sign(subject))).not.toBe(header(before))
  const verifier = openAccessTokenVerifier({ redis, log })
  expect(await verifier.verify(before.token)).toEqual(before.identity)
  const after = await signer.sign(subject)
  expect(await verifier.verify(after.token)).toEqual(after.identity)
})
