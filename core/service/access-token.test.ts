import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import { header, openForge } from '#tests/kit/forged-tokens.js'
import { freshRedis } from '#tests/kit/stores.js'
import { type AccessTokenVerifier, jwksKey, openAccessTokenVerifier } from './access-token.js'
import { createLog } from './log.js'

const log = createLog('test', 'silent')
const { ours, theirs, jwkOf, jwks, claims, sign, sub, sid, forged } = await openForge()
const publish = async (...keys: object[]) => redis.set(jwksKey, JSON.stringify({ keys }))
const now = () => Math.floor(Date.now() / 1000)

let redis: Redis
let verifier: AccessTokenVerifier
beforeAll(async () => {
  redis = new Redis(await freshRedis())
})
afterAll(() => redis.disconnect())
beforeEach(async () => {
  await publish(...jwks.keys)
  verifier = openAccessTokenVerifier({ redis, log })
})

test('a token of ours becomes the identity it names', async () => {
  const payload = claims()
  expect(await verifier.verify(await sign(payload))).toEqual({
    userId: sub,
    sessionId: sid,
    email: 'a@example.net',
    name: 'Ann',
    kind: 'USER',
    grants: [{ role: 'OPERATOR', siteIds: null }],
    scopes: null,
    expiresAt: (payload.exp ?? 0) * 1000,
  })
})

test('clocks may differ by a few seconds', async () => {
  await verifier.verify(await sign({ ...claims(), exp: now() - 3 }))
  await verifier.verify(await sign({ ...claims(), nbf: now() + 3, iat: now() + 3 }))
})

describe('refuses a token with', () => {
  test.each([['an empty text', () => ''] as const, ...Object.entries(forged)])('%s', async (_, make) => {
    await expect(verifier.verify(await make())).rejects.toMatchObject({
      name: 'SotpError',
      code: 'TOKEN_INVALID',
    })
  })
})

describe('keys', () => {
  test('are read once for many tokens, and again for an unknown kid at most every 5 s', async () => {
    const get = vi.spyOn(redis, 'get')
    try {
      await Promise.all(Array.from({ length: 20 }, async () => verifier.verify(await sign(claims()))))
      expect(get).toHaveBeenCalledTimes(1)
      const next = await sign(claims(), { ...header, kid: 'k2' }, theirs)
      await publish(await jwkOf(ours, 'k1'), await jwkOf(theirs, 'k2'))
      const clock = vi.spyOn(performance, 'now')
      const start = performance.now()
      clock.mockReturnValue(start + 1000)
      await expect(verifier.verify(next)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
      expect(get).toHaveBeenCalledTimes(1)
      clock.mockReturnValue(start + 6000)
      await expect(verifier.verify(next)).resolves.toMatchObject({ userId: sub })
      expect(get).toHaveBeenCalledTimes(2)
    } finally {
      vi.restoreAllMocks()
    }
  })
  test('that were withdrawn stop counting after a minute', async () => {
    const token = await sign(claims())
    await verifier.verify(token)
    await publish(await jwkOf(theirs, 'k2'))
    await verifier.verify(token)
    const start = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(start + 61_000)
    try {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    } finally {
      vi.restoreAllMocks()
    }
  })
  test('survive a Redis that lost them, and are called missing when there never were any', async () => {
    const token = await sign(claims())
    await verifier.verify(token)
    await redis.del(jwksKey)
    const start = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(start + 61_000)
    try {
      await expect(verifier.verify(token)).resolves.toMatchObject({ userId: sub })
    } finally {
      vi.restoreAllMocks()
    }
    await expect(openAccessTokenVerifier({ redis, log }).verify(token)).rejects.toMatchObject({
      code: 'NOT_READY',
    })
  })
  test('do not keep a request waiting while Redis does not answer', async () => {
    const away = new Redis({ port: 1, host: '127.0.0.1', lazyConnect: true, maxRetriesPerRequest: null })
    away.on('error', () => {})
    try {
      const started = performance.now()
      const verify = openAccessTokenVerifier({ redis: away, log }).verify(await sign(claims()))
      await expect(verify).rejects.toMatchObject({ code: 'NOT_READY' })
      expect(performance.now() - started).toBeLessThan(3000)
    } finally {
      away.disconnect()
    }
  })
})
