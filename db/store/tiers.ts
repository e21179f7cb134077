/** How many days each tier keeps. */
export interface Retention {
  rawDays: number
  fiveMinuteDays: number
  hourDays: number
}

export const daySeconds = 86_400

/**
 * The stored resolutions, finest first. `sample` holds what was measured, the others min, max, sum, count and last; the
 * hours also the means of their 5-minute buckets, from which a 95th percentile of any longer time is exact.
 */
export interface Tier {
  table: 'sample' | 'sample_5m' | 'sample_1h'
  /** Length of a bucket; 0: no buckets, every sample is its own row. */
  bucketSeconds: number
  /** Length of a partition. Every partition begins at a multiple of it since 1970. */
  partitionSeconds: number
  keepDays: (retention: Retention) => number
}

/** A tier that is made from the one below it. */
export interface Rollup extends Tier {
  table: 'sample_5m' | 'sample_1h'
  source: Tier
}

export const raw: Tier = {
  table: 'sample',
  bucketSeconds: 0,
  partitionSeconds: daySeconds,
  keepDays: ({ rawDays }) => rawDays,
}
export const fiveMinutes: Rollup = {
  table: 'sample_5m',
  source: raw,
  bucketSeconds: 300,
  partitionSeconds: 7 * daySeconds,
  keepDays: ({ fiveMinuteDays }) => fiveMinuteDays,
}
export const hours: Rollup = {
  table: 'sample_1h',
  source: fiveMinutes,
  bucketSeconds: 3600,
  partitionSeconds: 28 * daySeconds,
  keepDays: ({ hourDays }) => hourDays,
}
export const tiers: readonly Tier[] = [raw, fiveMinutes, hours]

/** Oldest instant a tier still holds, Unix time in ms. */
export const oldestOf = (tier: Tier, retention: Retention, now: number): number =>
  now - tier.keepDays(retention) * daySeconds * 1000
