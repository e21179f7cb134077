import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { SignJWT } from 'jose'

import type { Identity } from '#core/contract/identity.js'
import { accessToken, jwksKey } from '#core/service/access-token.js'
import type { Log } from '#core/service/log.js'

import { type KeyStoreOptions, loadSigningKeys } from './signing-keys.js'

/** Who a token is for; when it ends is decided here. */
type TokenSubject = Omit<Identity, 'expiresAt'>

export interface AccessTokenSigner extends AsyncDisposable {
  /** A token (RFC 9068 profile) and the identity it carries. */
  sign(subject: TokenSubject): Promise<{ token: string; identity: Identity }>
}

export interface SignerOptions extends KeyStoreOptions {
  redis: Redis
  log: Log
  accessSeconds: number
  /** How often the keys are read and published again. */
  publishEveryMs?: number
}

const firstPublishMs = 2000

/**
 * Signs access tokens with the newest key and keeps its public half in Redis, where the gateway looks: at once, every
 * 30 s, and whenever Redis came back, because it may have come back empty.
 */
export async function openAccessTokenSigner(options: SignerOptions): Promise<AccessTokenSigner> {
  const { redis, log, accessSeconds, publishEveryMs = 30_000 } = options
  let keys = await loadSigningKeys(options)
  let work: Promise<void> | undefined

  // A new key is published before it signs, so no token names a key that nobody can find.
  const publish = async () => {
    const fresh = await loadSigningKeys(options)
    await redis.set(jwksKey, JSON.stringify(fresh.published))
    keys = fresh
  }
  // One at a time: while Redis is away, one waits for it and the rest have nothing to add.
  const again = (): void => {
    work ??= publish()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'public keys of access tokens could not be published, will retry')
      })
      .finally(() => {
        work = undefined
      })
  }
  const patience = () => sleep(firstPublishMs, undefined, { ref: false })

  again()
  // A patient connection waits for Redis; the start need not.
  await Promise.race([work, patience()])
  redis.on('ready', again)
  const timer = setInterval(again, publishEveryMs).unref()

  return {
    async sign(subject) {
      const { kid, key } = keys.signing
      const issuedAt = Math.floor(Date.now() / 1000)
      const expiresAt = issuedAt + accessSeconds
      const { userId, sessionId, email, name, grants, scopes } = subject
      const token = await new SignJWT({ sid: sessionId, email, name, grants, ...(scopes && { scopes }) })
        .setProtectedHeader({ alg: accessToken.algorithm, typ: accessToken.typ, kid })
        .setIssuer(accessToken.issuer)
        .setAudience(accessToken.audience)
        .setSubject(userId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key)
      return { token, identity: { ...subject, expiresAt: expiresAt * 1000 } }
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      redis.off('ready', again)
      await Promise.race([work, patience()])
    },
  }
}
