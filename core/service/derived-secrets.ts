import type { Redis } from 'ioredis'

import type { Log } from './log.js'
import type { SecretBox } from './secrets.js'

/**
 * What was derived at a cost from the secret of a credential, kept sealed for the next process. It may be lost at any
 * time, so nothing here ever throws; what it was derived from is the caller's to check.
 */
export interface DerivedSecrets {
  /** Undefined when it is not there, was sealed with a key that is gone, or Redis is away. */
  get(credentialId: string, name: string): Promise<string | undefined>
  set(credentialId: string, name: string, plain: string): Promise<void>
  /** Everything of one credential. */
  forget(credentialId: string): Promise<void>
}

/** Redis key of a credential's: a hash of sealed texts by name, each bound to both. */
const keyOf = (credentialId: string) => `sotp:derived:${credentialId}`
const refOf = (credentialId: string, name: string) => `derived/${credentialId}/${name}`
/** What nobody derived anew for so long belongs to a credential that is gone, or to no device. */
const keepSeconds = 30 * 86_400

export function openDerivedSecrets(redis: Redis, box: SecretBox, log: Log): DerivedSecrets {
  const attempt = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await work()
    } catch (error) {
      log.warn({ err: error }, `derived secrets could not be ${what}`)
      return undefined
    }
  }
  return {
    get: (credentialId, name) =>
      attempt('read', async () => {
        const sealed = await redis.hget(keyOf(credentialId), name)
        return sealed === null ? undefined : box.open(refOf(credentialId, name), sealed).reveal()
      }),
    async set(credentialId, name, plain) {
      const key = keyOf(credentialId)
      await attempt('kept', () =>
        redis
          .multi()
          .hset(key, name, box.seal(refOf(credentialId, name), plain))
          .expire(key, keepSeconds)
          .exec(),
      )
    },
    async forget(credentialId) {
      await attempt('forgotten', () => redis.del(keyOf(credentialId)))
    },
  }
}
