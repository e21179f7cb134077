import type { SampleColumns } from '#core/contract/telemetry.js'

import type { DataSource, EntityManager } from '../source.js'
import { type Refusal, sieve } from './accept.js'
import type { StoredColumns } from './copy.js'
import { maintainPartitions } from './partitions.js'
import {
  type LatestSample,
  queryLatest,
  querySeries,
  type SeriesPoints,
  type SeriesSelection,
} from './query.js'
import { rollUp } from './rollup.js'
import { SeriesIds, type SeriesKey } from './series-ids.js'
import type { StepRequest } from './steps.js'
import { oldestOf, type Retention, raw } from './tiers.js'
import { type Written, writeRows } from './write.js'

/** The one room that knows how samples lie on disk. Nothing outside it names a table of samples. */
export interface Store {
  /** Leaves out samples from the future or older than what is kept, and says how many and why. */
  accept(samples: SampleColumns): { samples: SampleColumns; refused: Map<Refusal, number> }
  /** Finds or makes series ids beforehand, so that `resolve` needs no statement. */
  ensureSeries(keys: readonly SeriesKey[]): Promise<void>
  /** Turns samples into rows: at most one statement, and none once every series is known. Not part of a transaction. */
  resolve(samples: SampleColumns): Promise<StoredColumns>
  /**
   * Writes rows in the caller's transaction; idempotent on (series, time).
   * @throws the database's error 23514 when no partition fits: call `maintain` and try again.
   */
  writeSamples(manager: EntityManager, rows: StoredColumns): Promise<Written>
  /** Many series on one even grid, in one statement. */
  querySeries(selection: SeriesSelection, request: StepRequest): Promise<SeriesPoints[]>
  /** Newest sample of each series since then. */
  latest(selection: SeriesSelection, since: Date): Promise<LatestSample[]>
  /** Brings the 5-minute and 1-hour tiers up to date; returns how many buckets were made. */
  rollup(): Promise<number>
  /** Makes partitions ahead of time and drops those past retention. Call before the first write. */
  maintain(): Promise<{ made: string[]; dropped: string[] }>
  /** Lets go of what is remembered of a device. */
  forget(deviceId: string): void
}

/** `source` must be opened on the schema that holds the tables. `now` is for tests. */
export function openStore({
  source,
  retention,
  now = Date.now,
}: {
  source: DataSource
  retention: Retention
  now?: () => number
}): Store {
  const ids = new SeriesIds(source)

  async function resolve(samples: SampleColumns): Promise<StoredColumns> {
    const series = new Int32Array(samples.at.length)
    const missing = ids.fill(samples, series)
    if (missing.length > 0) {
      await ids.ensure(missing)
      ids.fill(samples, series)
    }
    return { series, at: Float64Array.from(samples.at), value: Float64Array.from(samples.value) }
  }

  return {
    accept: (samples) => sieve(samples, { oldest: oldestOf(raw, retention, now()), now: now() }),
    ensureSeries: (keys) => ids.ensure(ids.unknown(keys)),
    resolve,
    writeSamples: writeRows,
    querySeries: (selection, request) => querySeries(source, selection, request, { retention, now: now() }),
    latest: (selection, since) => queryLatest(source, selection, since),
    rollup: () => rollUp(source, now()),
    maintain: () => maintainPartitions(source, retention, now()),
    forget: (deviceId) => ids.forget(deviceId),
  }
}
