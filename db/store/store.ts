import type { SampleColumns } from '#core/contract/samples.js'

import type { DataSource, EntityManager } from '../source.js'
import { type Refusal, sieve } from './accept.js'
import type { StoredColumns } from './copy.js'
import type { Settled, WantedKind } from './kind.js'
import { type Layout, openLayout } from './layout.js'
import {
  type LatestSample,
  queryLatest,
  querySeries,
  type SeriesPoints,
  type SeriesRequest,
  type SeriesSelection,
} from './query.js'
import { rollUp } from './rollup.js'
import { SeriesIds, type SeriesKey } from './series-ids.js'
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
  /** Many series on one even grid, in one statement; only the aggregates asked for are worked out. */
  querySeries(selection: SeriesSelection, request: SeriesRequest): Promise<SeriesPoints[]>
  /** Newest sample of each series since then. */
  latest(selection: SeriesSelection, since: Date): Promise<LatestSample[]>
  /** Brings the 5-minute and 1-hour tiers up to date; returns how many buckets were made. */
  rollup(): Promise<number>
  /** Makes partitions ahead of time and drops those past retention. Call before the first write. */
  maintain(): Promise<{ made: string[]; dropped: string[] }>
  /** Which kind of store this database has; decides it at first use. @throws ConfigError, see `settleKind` */
  kind(): Promise<Settled>
  /**
   * Drops the series of these instances of a device (ports, sensors) in the caller's transaction; their samples are no
   * longer found, and leave the disk with their tier's retention.
   */
  dropSeries(manager: EntityManager, deviceId: string, instances: readonly string[]): Promise<void>
  /** Lets go of what is remembered of a device. */
  forget(deviceId: string): void
}

/**
 * `source` must be opened on the schema that holds the tables. Reading is the same on every kind of store, so only
 * who writes needs to say which is `wanted`. `now` is for tests.
 */
export function openStore({
  source,
  retention,
  wanted = 'auto',
  now = Date.now,
}: {
  source: DataSource
  retention: Retention
  wanted?: WantedKind
  now?: () => number
}): Store {
  const ids = new SeriesIds(source)
  let opened: Promise<Layout> | undefined
  const layout = () => {
    opened ??= openLayout(source, wanted).catch((error: unknown) => {
      // The database may have been away; the next call asks again.
      opened = undefined
      throw error
    })
    return opened
  }

  async function resolve(samples: SampleColumns): Promise<StoredColumns> {
    const series = new Int32Array(samples.at.length)
    const missing = ids.fill(samples, series)
    if (missing.length > 0) {
      await ids.ensure(missing)
      ids.fill(samples, series)
    }
    return { series, at: new Float64Array(samples.at), value: new Float64Array(samples.value) }
  }

  return {
    accept: (samples) => sieve(samples, { oldest: oldestOf(raw, retention, now()), now: now() }),
    ensureSeries: (keys) => ids.ensure(ids.unknown(keys)),
    resolve,
    writeSamples: async (manager, rows) => writeRows(manager, rows, { layout: await layout(), now: now() }),
    querySeries: (selection, request) => querySeries(source, selection, request, { retention, now: now() }),
    latest: (selection, since) => queryLatest(source, selection, since),
    rollup: async () => rollUp(source, await layout(), now()),
    maintain: async () => (await layout()).maintain(source, retention, now()),
    kind: async () => (await layout()).settled,
    dropSeries: (manager, deviceId, instances) => ids.drop(manager, deviceId, instances),
    forget: (deviceId) => ids.forget(deviceId),
  }
}
