import type { CollectorKind, TelemetryBatch } from '../contract/telemetry.js'
import { SampleRows } from './collector.js'
import { BatchBuilder, batchJobId } from './collector-batch.js'

/** Says of these devices that their poll was due at `slotAt` and did not take place. The job's id is the same for the same. */
export function missedBatches(
  kind: CollectorKind,
  { shard, slotAt }: { shard: string | null; slotAt: number },
  deviceIds: readonly string[],
): { batch: TelemetryBatch; jobId: string }[] {
  const builder = new BatchBuilder(kind)
  for (const deviceId of deviceIds) {
    const about = { result: 'missed', reason: null, detail: null, durationMs: 0 } as const
    builder.add({ outcome: { deviceId, at: slotAt, ...about }, samples: new SampleRows() })
  }
  return builder
    .take()
    .map((batch) => ({ batch, jobId: `missed:${batchJobId({ shard, slotAt }, 0, batch)}` }))
}
