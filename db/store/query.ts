import type { MetricName } from '#core/contract/metrics.js'

import type { DataSource } from '../source.js'
import type { SeriesKey } from './series-ids.js'
import { planSteps, type StepRequest } from './steps.js'
import { fiveMinutes, hours, oldestOf, type Retention, type Rollup, raw, type Tier } from './tiers.js'

/** Which series: these metrics, of these devices (with all their instances) or of these instances. */
export type SeriesSelection = { metrics: readonly MetricName[] } & (
  | { deviceIds: readonly string[] }
  | { instances: readonly string[] }
)

/** What many samples of one step become. `last` is the newest value, `p95` the 95th percentile (interpolated). */
export const aggregates = ['min', 'max', 'avg', 'count', 'last', 'p95'] as const
export type AggregateName = (typeof aggregates)[number]

export interface SeriesRequest extends StepRequest {
  /** Which are wanted, at least one. */
  aggregates: readonly AggregateName[]
}

/**
 * One series on an even grid: point `n` of each wanted aggregate begins at `from + n * stepSeconds`. Null where nothing
 * was stored.
 */
export interface SeriesPoints extends SeriesKey, Partial<Record<AggregateName, (number | null)[]>> {
  stepSeconds: number
  /** Unix time in ms of the first point. */
  from: number
}

interface SeriesRow extends Record<AggregateName, (number | null)[] | null> {
  device_id: string
  metric: MetricName
  instance: string
  n: number[] | null
}

const newest = (value: string) =>
  `(max(ARRAY[date_part('epoch', at), ${value}]) FILTER (WHERE ${value} IS NOT NULL))[2]`
const expressionOf: Record<AggregateName, string> = {
  min: 'min(min)',
  max: 'max(max)',
  avg: 'sum(sum) / sum(count)',
  count: 'sum(count)::float8',
  last: newest('last'),
  p95: 'percentile_cont(0.95) WITHIN GROUP (ORDER BY v)',
}

const untilOf = (tier: Rollup) => `(SELECT until FROM rollup_progress WHERE tier = '${tier.table}')`
const rowsIn = (table: string, bounds: string) =>
  `FROM ${table} WHERE series_id = w.id AND at >= $1 AND at < $2 ${bounds}`

/** Rows (at, min, max, sum, count, last, v) of one tier; `v` are the values of which a percentile is taken. */
function folded(tier: Rollup, bounds: string, withValues: boolean): string[] {
  const rows = (v: string) => `SELECT at, min, max, sum, count, last, ${v} AS v ${rowsIn(tier.table, bounds)}`
  if (tier !== hours || !withValues) return [rows('sum / count')]
  // An hour is one row of figures and one for each 5-minute mean in it; what a row has not is null and counts for nothing.
  return [
    rows('null::float8'),
    `SELECT at, null, null, null, null, null, unnest(coalesce(means, ARRAY[(sum / count)::real]))
     ${rowsIn(tier.table, bounds)}`,
  ]
}
const measured = (bounds: string) =>
  `SELECT at, value AS min, value AS max, value AS sum, 1 AS count, value AS last, value AS v ${rowsIn(raw.table, bounds)}`
/** What is not rolled up yet, as it will be. */
const binned = (bounds: string) =>
  `SELECT date_bin('5 minutes', at, 'epoch'), min(value), max(value), sum(value), count(*), ${newest('value')}, avg(value)
   ${rowsIn(raw.table, bounds)} GROUP BY 1`

/** Rows of one series in $1..$2: of the planned tier as far as it was made, of the finer ones from there to now. */
function rowsOf(tier: Tier, withValues: boolean): string {
  const [five, hour] = [untilOf(fiveMinutes), untilOf(hours)]
  const rest = withValues ? binned : measured
  if (tier === hours) {
    return [
      ...folded(hours, `AND at < ${hour}`, withValues),
      ...folded(fiveMinutes, `AND at >= ${hour} AND at < ${five}`, withValues),
      rest(`AND at >= ${five}`),
    ].join(' UNION ALL ')
  }
  if (tier === fiveMinutes)
    return [...folded(fiveMinutes, `AND at < ${five}`, withValues), rest(`AND at >= ${five}`)].join(
      ' UNION ALL ',
    )
  return measured('')
}

const conditionOf = (selection: SeriesSelection): [string, readonly string[]] =>
  'deviceIds' in selection
    ? ['device_id = ANY($3::uuid[])', selection.deviceIds]
    : [`instance = ANY($3::text[]) AND instance <> ''`, selection.instances]

/**
 * Reads many series with one statement; columns come as JSON, which is read far faster here than PostgreSQL's arrays, and
 * in any order, as each value brings its place along. A series that was never stored is left out.
 *
 * Minimum, maximum, mean, count and last value are the same from every tier. A 95th percentile is one of samples where
 * those reach back to the begin of the range, else one of 5-minute means, as carriers bill by (of hours: means as `real`).
 */
export async function querySeries(
  source: DataSource,
  selection: SeriesSelection,
  request: SeriesRequest,
  { retention, now }: { retention: Retention; now: number },
): Promise<SeriesPoints[]> {
  const plan = planSteps(request, retention, now)
  const wanted = [...new Set(request.aggregates)]
  const withValues = wanted.includes('p95')
  const tier = withValues && request.from >= oldestOf(raw, retention, now) ? raw : plan.tier
  const [condition, keys] = conditionOf(selection)
  const from = plan.firstSeconds * 1000
  const rows = (await source.query(
    `SELECT w.device_id, w.metric, w.instance, p.*
     FROM (SELECT id, device_id, metric, instance FROM series WHERE ${condition} AND metric = ANY($4::text[])) AS w
     CROSS JOIN LATERAL (
       SELECT to_json(array_agg((date_part('epoch', at - $1) / $5)::int)) AS n,
         ${wanted.map((name) => `to_json(array_agg(${name})) AS ${name}`)}
       FROM (
         SELECT date_bin(make_interval(secs => $5), at, $1) AS at,
           ${wanted.map((name) => `${expressionOf[name]} AS ${name}`)}
         FROM (${rowsOf(tier, withValues)}) AS stored GROUP BY 1
       ) AS bucket
     ) AS p
     ORDER BY w.device_id, w.metric, w.instance`,
    [
      new Date(from),
      new Date(from + plan.points * plan.stepSeconds * 1000),
      keys,
      selection.metrics,
      plan.stepSeconds,
    ],
  )) as SeriesRow[]
  return rows.map((row) => ({
    deviceId: row.device_id,
    metric: row.metric,
    instance: row.instance === '' ? null : row.instance,
    stepSeconds: plan.stepSeconds,
    from,
    ...Object.fromEntries(wanted.map((name) => [name, spread(row.n, row[name], plan.points)])),
  }))
}

function spread(
  places: readonly number[] | null,
  values: readonly (number | null)[] | null,
  points: number,
): (number | null)[] {
  const spreaded = new Array<number | null>(points).fill(null)
  for (const [n, place] of (places ?? []).entries()) spreaded[place] = values?.[n] ?? null
  return spreaded
}

/** The newest sample of a series; series without one since `since` are left out. */
export interface LatestSample extends SeriesKey {
  at: Date
  value: number
}

/** Newest sample of each series, with one statement: one short walk of the index for each. */
export async function queryLatest(
  source: DataSource,
  selection: SeriesSelection,
  since: Date,
): Promise<LatestSample[]> {
  const [condition, keys] = conditionOf(selection)
  const rows = (await source.query(
    `SELECT w.device_id, w.metric, w.instance, p.at, p.value
     FROM (SELECT id, device_id, metric, instance FROM series WHERE ${condition} AND metric = ANY($2::text[])) AS w
     CROSS JOIN LATERAL (
       SELECT at, value FROM sample WHERE series_id = w.id AND at >= $1 ORDER BY at DESC LIMIT 1
     ) AS p
     ORDER BY w.device_id, w.metric, w.instance`,
    [since, selection.metrics, keys],
  )) as { device_id: string; metric: MetricName; instance: string; at: Date; value: number }[]
  return rows.map(({ device_id, metric, instance, at, value }) => ({
    deviceId: device_id,
    metric,
    instance: instance === '' ? null : instance,
    at,
    value,
  }))
}
