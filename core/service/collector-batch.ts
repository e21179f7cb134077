import { createHash } from 'node:crypto'

import type { MetricName } from '../contract/metrics.js'
import { packSamples } from '../contract/samples.js'
import type { CollectorKind, PollOutcome, TelemetryBatch } from '../contract/telemetry.js'
import type { ProbeResult } from './collector.js'

/** Most samples of one `telemetry.batches` job. */
const batchSamplesMax = 5000

/** Gathers results into packed batches of at most `samplesMax` samples. */
export class BatchBuilder {
  #count = 0
  #outcomes: PollOutcome[] = []
  #devices = new Map<string, number>()
  #metrics = new Map<MetricName, number>()
  #instances = new Map<string, number>()
  readonly #device: Uint16Array
  readonly #metric: Uint16Array
  readonly #instance: Int32Array
  readonly #at: Float64Array
  readonly #value: Float64Array

  constructor(
    readonly kind: CollectorKind,
    readonly samplesMax = batchSamplesMax,
  ) {
    this.#device = new Uint16Array(samplesMax)
    this.#metric = new Uint16Array(samplesMax)
    this.#instance = new Int32Array(samplesMax)
    this.#at = new Float64Array(samplesMax)
    this.#value = new Float64Array(samplesMax)
  }

  /**
   * Adds one result. Returns the batches that became full. The outcome goes with the device's last samples, so that
   * whoever sees the outcome has them all.
   */
  add({ outcome, samples }: ProbeResult): TelemetryBatch[] {
    const full: TelemetryBatch[] = []
    for (let n = 0; n < samples.length; n++) {
      if (this.#count >= this.samplesMax) full.push(...this.take())
      const instance = samples.instances[n] ?? null
      const row = this.#count++
      this.#device[row] = indexIn(this.#devices, outcome.deviceId)
      this.#metric[row] = indexIn(this.#metrics, samples.metrics[n] as MetricName)
      this.#instance[row] = instance === null ? -1 : indexIn(this.#instances, instance)
      this.#at[row] = samples.at[n] as number
      this.#value[row] = samples.values[n] as number
    }
    this.#outcomes.push(outcome)
    return full
  }

  /** What is gathered, if anything, and begins anew. */
  take(): TelemetryBatch[] {
    if (this.#outcomes.length === 0 && this.#count === 0) return []
    const samples = packSamples({
      devices: [...this.#devices.keys()],
      metrics: [...this.#metrics.keys()],
      instances: [...this.#instances.keys()],
      device: this.#device.subarray(0, this.#count),
      metric: this.#metric.subarray(0, this.#count),
      instance: this.#instance.subarray(0, this.#count),
      at: this.#at.subarray(0, this.#count),
      value: this.#value.subarray(0, this.#count),
    })
    const outcomes = this.#outcomes
    this.#count = 0
    this.#outcomes = []
    this.#devices = new Map()
    this.#metrics = new Map()
    this.#instances = new Map()
    return [{ v: 2, kind: 'telemetry.batch', collector: this.kind, samples, outcomes }]
  }
}

/** Place of an entry in the dictionary that the map is, in the order of its keys. */
function indexIn<T>(places: Map<T, number>, entry: T): number {
  const found = places.get(entry)
  if (found !== undefined) return found
  places.set(entry, places.size)
  return places.size - 1
}

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
