import type { ClientBase } from 'pg'

import type { EntityManager } from '../source.js'
import { copyRows, type StoredColumns } from './copy.js'
import type { Layout } from './layout.js'
import { fiveMinutes, raw } from './tiers.js'

/** How many rows were new, and how many were there before. */
export interface Written {
  stored: number
  duplicates: number
}

const uniqueViolation = '23505'
const rangesMax = 1000

/**
 * Writes rows within the caller's transaction, and marks the roll-ups that they make stale. The straight way is one
 * COPY into the table; only when a row is there already the whole batch goes through a temporary table instead, where
 * the repeats drop out. So a batch may come twice, late, or after half a transaction: the result is the same.
 */
export async function writeRows(
  manager: EntityManager,
  rows: StoredColumns,
  { layout, now }: { layout: Layout; now: number },
): Promise<Written> {
  const total = rows.series.length
  if (total === 0) return { stored: 0, duplicates: 0 }
  const client = (await manager.queryRunner?.connect()) as ClientBase | undefined
  if (!client) throw new Error('samples are written in a transaction')
  await layout.openFor(
    (sql) => client.query(sql),
    raw,
    rows.at.reduce((a, b) => Math.min(a, b), now),
    now,
  )
  await client.query('SAVEPOINT sample_copy')
  let stored = total
  try {
    await copyRows(client, 'sample', rows)
  } catch (error) {
    if ((error as { code?: string }).code !== uniqueViolation) throw error
    await client.query('ROLLBACK TO SAVEPOINT sample_copy')
    stored = await merge(client, rows)
  }
  if (stored > 0) await mark(client, rows)
  return { stored, duplicates: total - stored }
}

async function merge(client: ClientBase, rows: StoredColumns): Promise<number> {
  await client.query(
    `CREATE TEMPORARY TABLE IF NOT EXISTS sample_stage
       (series_id int, at timestamptz, value double precision) ON COMMIT DELETE ROWS`,
  )
  await client.query('TRUNCATE sample_stage')
  await copyRows(client, 'sample_stage', rows)
  // In key order, so that two writers of the same rows wait for each other instead of locking each other out.
  const { rowCount } = await client.query(
    `INSERT INTO sample (series_id, at, value)
     SELECT series_id, at, value FROM sample_stage ORDER BY series_id, at
     ON CONFLICT (series_id, at) DO NOTHING`,
  )
  return rowCount ?? 0
}

async function mark(client: ClientBase, rows: StoredColumns): Promise<void> {
  const marks = staleBuckets(rows)
  await client.query(
    `INSERT INTO rollup_dirty (tier, bucket, series)
     SELECT $1, to_timestamp(bucket), series::int4multirange FROM unnest($2::float8[], $3::text[]) AS m (bucket, series)`,
    [fiveMinutes.table, [...marks.keys()], [...marks.values()]],
  )
}

/** By 5-minute bucket (Unix time, s): which series have new rows in it, as an int4multirange. */
export function staleBuckets({ series, at }: StoredColumns): Map<number, string> {
  const touched = new Map<number, number[]>()
  const length = fiveMinutes.bucketSeconds
  let bucket = Number.NaN
  let ids: number[] = []
  for (let row = 0; row < series.length; row++) {
    const own = Math.floor((at[row] ?? 0) / 1000 / length) * length
    if (own !== bucket) {
      bucket = own
      ids = touched.get(own) ?? []
      touched.set(own, ids)
    }
    ids.push(series[row] ?? 0)
  }
  return new Map([...touched].map(([start, list]) => [start, multirange(Int32Array.from(list).sort())]))
}

/** Sorted ids as ranges. Nearby ids share one: a series aggregated once too often costs less than a long mark. */
function multirange(ids: Int32Array): string {
  for (let gap = 16; ; gap *= 4) {
    const ranges: string[] = []
    let first = ids[0] ?? 0
    let last = first
    for (const id of ids) {
      if (id - last > gap) {
        ranges.push(`[${first},${last + 1})`)
        first = id
      }
      last = id
    }
    ranges.push(`[${first},${last + 1})`)
    if (ranges.length <= rangesMax) return `{${ranges.join(',')}}`
  }
}
