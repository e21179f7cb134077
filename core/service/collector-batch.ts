import { createHash } from 'node:crypto'

import type { MetricName } from '../contract/metrics.js'
import type { CollectorKind, TelemetryBatch } from '../contract/telemetry.js'
import type { ProbeResult } from './collector.js'

/** Most samples of one `telemetry.batches` job. */
const batchSamplesMax = 5000

/** Gathers results into columnar batches of at most `samplesMax` samples. */
export class BatchBuilder {
  #batch: TelemetryBatch
  #devices = new Map<string, number>()
  #metrics = new Map<MetricName, number>()
  #instances = new Map<string, number>()

  constructor(
    readonly kind: CollectorKind,
    readonly samplesMax = batchSamplesMax,
  ) {
    this.#batch = emptyBatch(kind)
  }

  /**
   * Adds one result. Returns the batches that became full. The outcome goes with the device's last samples, so that
   * whoever sees the outcome has them all.
   */
  add({ outcome, samples }: ProbeResult): TelemetryBatch[] {
    const full: TelemetryBatch[] = []
    for (let row = 0; row < samples.length; row++) {
      if (this.#batch.samples.value.length >= this.samplesMax) full.push(...this.take())
      const columns = this.#batch.samples
      const instance = samples.instances[row] ?? null
      columns.device.push(indexIn(this.#devices, columns.devices, outcome.deviceId))
      columns.metric.push(indexIn(this.#metrics, columns.metrics, samples.metrics[row] as MetricName))
      columns.instance.push(instance === null ? -1 : indexIn(this.#instances, columns.instances, instance))
      columns.at.push(samples.at[row] as number)
      columns.value.push(samples.values[row] as number)
    }
    this.#batch.outcomes.push(outcome)
    return full
  }

  /** What is gathered, if anything, and begins anew. */
  take(): TelemetryBatch[] {
    const batch = this.#batch
    if (batch.outcomes.length === 0 && batch.samples.value.length === 0) return []
    this.#batch = emptyBatch(this.kind)
    this.#devices = new Map()
    this.#metrics = new Map()
    this.#instances = new Map()
    return [batch]
  }
}

function indexIn<T>(places: Map<T, number>, dictionary: T[], entry: T): number {
  const found = places.get(entry)
  if (found !== undefined) return found
  places.set(entry, dictionary.length)
  return dictionary.push(entry) - 1
}

const emptyBatch = (collector: CollectorKind): TelemetryBatch => ({
  v: 1,
  kind: 'telemetry.batch',
  collector,
  samples: {
    devices: [],
    metrics: [],
    instances: [],
    device: [],
    metric: [],
    instance: [],
    at: [],
    value: [],
  },
  outcomes: [],
})

/**
 * The id of a batch's job: `<kind>:<shard|adhoc>:<slotAt>:<n>:<devices>`. The same devices of the same slot are added
 * once, even when a job runs again after a crash. The hash of the devices keeps apart two immediate polls of the same
 * millisecond, and a repeated job whose devices finished in another order: neither may shadow the other's data.
 */
export function batchJobId(
  slot: { shard: string | null; slotAt: number },
  n: number,
  batch: TelemetryBatch,
): string {
  const devices = new Set([...batch.samples.devices, ...batch.outcomes.map(({ deviceId }) => deviceId)])
  const hash = createHash('sha1')
    .update([...devices].sort().join())
    .digest('base64url')
    .slice(0, 10)
  return [batch.collector, slot.shard ?? 'adhoc', slot.slotAt, n, hash].join(':')
}
