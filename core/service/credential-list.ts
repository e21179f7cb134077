import type { Redis } from 'ioredis'

/**
 * Which credentials there are, by reference, for collectors that are not told one device's: listeners, which hear from
 * anybody. Inventory writes it, wherever the secrets themselves lie.
 */
export interface CredentialList {
  /** All there are. */
  replace(refs: readonly string[]): Promise<void>
  /** This one is new, or has another secret. */
  changed(ref: string): Promise<void>
  removed(ref: string): Promise<void>
  /** Another one after each change. */
  revision(): Promise<string>
  refs(): Promise<string[]>
}

const refsKey = 'sotp:credentials:refs'
const revisionKey = 'sotp:credentials:revision'

export const openCredentialList = (redis: Redis): CredentialList => ({
  async replace(refs) {
    const known = await redis.smembers(refsKey)
    if (known.length === refs.length && refs.every((ref) => known.includes(ref))) return
    const swap = redis.multi().del(refsKey)
    if (refs.length > 0) swap.sadd(refsKey, ...refs)
    await swap.incr(revisionKey).exec()
  },
  async changed(ref) {
    await redis.multi().sadd(refsKey, ref).incr(revisionKey).exec()
  },
  async removed(ref) {
    await redis.multi().srem(refsKey, ref).incr(revisionKey).exec()
  },
  revision: async () => (await redis.get(revisionKey)) ?? '',
  refs: () => redis.smembers(refsKey),
})
