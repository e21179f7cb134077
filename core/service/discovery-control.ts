import type { Redis } from 'ioredis'

/** Runs that nobody wants any more, as inventory tells it to the collector that works on one. */
export interface DiscoveryControl {
  cancel(runId: string): Promise<void>
  isCancelled(runId: string): Promise<boolean>
}

/** Longer than any run lasts. */
const keepSeconds = 86_400
const key = (runId: string) => `sotp:discovery:cancel:${runId}`

export const openDiscoveryControl = (redis: Redis): DiscoveryControl => ({
  async cancel(runId) {
    await redis.set(key(runId), '1', 'EX', keepSeconds)
  },
  isCancelled: async (runId) => (await redis.exists(key(runId))) === 1,
})
