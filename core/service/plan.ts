import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

import { type PlanLoad, type PollTarget, planLoad, pollTarget } from '../contract/polling.js'
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
  /** How many shards are published; fewer than were means that Redis has lost them. */
  size(kind: CollectorKind): Promise<number>
  /** Says that somebody plans, and how that goes. It holds for a few seconds. */
  tell(load: PlanLoad): Promise<void>
  /** What was told last; undefined when nobody plans. */
  told(): Promise<PlanLoad | undefined>
  /** How long ago anything was told, ms, whatever the clocks say; undefined when nobody plans. */
  toldAgo(): Promise<number | undefined>
  /** Another one each time a plan of this kind was published. */
  revision(kind: CollectorKind): Promise<string>
  /** Every target, some hundred at a time. One may come twice, or be left out, where the plan changes meanwhile. */
  all(kind: CollectorKind): AsyncGenerator<PollTarget[]>
}

const targetsKey = (kind: CollectorKind) => `sotp:plan:${kind}:targets`
const shardsKey = (kind: CollectorKind) => `sotp:plan:${kind}:shards`
const revisionKey = (kind: CollectorKind) => `sotp:plan:${kind}:revision`

const loadKey = 'sotp:plan:load'
const loadLastsMs = 8000

const slice = 500
const abandonedSeconds = 60

export function openPlan(redis: Redis): Plan {
  /** Writes a hash under a name of its own, in slices that hold up neither this process nor Redis. */
  async function write(key: string, entries: readonly (readonly [string, unknown])[]): Promise<string> {
    const draft = `${key}:${randomUUID()}`
    for (let from = 0; from < entries.length; from += slice) {
      const part = entries
        .slice(from, from + slice)
        .map(([name, value]) => [name, JSON.stringify(value)] as const)
      await redis.hset(draft, new Map(part))
      if (from === 0) await redis.expire(draft, abandonedSeconds)
    }
    return draft
  }
  async function devices(kind: CollectorKind, deviceIds: readonly string[]): Promise<PollTarget[]> {
    if (deviceIds.length === 0) return []
    const found = await redis.hmget(targetsKey(kind), ...deviceIds)
    return found.flatMap((text) => (text === null ? [] : [pollTarget.parse(JSON.parse(text))]))
  }
  return {
    async publish(kind, shards, targets) {
      const swap = redis.multi()
      for (const [key, entries] of [
        [shardsKey(kind), [...shards]],
        [targetsKey(kind), targets.map((target) => [target.deviceId, target] as const)],
      ] as const) {
        if (entries.length === 0) swap.del(key)
        else swap.rename(await write(key, entries), key).persist(key)
      }
      await swap.incr(revisionKey(kind)).exec()
    },
    async shard(kind, shard) {
      const ids = await redis.hget(shardsKey(kind), shard)
      return ids === null ? [] : devices(kind, JSON.parse(ids) as string[])
    },
    devices,
    size: (kind) => redis.hlen(shardsKey(kind)),
    async tell(load) {
      await redis.set(loadKey, JSON.stringify(load), 'PX', loadLastsMs)
    },
    async told() {
      const text = await redis.get(loadKey)
      return text === null ? undefined : planLoad.parse(JSON.parse(text))
    },
    async toldAgo() {
      const leftMs = await redis.pttl(loadKey)
      return leftMs < 0 ? undefined : Math.max(0, loadLastsMs - leftMs)
    },
    revision: async (kind) => (await redis.get(revisionKey(kind))) ?? '',
    async *all(kind) {
      let cursor = '0'
      do {
        const [next, pairs] = await redis.hscan(targetsKey(kind), cursor, 'COUNT', slice)
        cursor = next
        yield pairs.flatMap((text, n) => (n % 2 === 1 ? [pollTarget.parse(JSON.parse(text))] : []))
      } while (cursor !== '0')
    },
  }
}
