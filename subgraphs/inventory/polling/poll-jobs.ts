import type { PollJob } from '#core/contract/polling.js'
import type { CollectorKind } from '#core/contract/telemetry.js'
import type { Queue } from '#core/service/queue.js'

import { type Shard, shardMax } from './shards.js'

export type PollQueues = Record<CollectorKind, Queue<PollJob>>

/** Adds the poll of a shard at its slot. Many planners may: the job's id is the same. */
export const addSlot = (
  queues: PollQueues,
  { shard, slotAt }: { shard: Shard; slotAt: number },
  hints: Pick<PollJob, 'essentialOnly' | 'slowed'>,
): Promise<void> =>
  queues[shard.kind].add(
    {
      v: 1,
      kind: 'poll',
      collector: shard.kind,
      slotAt,
      intervalSeconds: shard.intervalSeconds,
      shard: shard.name,
      deviceIds: null,
      ...hints,
    },
    { jobId: `${shard.name}@${slotAt}` },
  )

/** Adds polls of these devices at once, in jobs no larger than a shard. The same again at the same time is not added. */
export async function addNow(
  queues: PollQueues,
  kind: CollectorKind,
  deviceIds: readonly string[],
  at: number,
): Promise<void> {
  for (let from = 0; from < deviceIds.length; from += shardMax[kind]) {
    const ids = deviceIds.slice(from, from + shardMax[kind])
    await queues[kind].add(
      {
        v: 1,
        kind: 'poll',
        collector: kind,
        slotAt: at,
        intervalSeconds: null,
        shard: null,
        deviceIds: ids,
      },
      { jobId: `${kind}/now/${ids[0]}@${at}` },
    )
  }
}
