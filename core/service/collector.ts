import type * as z from 'zod'

import type { DeviceFacts } from '../contract/devices.js'
import type { MetricName } from '../contract/metrics.js'
import type { DeviceNeighbors } from '../contract/neighbors.js'
import type { PollTarget } from '../contract/polling.js'
import type { CollectorKind, PollFailure, PollOutcome } from '../contract/telemetry.js'
import type { Resolver } from './collector-address.js'
import type { Credentials } from './collector-credentials.js'
import type { DerivedSecrets } from './derived-secrets.js'
import type { KnownPorts } from './known-ports.js'
import type { Log } from './log.js'
import { count } from './metrics.js'

/**
 * A kind of polling. It is opened once a process; what it keeps between polls (sessions, previous counters) lives and
 * dies with what `open` returns.
 */
export interface Collector<Schema extends z.ZodType = z.ZodType> {
  kind: CollectorKind
  /** An object whose keys are the names of environment variables, `SOTP_COLLECTORS_<KIND>_<KEY>`. */
  config: Schema
  /** Whether it opens credentials. One that does cannot work while their store is sealed or away. */
  credentials: boolean
  /** How many poll jobs (shards) one process works on at a time. */
  jobs: number
  open(context: CollectorContext<z.infer<Schema>>): Promise<Poller>
}

/** What the chassis gives a collector. */
export interface CollectorContext<Config = unknown> {
  config: Config
  log: Log
  secrets: Credentials
  /** Where what is derived from them is kept; absent: nowhere. */
  derived?: DerivedSecrets
  addresses: Resolver
  knownPorts: KnownPorts
}

/** How a poll may differ from the usual one. */
export interface PollHints {
  /** Collectors are behind: leave out what changes slowly (descriptions, neighbours, sensors); counters and states stay. */
  essentialOnly: boolean
}

export interface Poller extends AsyncDisposable {
  /**
   * Polls each target once and yields one result each, in any order, as soon as it is known. What is wrong with a
   * device is an outcome; an exception means a fault of the collector itself. Ends early when `signal` aborts.
   */
  probe(targets: readonly PollTarget[], signal: AbortSignal, hints?: PollHints): AsyncIterable<ProbeResult>
  /** Throws with the reason while this process cannot poll at all (a missing program, a closed socket). */
  check?(): Promise<void>
}

/** What one poll of one device gave. */
export interface ProbeResult {
  outcome: PollOutcome
  samples: SampleRows
  /** Only when they changed or are due again. */
  facts?: DeviceFacts
  neighbors?: DeviceNeighbors
}

/** Samples of one device, kept in columns from the beginning. */
export class SampleRows {
  readonly metrics: MetricName[] = []
  readonly values: number[] = []
  /** Unix time, ms. */
  readonly at: number[] = []
  /** Interface id, or null for a metric of the whole device. */
  readonly instances: (string | null)[] = []

  get length(): number {
    return this.values.length
  }

  /** A value that is not a finite number is counted and left out: one must never cost its whole batch. */
  add(metric: MetricName, value: number, at: number, instance: string | null = null): void {
    if (!Number.isFinite(value)) {
      count('sotp_collector_not_finite_total', { metric })
      return
    }
    this.metrics.push(metric)
    this.values.push(value)
    this.at.push(at)
    this.instances.push(instance)
  }
}

/** A failed outcome. `detail` is cut to what the contract allows. */
export const failedOutcome = (
  deviceId: string,
  reason: PollFailure,
  { detail, durationMs }: { detail: string | null; durationMs: number },
): PollOutcome => ({
  deviceId,
  at: Date.now(),
  result: 'failed',
  reason,
  detail: detail === null ? null : detail.slice(0, 500),
  durationMs,
})
