import type { DataSource, EntityManager } from '../source.js'
import { partitionName } from './partitions.js'
import { fiveMinutes, hours, type Rollup } from './tiers.js'

/** A bucket is made once it has ended and this much more: most late samples are in by then. */
const graceMs = 20_000
const bucketsMax = 500
/** Up to so many series are looked up one by one; above, the whole slice of time is read. */
const narrowMax = 2000
const lockName = 'sotp_store_rollup'

/**
 * Makes every finished bucket that has new samples, oldest first, each in a transaction of its own. A bucket is always
 * made whole from the tier below, so doing it again, or after late samples, is right. Returns how many were made.
 */
export async function rollUp(source: DataSource, now: number): Promise<number> {
  const made = await rollUpTier(source, fiveMinutes, now - graceMs)
  const [{ until } = { until: new Date(0) }] = (await source.query(
    'SELECT until FROM rollup_progress WHERE tier = $1',
    [fiveMinutes.table],
  )) as { until: Date }[]
  return made + (await rollUpTier(source, hours, until.getTime()))
}

async function rollUpTier(source: DataSource, tier: Rollup, untilMs: number): Promise<number> {
  const length = tier.bucketSeconds * 1000
  const end = new Date(Math.floor(untilMs / length) * length)
  const due = (await source.query(
    'SELECT DISTINCT bucket FROM rollup_dirty WHERE tier = $1 AND bucket < $2 ORDER BY bucket LIMIT $3',
    [tier.table, end, bucketsMax],
  )) as { bucket: Date }[]
  let made = 0
  for (const { bucket } of due) {
    if (!(await source.transaction((manager) => makeBucket(manager, tier, bucket)))) return made
    made++
  }
  // From here on readers take the tier's rows up to `end`. Marks that came meanwhile are late, and next in line.
  if (due.length < bucketsMax) {
    await source.query('UPDATE rollup_progress SET until = greatest(until, $2) WHERE tier = $1', [
      tier.table,
      end,
    ])
  }
  return made
}

/** False when another process is rolling up. Two at once could overwrite newer figures with older ones. */
async function makeBucket(manager: EntityManager, tier: Rollup, bucket: Date): Promise<boolean> {
  const [lock] = (await manager.query('SELECT pg_try_advisory_xact_lock(hashtext($1)) AS held', [
    lockName,
  ])) as { held: boolean }[]
  if (!lock?.held) return false
  const ranges = (await manager.query(
    `WITH taken AS (DELETE FROM rollup_dirty WHERE tier = $1 AND bucket = $2 RETURNING series)
     SELECT lower(r) AS first, upper(r) AS past FROM (SELECT unnest(range_agg(series)) AS r FROM taken) AS merged`,
    [tier.table, bucket],
  )) as { first: number; past: number }[]
  if (ranges.length === 0) return true
  const end = new Date(bucket.getTime() + tier.bucketSeconds * 1000)
  const firsts = ranges.map(({ first }) => first)
  const pasts = ranges.map(({ past }) => past)
  const wide = ranges.reduce((sum, { first, past }) => sum + past - first, 0) > narrowMax
  const fold = tier.source.bucketSeconds
    ? 'min(s.min), max(s.max), sum(s.sum), sum(s.count)'
    : 'min(s.value), max(s.value), sum(s.value), count(*)'
  const from = wide
    ? `${tier.source.table} s WHERE`
    : `unnest($3::int[], $4::int[]) AS r (first, past)
       JOIN ${tier.source.table} s ON s.series_id >= r.first AND s.series_id < r.past AND`
  if (wide) await summarize(manager, partitionName(tier.source, bucket))
  await manager.query(
    `INSERT INTO ${tier.table} (series_id, at, min, max, sum, count)
     SELECT s.series_id, $1::timestamptz, ${fold} FROM ${from} s.at >= $1 AND s.at < $2 GROUP BY s.series_id
     ON CONFLICT (series_id, at) DO UPDATE
       SET min = excluded.min, max = excluded.max, sum = excluded.sum, count = excluded.count`,
    wide ? [bucket, end] : [bucket, end, firsts, pasts],
  )
  if (tier === fiveMinutes) await markHour(manager, bucket, firsts, pasts)
  return true
}

/** Brings the time index (BRIN) of a partition up to date, so that a slice of time is read without the newest pages. */
async function summarize(manager: EntityManager, partition: string): Promise<void> {
  await manager.query(
    `SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'brin' AND i.indrelid = to_regclass($1)`,
    [partition],
  )
}

async function markHour(
  manager: EntityManager,
  bucket: Date,
  firsts: number[],
  pasts: number[],
): Promise<void> {
  await manager.query(
    `INSERT INTO rollup_dirty (tier, bucket, series)
     SELECT $1, date_bin('1 hour', $2::timestamptz, 'epoch'), range_agg(int4range(first, past))
     FROM unnest($3::int[], $4::int[]) AS r (first, past)`,
    [hours.table, bucket, firsts, pasts],
  )
}
