import type { Redis } from 'ioredis'
import { decodeProtectedHeader, errors as faults, importJWK, jwtVerify } from 'jose'
import * as z from 'zod'

import { grant, type Identity, scopes as identityScopes } from '../contract/identity.js'
import { SotpError } from './errors.js'
import type { Log } from './log.js'
import { within } from './redis.js'

/** What every access token has in common (RFC 9068 profile): signer and verifier read the same words. */
export const accessToken = {
  issuer: 'sotp',
  audience: 'sotp',
  typ: 'at+jwt',
  algorithm: 'EdDSA',
} as const

/** Redis key under which the auth subgraph publishes its public keys as a JWK Set (RFC 7517 §5), in JSON. */
export const jwksKey = 'sotp:jwks'

/** A public Ed25519 key as RFC 8037 §2 writes it. Unknown members are dropped, a private `d` with them. */
const publicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().length(43),
  kid: z.string().min(1).max(64),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})
export const jwks = z.object({ keys: z.array(publicJwk).min(1).max(100) })
export type Jwks = z.infer<typeof jwks>

/** Claims of an access token beside iss and aud. */
const accessClaims = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  email: z.string().max(320),
  name: z.string().max(200),
  grants: z.array(grant).max(20),
  scopes: identityScopes.default(null),
  exp: z.int(),
  iat: z.int(),
  jti: z.string().min(1).max(64),
})

const tokenBytesMax = 8192
const toleranceSeconds = 5
const cachedMs = 60_000
const rereadAfterMs = 5000
/** While there is no key at all, as while the auth subgraph is still starting. */
const firstReadAfterMs = 500

export interface AccessTokenVerifier {
  /**
   * Who the token stands for.
   * @throws SotpError TOKEN_INVALID for anything that is not a live token of ours; NOT_READY while no signing key
   * could be read since the start, because then nobody can tell.
   */
  verify(token: string): Promise<Identity>
}

type Key = Awaited<ReturnType<typeof importJWK>>

/**
 * Verifies access tokens against the keys that the auth subgraph publishes. Keys are read again after 60 s, and when
 * a token names an unknown one, but never more often than every 5 s. While Redis is away the last good keys go on.
 */
export function openAccessTokenVerifier({ redis, log }: { redis: Redis; log: Log }): AccessTokenVerifier {
  let keys: ReadonlyMap<string, Key> | undefined
  let readAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    triedAt = performance.now()
    try {
      keys = await readKeys(redis)
      readAt = performance.now()
    } catch (error) {
      log.warn({ err: error, known: keys?.size ?? 0 }, 'signing keys could not be read, the last ones stay')
    }
  }
  const readAgain = (): Promise<void> => {
    if (reading !== undefined) return reading
    if (performance.now() - triedAt < (keys ? rereadAfterMs : firstReadAfterMs)) return Promise.resolve()
    reading = read().finally(() => {
      reading = undefined
    })
    return reading
  }

  return {
    async verify(token) {
      if (token.length > tokenBytesMax) throw new SotpError('TOKEN_INVALID', { detail: 'too long' })
      const kid = keyIdOf(token)
      if (!keys?.has(kid) || performance.now() - readAt > cachedMs) await readAgain()
      if (!keys) throw new SotpError('NOT_READY', { detail: 'no signing key is published' })
      const key = keys.get(kid)
      if (!key) throw new SotpError('TOKEN_INVALID', { detail: 'unknown key' })
      return verifyWith(key, token)
    },
  }
}

/** The key a token names, before anything of it is believed; refuses every algorithm but ours. */
function keyIdOf(token: string): string {
  try {
    const { alg, typ, kid } = decodeProtectedHeader(token)
    if (alg === accessToken.algorithm && typ === accessToken.typ && typeof kid === 'string') return kid
  } catch (cause) {
    throw new SotpError('TOKEN_INVALID', { cause })
  }
  throw new SotpError('TOKEN_INVALID', { detail: 'not the header of an access token' })
}

async function verifyWith(key: Key, token: string): Promise<Identity> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [accessToken.algorithm],
      typ: accessToken.typ,
      issuer: accessToken.issuer,
      audience: accessToken.audience,
      clockTolerance: toleranceSeconds,
    })
    const { sub, sid, email, name, grants, scopes, exp, iat } = accessClaims.parse(payload)
    if (iat > Date.now() / 1000 + toleranceSeconds) throw new faults.JWTClaimValidationFailed('iat', payload)
    const who = { userId: sub, sessionId: sid, email, name, grants }
    return { kind: 'USER', ...who, scopes, expiresAt: exp * 1000 }
  } catch (cause) {
    throw new SotpError('TOKEN_INVALID', { cause })
  }
}

async function readKeys(redis: Redis): Promise<ReadonlyMap<string, Key>> {
  const text = await within(redis.get(jwksKey))
  if (text === null) throw new Error('no signing keys are published')
  const { keys } = jwks.parse(JSON.parse(text))
  return new Map(
    await Promise.all(
      keys.map(async (jwk) => [jwk.kid, await importJWK(jwk, accessToken.algorithm)] as const),
    ),
  )
}
