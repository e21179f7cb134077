import type { Redis } from 'ioredis'

import { type PollTarget, pollTarget } from '../contract/polling.js'
import type { CollectorKind } from '../contract/telemetry.js'

/** The polling plan as collectors see it. Inventory writes it, collectors read it with each job, so it is never stale. */
export interface Plan {
  /** Replaces the whole plan of one collector kind at once: shards by name, and every target they name. */
  publish(
    kind: CollectorKind,
    shards: ReadonlyMap<string, readonly string[]>,
    targets: readonly PollTarget[],
  ): Promise<void>
  /** Targets of a shard; empty when the shard is gone. */
  shard(kind: CollectorKind, shard: string): Promise<PollTarget[]>
  /** Targets of these devices; one that is no longer planned is left out. */
  devices(kind: CollectorKind, deviceIds: readonly string[]): Promise<PollTarget[]>
}

const targetsKey = (kind: CollectorKind) => `sotp:plan:${kind}:targets`
const shardsKey = (kind: CollectorKind) => `sotp:plan:${kind}:shards`

export function openPlan(redis: Redis): Plan {
  async function devices(kind: CollectorKind, deviceIds: readonly string[]): Promise<PollTarget[]> {
    if (deviceIds.length === 0) return []
    const found = await redis.hmget(targetsKey(kind), ...deviceIds)
    return found.flatMap((text) => (text === null ? [] : [pollTarget.parse(JSON.parse(text))]))
  }
  return {
    async publish(kind, shards, targets) {
      const write = redis.multi().del(shardsKey(kind), targetsKey(kind))
      if (shards.size > 0) {
        write.hset(shardsKey(kind), new Map([...shards].map(([name, ids]) => [name, JSON.stringify(ids)])))
        write.hset(
          targetsKey(kind),
          new Map(targets.map((target) => [target.deviceId, JSON.stringify(target)])),
        )
      }
      await write.exec()
    },
    async shard(kind, shard) {
      const ids = await redis.hget(shardsKey(kind), shard)
      return ids === null ? [] : devices(kind, JSON.parse(ids) as string[])
    },
    devices,
  }
}
