import type { MetricName } from '#core/contract/metrics.js'

import type { DataSource } from '../source.js'
import type { SeriesKey } from './series-ids.js'
import { planSteps, type StepPlan, type StepRequest } from './steps.js'
import { fiveMinutes, hours, type Retention, type Rollup, raw } from './tiers.js'

/** Which series: these metrics, of these devices (with all their instances) or of these instances. */
export type SeriesSelection = { metrics: readonly MetricName[] } & (
  | { deviceIds: readonly string[] }
  | { instances: readonly string[] }
)

/** One series on an even grid: point `n` begins at `from + n * stepSeconds`. Null where nothing was stored. */
export interface SeriesPoints extends SeriesKey {
  stepSeconds: number
  /** Unix time in ms of the first point. */
  from: number
  min: (number | null)[]
  max: (number | null)[]
  avg: (number | null)[]
  count: (number | null)[]
}

interface SeriesRow {
  device_id: string
  metric: MetricName
  instance: string
  n: number[] | null
  min: number[]
  max: number[]
  avg: number[]
  count: number[]
}

const untilOf = (tier: Rollup) => `(SELECT until FROM rollup_progress WHERE tier = '${tier.table}')`
const folded = (tier: Rollup, bounds: string) =>
  `SELECT at, min, max, sum, count FROM ${tier.table} WHERE series_id = w.id AND at >= $1 AND at < $2 ${bounds}`
const measured = (bounds: string) =>
  `SELECT at, value, value, value, 1 FROM sample WHERE series_id = w.id AND at >= $1 AND at < $2 ${bounds}`

/** Rows of one series in $1..$2: of the planned tier as far as it was made, of the finer ones from there to now. */
function rowsOf({ tier }: StepPlan): string {
  const [five, hour] = [untilOf(fiveMinutes), untilOf(hours)]
  if (tier === hours) {
    return [
      folded(hours, `AND at < ${hour}`),
      folded(fiveMinutes, `AND at >= ${hour} AND at < ${five}`),
      measured(`AND at >= ${five}`),
    ].join(' UNION ALL ')
  }
  if (tier === fiveMinutes)
    return `${folded(fiveMinutes, `AND at < ${five}`)} UNION ALL ${measured(`AND at >= ${five}`)}`
  return `SELECT at, value AS min, value AS max, value AS sum, 1 AS count FROM ${raw.table}
    WHERE series_id = w.id AND at >= $1 AND at < $2`
}

const conditionOf = (selection: SeriesSelection): [string, readonly string[]] =>
  'deviceIds' in selection
    ? ['device_id = ANY($3::uuid[])', selection.deviceIds]
    : [`instance = ANY($3::text[]) AND instance <> ''`, selection.instances]

/** Reads many series with one statement. A series that was never stored is left out. */
export async function querySeries(
  source: DataSource,
  selection: SeriesSelection,
  request: StepRequest,
  { retention, now }: { retention: Retention; now: number },
): Promise<SeriesPoints[]> {
  const plan = planSteps(request, retention, now)
  const [condition, keys] = conditionOf(selection)
  const from = plan.firstSeconds * 1000
  const rows = (await source.query(
    `SELECT w.device_id, w.metric, w.instance, p.*
     FROM (SELECT id, device_id, metric, instance FROM series WHERE ${condition} AND metric = ANY($4::text[])) AS w
     CROSS JOIN LATERAL (
       SELECT array_agg(n ORDER BY n) AS n, array_agg(min ORDER BY n) AS min, array_agg(max ORDER BY n) AS max,
         array_agg(avg ORDER BY n) AS avg, array_agg(count ORDER BY n) AS count
       FROM (
         SELECT floor((date_part('epoch', at) - $5::float8) / $6::float8)::int AS n,
           min(min) AS min, max(max) AS max, sum(sum) / sum(count) AS avg, sum(count)::float8 AS count
         FROM (${rowsOf(plan)}) AS stored GROUP BY 1
       ) AS bucket
     ) AS p
     ORDER BY w.device_id, w.metric, w.instance`,
    [
      new Date(from),
      new Date(from + plan.points * plan.stepSeconds * 1000),
      keys,
      selection.metrics,
      plan.firstSeconds,
      plan.stepSeconds,
    ],
  )) as SeriesRow[]
  return rows.map((row) => ({
    deviceId: row.device_id,
    metric: row.metric,
    instance: row.instance === '' ? null : row.instance,
    stepSeconds: plan.stepSeconds,
    from,
    min: spread(row.n, row.min, plan.points),
    max: spread(row.n, row.max, plan.points),
    avg: spread(row.n, row.avg, plan.points),
    count: spread(row.n, row.count, plan.points),
  }))
}

function spread(places: number[] | null, values: number[], points: number): (number | null)[] {
  const spreaded = new Array<number | null>(points).fill(null)
  for (const [n, place] of (places ?? []).entries()) spreaded[place] = values[n] ?? null
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
  )) as (Omit<SeriesRow, 'n'> & { at: Date; value: number })[]
  return rows.map(({ device_id, metric, instance, at, value }) => ({
    deviceId: device_id,
    metric,
    instance: instance === '' ? null : instance,
    at,
    value,
  }))
}
