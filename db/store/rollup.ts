import type { DataSource, EntityManager } from '../source.js'
import type { Layout } from './layout.js'
import { fiveMinutes, hours, type Rollup, type Tier } from './tiers.js'

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
export async function rollUp(source: DataSource, layout: Layout, now: number): Promise<number> {
  const made = await rollUpTier(source, layout, { tier: fiveMinutes, until: now - graceMs, now })
  const [{ until } = { until: new Date(0) }] = (await source.query(
    'SELECT until FROM rollup_progress WHERE tier = $1',
    [fiveMinutes.table],
  )) as { until: Date }[]
  return made + (await rollUpTier(source, layout, { tier: hours, until: until.getTime(), now }))
}

interface Turn {
  tier: Rollup
  /** Unix time, ms. */
  until: number
  now: number
}

async function rollUpTier(source: DataSource, layout: Layout, { tier, until, now }: Turn): Promise<number> {
  const length = tier.bucketSeconds * 1000
  const end = new Date(Math.floor(until / length) * length)
  const due = (await source.query(
    'SELECT DISTINCT bucket FROM rollup_dirty WHERE tier = $1 AND bucket < $2 ORDER BY bucket LIMIT $3',
    [tier.table, end, bucketsMax],
  )) as { bucket: Date }[]
  let made = 0
  for (const { bucket } of due) {
    if (!(await source.transaction((manager) => makeBucket(manager, layout, { tier, bucket, now }))))
      return made
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

/** Newest value among rows (at, value): the largest pair. Unlike an ordered array this needs no sort. */
const newest = (at: string, value: string) => `(max(ARRAY[date_part('epoch', ${at}), ${value}]))[2]`
/** As `real`, which ends at 3.4e38 and begins at 1.2e-38: seven digits are enough, and half the bytes. */
const asReal = (value: string) =>
  `(CASE WHEN abs(${value}) < 1.2e-38 THEN 0 ELSE greatest(least(${value}, 3.4e38), -3.4e38) END)::real`

const columnsOf: Record<Rollup['table'], string> = {
  sample_5m: 'min, max, sum, count, last',
  sample_1h: 'min, max, sum, count, last, means',
}
const foldOf: Record<Rollup['table'], string> = {
  sample_5m: `min(s.value), max(s.value), sum(s.value), count(*), ${newest('s.at', 's.value')}`,
  sample_1h: `min(s.min), max(s.max), sum(s.sum), sum(s.count), ${newest('s.at', 's.last')},
    array_agg(${asReal('(s.sum / s.count)')} ORDER BY s.at)`,
}

/** False when another process is rolling up. Two at once could overwrite newer figures with older ones. */
async function makeBucket(
  manager: EntityManager,
  layout: Layout,
  { tier, bucket, now }: { tier: Rollup; bucket: Date; now: number },
): Promise<boolean> {
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
  const from = wide
    ? `${tier.source.table} s WHERE`
    : `unnest($3::int[], $4::int[]) AS r (first, past)
       JOIN ${tier.source.table} s ON s.series_id >= r.first AND s.series_id < r.past AND`
  if (wide) await summarize(manager, layout, tier.source, bucket)
  await layout.openFor((sql) => manager.query(sql), tier, bucket.getTime(), now)
  const columns = columnsOf[tier.table]
  await manager.query(
    `INSERT INTO ${tier.table} (series_id, at, ${columns})
     SELECT s.series_id, $1::timestamptz, ${foldOf[tier.table]} FROM ${from} s.at >= $1 AND s.at < $2 GROUP BY s.series_id
     ON CONFLICT (series_id, at) DO UPDATE
       SET (${columns}) = ROW (${columns.replace(/\w+/g, 'excluded.$&')})`,
    wide ? [bucket, end] : [bucket, end, firsts, pasts],
  )
  if (tier === fiveMinutes) await markHour(manager, bucket, firsts, pasts)
  return true
}

/** Brings the time index (BRIN) of a partition up to date, so that a slice of time is read without the newest pages. */
async function summarize(manager: EntityManager, layout: Layout, tier: Tier, bucket: Date): Promise<void> {
  await manager.query(
    `SELECT brin_summarize_new_values(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'brin' AND i.indrelid = to_regclass($1)`,
    [await layout.partitionOf(manager, tier, bucket)],
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
