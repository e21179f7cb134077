import { Buffer } from 'node:buffer'
import { Redis } from 'ioredis'
import { CompactSign, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'
import { type AccessTokenVerifier, jwksKey, openAccessTokenVerifier } from './access-token.js'
import { createLog } from './log.js'

const log = createLog('test', 'silent')
const ours = await generateKeyPair('EdDSA', { extractable: true })
const theirs = await generateKeyPair('EdDSA', { extractable: true })
const rsa = await generateKeyPair('RS256')
const jwk = async (pair: typeof ours, kid: string) => ({
  ...(await exportJWK(pair.publicKey)),
  kid,
  alg: 'EdDSA',
  use: 'sig',
})
const publish = async (...keys: object[]) => redis.set(jwksKey, JSON.stringify({ keys }))

const now = () => Math.floor(Date.now() / 1000)
const user = crypto.randomUUID()
const session = crypto.randomUUID()
const claims = (): JWTPayload => ({
  iss: 'sotp',
  aud: 'sotp',
  sub: user,
  sid: session,
  email: 'a@example.net',
  name: 'Ann',
  grants: [{ role: 'OPERATOR', siteIds: null }],
  iat: now(),
  exp: now() + 900,
  jti: crypto.randomUUID(),
})
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' }
const sign = (payload: JWTPayload, head: object = header, pair = ours) =>
  new SignJWT(payload).setProtectedHeader(head as typeof header).sign(pair.privateKey)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const without = (claim: string) => {
  const { [claim]: _, ...rest } = claims()
  return rest
}

let redis: Redis
let verifier: AccessTokenVerifier
beforeAll(async () => {
  redis = new Redis(await freshRedis())
})
afterAll(() => redis.disconnect())
beforeEach(async () => {
  await publish(await jwk(ours, 'k1'))
  verifier = openAccessTokenVerifier({ redis, log })
})

test('a token of ours becomes the identity it names', async () => {
  const payload = claims()
  expect(await verifier.verify(await sign(payload))).toEqual({
    userId: user,
    sessionId: session,
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

const changed = async (change: (parts: [string, string, string]) => string[]) =>
  change((await sign(claims())).split('.') as [string, string, string]).join('.')
const hmac = async (key: Uint8Array) =>
  new CompactSign(Buffer.from(JSON.stringify(claims())))
    .setProtectedHeader({ ...header, alg: 'HS256' })
    .sign(key)

const forged: Record<string, () => string | Promise<string>> = {
  'an empty text': () => '',
  'what is no token': () => 'not.a.token',
  'two parts only': () => changed(([head, body]) => [head, body]),
  'no signature': () => changed(([head, body]) => [head, body, '']),
  'alg none': () => `${encode({ ...header, alg: 'none' })}.${encode(claims())}.`,
  'alg none in disguise': () => `${encode({ ...header, alg: 'nOnE' })}.${encode(claims())}.`,
  'HMAC with our public key as its secret': async () =>
    hmac(Buffer.from((await exportJWK(ours.publicKey)).x ?? '', 'base64url')),
  'another algorithm': () =>
    new SignJWT(claims()).setProtectedHeader({ ...header, alg: 'RS256' }).sign(rsa.privateKey),
  'another key under our kid': () => sign(claims(), header, theirs),
  'an unknown kid': () => sign(claims(), { ...header, kid: 'k2' }, theirs),
  'no kid': () => sign(claims(), { alg: 'EdDSA', typ: 'at+jwt' }),
  'its own key in the header': async () =>
    sign(claims(), { ...header, jwk: await exportJWK(theirs.publicKey) }, theirs),
  'a key address in the header': () => sign(claims(), { ...header, jku: 'http://127.0.0.1:1/jwks' }, theirs),
  'an unknown critical header': async () => {
    const head = encode({ ...header, crit: ['x-odd'], 'x-odd': 1 })
    return changed(([, body, signature]) => [head, body, signature])
  },
  'another body under our signature': () =>
    changed(([head, , signature]) => [
      head,
      encode({ ...claims(), grants: [{ role: 'ADMIN', siteIds: null }] }),
      signature,
    ]),
  'a changed signature': () =>
    changed(([head, body, signature]) => [
      head,
      body,
      (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1),
    ]),
  'typ JWT': () => sign(claims(), { ...header, typ: 'JWT' }),
  'no typ': () => sign(claims(), { alg: 'EdDSA', kid: 'k1' }),
  'the type of an internal identity': () => sign(claims(), { ...header, typ: 'sotp-identity+jwt' }),
  'another audience': () => sign({ ...claims(), aud: 'sotp-subgraph' }),
  'no audience': () => sign(without('aud')),
  'another issuer': () => sign({ ...claims(), iss: 'https://evil.example' }),
  'no issuer': () => sign(without('iss')),
  'an end in the past': () => sign({ ...claims(), exp: now() - 10 }),
  'no end': () => sign(without('exp')),
  'an end that is no number': () => sign({ ...claims(), exp: 'never' as never }),
  'a beginning in the future': () => sign({ ...claims(), nbf: now() + 60 }),
  'a birth in the future': () => sign({ ...claims(), iat: now() + 60 }),
  'no subject': () => sign(without('sub')),
  'a subject that is no user id': () => sign({ ...claims(), sub: '1 OR 1=1' }),
  'no session': () => sign(without('sid')),
  'an invented role': () => sign({ ...claims(), grants: [{ role: 'ROOT', siteIds: null }] }),
  'grants that are no list': () => sign({ ...claims(), grants: 'ADMIN' }),
  'a grant within something that is no site': () =>
    sign({ ...claims(), grants: [{ role: 'ADMIN', siteIds: ['*'] }] }),
  'more than 8 KB': () => sign({ ...claims(), name: 'n'.repeat(9000) }),
  'a body that is no JSON': () =>
    new CompactSign(Buffer.from('{"sub":')).setProtectedHeader(header).sign(ours.privateKey),
  'an encrypted token': () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA',
}

describe('refuses a token with', () => {
  test.each(Object.entries(forged))('%s', async (_, make) => {
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
      await publish(await jwk(ours, 'k1'), await jwk(theirs, 'k2'))
      const clock = vi.spyOn(performance, 'now')
      const start = performance.now()
      clock.mockReturnValue(start + 1000)
      await expect(verifier.verify(next)).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
      expect(get).toHaveBeenCalledTimes(1)
      clock.mockReturnValue(start + 6000)
      await expect(verifier.verify(next)).resolves.toMatchObject({ userId: user })
      expect(get).toHaveBeenCalledTimes(2)
    } finally {
      vi.restoreAllMocks()
    }
  })
  test('that were withdrawn stop counting after a minute', async () => {
    const token = await sign(claims())
    await verifier.verify(token)
    await publish(await jwk(theirs, 'k2'))
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
      await expect(verifier.verify(token)).resolves.toMatchObject({ userId: user })
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
