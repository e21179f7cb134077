import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

import {
  type AccessChanged,
  apiTokenPrefix,
  apiTokenRecord,
  apiTokensKey,
  apiTokensUsedKey,
} from '../contract/access.js'
import type { Identity } from '../contract/identity.js'
import { type Permission, permissions } from '../contract/permissions.js'
import { openAccessTokenVerifier } from './access-token.js'
import { SotpError } from './errors.js'
import type { Log } from './log.js'
import { RedisAway, within } from './redis.js'
import { compareCursors, type Topics } from './topics.js'

export interface Authenticator extends AsyncDisposable {
  /**
   * Who a bearer token stands for, with the grants they hold now: an access token of a session, or an API token.
   * @throws SotpError TOKEN_INVALID, NOT_READY while nobody can tell
   */
  authenticate(token: string): Promise<Identity>
  /** The same identity with the grants of now. @throws SotpError TOKEN_INVALID where its session has ended since. */
  current(identity: Identity): Identity
  /** Tells of every change of access, at most a moment after it was published. Returns how to stop. */
  onChange(listener: (change: AccessChanged) => void): () => void
}

/** Longest life of an access token: older changes are in every token by now. */
const rememberedMs = 3_600_000
const tokenCachedMs = 2000
const tokensCachedMax = 10_000
const usedEveryMs = 10_000

/** Verifies tokens, and follows `access.changed` so that a lost right counts at once and not when the token ends. */
export async function openAuthenticator({
  redis,
  topics,
  log,
}: {
  redis: Redis
  topics: Topics
  log: Log
}): Promise<Authenticator> {
  const verifier = openAccessTokenVerifier({ redis, log })
  const changes = openChanges()
  const listeners = new Set<(change: AccessChanged) => void>()
  const tokens = openApiTokens(redis, log)
  const stop = new AbortController()

  async function follow(): Promise<void> {
    let cursor = `${(Date.now() - rememberedMs) * 1000}-0`
    while (!stop.signal.aborted) {
      try {
        for await (const { cursor: at, event } of topics.subscribe('access.changed', {
          after: cursor,
          signal: stop.signal,
        })) {
          if (compareCursors(at, cursor) > 0) cursor = at
          changes.take(event)
          tokens.forget(event.userId)
          for (const listener of listeners) listener(event)
        }
      } catch (error) {
        if (stop.signal.aborted) return
        log.warn({ err: error }, 'changes of access could not be read, will read on')
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }
  const following = follow()

  return {
    async authenticate(token) {
      const identity = token.startsWith(apiTokenPrefix)
        ? await tokens.find(token)
        : await verifier.verify(token)
      return changes.apply(identity)
    },
    current: (identity) => changes.apply(identity),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      tokens.stop()
      await following
    },
  }
}

/** What changed since the oldest token that may still live was signed. */
function openChanges() {
  const grants = new Map<string, { grants: Identity['grants']; at: number }>()
  const ended = new Map<string, { at: number }>()

  /** The oldest lie first, so this ends at the first that is still of use. */
  function forgetOld(map: Map<string, { at: number }>): void {
    const before = Date.now() - rememberedMs
    for (const [key, { at }] of map) {
      if (at > before) return
      map.delete(key)
    }
  }

  return {
    take({ userId, grants: given, endedSessionIds, at }: AccessChanged): void {
      grants.delete(userId)
      if (given) grants.set(userId, { grants: given, at })
      for (const id of endedSessionIds) ended.set(id, { at })
      forgetOld(grants)
      forgetOld(ended)
    },
    apply(identity: Identity): Identity {
      if (ended.has(identity.sessionId)) {
        throw new SotpError('TOKEN_INVALID', { message: 'This session has ended; sign in again.' })
      }
      const changed = grants.get(identity.userId)
      return changed ? { ...identity, grants: changed.grants } : identity
    },
  }
}

interface ApiTokens {
  find(token: string): Promise<Identity>
  /** A change of a user's access may be one of their tokens. */
  forget(userId: string): void
  stop(): void
}

/** Finds API tokens in Redis, remembers them for two seconds, and notes their use now and then. */
function openApiTokens(redis: Redis, log: Log): ApiTokens {
  const known = new Map<string, { identity: Identity; until: number }>()
  const used = new Map<string, number>()

  async function read(hash: string): Promise<Identity> {
    const text = await within(redis.hget(apiTokensKey, hash)).catch((cause: unknown) => {
      throw cause instanceof RedisAway ? new SotpError('NOT_READY', { cause }) : cause
    })
    const record = text === null ? undefined : apiTokenRecord.safeParse(JSON.parse(text)).data
    if (!record) throw new SotpError('TOKEN_INVALID', { detail: 'no such API token' })
    const { tokenId, userId, email, name, grants, scopes, expiresAt } = record
    return {
      kind: 'API_TOKEN',
      userId,
      email,
      name,
      sessionId: tokenId,
      grants,
      // A scope that a newer release knows gives nothing here.
      scopes: scopes.filter((scope): scope is Permission => Object.hasOwn(permissions, scope)),
      expiresAt: expiresAt ?? Number.MAX_SAFE_INTEGER,
    }
  }

  async function flush(): Promise<void> {
    if (used.size === 0) return
    const uses = [...used].flat()
    used.clear()
    await redis.hset(apiTokensUsedKey, ...uses)
  }
  const timer = setInterval(() => {
    flush().catch((error: unknown) => log.debug({ err: error }, 'uses of API tokens were not noted'))
  }, usedEveryMs).unref()

  return {
    async find(token) {
      const hash = createHash('sha256').update(token).digest('hex')
      const now = Date.now()
      let entry = known.get(hash)
      if (!entry || entry.until < now) {
        entry = { identity: await read(hash), until: now + tokenCachedMs }
        if (known.size >= tokensCachedMax) known.delete(known.keys().next().value ?? '')
        known.set(hash, entry)
      }
      const { identity } = entry
      if (identity.expiresAt <= now) throw new SotpError('TOKEN_INVALID', { detail: 'expired' })
      used.set(identity.sessionId, now)
      return identity
    },
    forget(userId) {
      for (const [hash, { identity }] of known) if (identity.userId === userId) known.delete(hash)
    },
    stop() {
      clearInterval(timer)
    },
  }
}
