import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { jwksKey, openAccessTokenVerifier } from '#core/service/access-token.js'
import { createLog } from '#core/service/log.js'
import { openRedis } from '#core/service/redis.js'
import { openSecretBox } from '#core/service/secrets.js'
import { type DataSource, openSource } from '#db/source.js'

import { freshDatabase, freshRedis } from '#tests/kit/stores.js'
import { openAttempts } from '../session/attempts.js'
import { openAccessTokenSigner } from './access-token-signer.js'
import { loadSigningKeys } from './signing-keys.js'

const log = createLog('test', 'silent')
const box = openSecretBox(randomBytes(32).toString('base64'))
let source: DataSource
let redis: ReturnType<typeof openRedis>
let redisUrl: string
beforeAll(async () => {
  source = await openSource({ url: await freshDatabase(), schema: 'auth', entities: [] })
  redisUrl = await freshRedis()
  redis = openRedis(redisUrl, log)
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
  kind: 'USER' as const,
  grants: [{ role: 'VIEWER' as const, siteIds: null }],
  scopes: null,
}

test('many processes that start at once agree on one key, which lies sealed', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => loadSigningKeys({ source, box, log })))
  expect(new Set(all.map(({ signing }) => signing.kid)).size).toBe(1)
  expect((await loadSigningKeys({ source, box, log })).signing.kid).toBe(all[0]?.signing.kid)
  const [row] = await source.query('SELECT * FROM signing_key')
  expect(row.sealed_private).toMatch(/^v2\./)
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

test('while Redis is away a start waits a moment only, and the keys are there as soon as it is back', async () => {
  // A relay makes the run's Redis reachable, late, at an address that is dead at first.
  const relay = createServer((client) => {
    const server = connect(Number(new URL(redisUrl).port), '127.0.0.1')
    client.on('error', () => server.destroy())
    server.on('error', () => client.destroy())
    client.pipe(server).pipe(client)
  })
  const port = await listen(relay, 0)
  await new Promise((resolve) => relay.close(resolve))
  const late = new URL(redisUrl)
  late.port = String(port)
  const away = openRedis(late.href, log)
  try {
    await using signer = await openAccessTokenSigner({ source, box, log, redis: away, accessSeconds: 900 })
    const { token, identity } = await signer.sign(subject)
    expect(await redis.exists(jwksKey)).toBe(0)
    await expect(openAttempts(away).begin('a@example.net', null)).rejects.toMatchObject({ code: 'NOT_READY' })
    await listen(relay, port)
    await expect.poll(() => redis.exists(jwksKey), { timeout: 8000 }).toBe(1)
    expect(await openAccessTokenVerifier({ redis, log }).verify(token)).toEqual(identity)
  } finally {
    away.disconnect()
    relay.close()
  }
})

const listen = (server: Server, port: number) =>
  new Promise<number>((resolve) =>
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
