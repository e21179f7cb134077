import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'
import { type MetricName, metricKind, metricScope, metrics } from '#core/contract/metrics.js'
import { Requires } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { PlainList } from '#core/service/plain-lists.js'
import { type AggregateName, aggregates as aggregateNames, type SeriesPoints } from '#db/store/query.js'

export const MetricKind = metricKind.enum
export type MetricKind = keyof typeof MetricKind
registerEnumType(MetricKind, {
  name: 'MetricKind',
  description: 'What the values of a metric are.',
  valuesConfig: {
    GAUGE: { description: 'A level, as it was at that time.' },
    RATE: { description: 'A change per second since the poll before.' },
    STATE: { description: '1 or 0; of a sensor 0, 1 or 2.' },
  },
})
export const MetricScope = metricScope.enum
export type MetricScope = keyof typeof MetricScope
registerEnumType(MetricScope, {
  name: 'MetricScope',
  description: 'What a metric is measured of.',
  valuesConfig: {
    DEVICE: { description: 'Of a whole device.' },
    INTERFACE: { description: 'Of each interface.' },
    SENSOR: { description: 'Of each sensor.' },
  },
})
export enum Aggregate {
  MIN = 'MIN',
  AVG = 'AVG',
  MAX = 'MAX',
  P95 = 'P95',
  LAST = 'LAST',
  COUNT = 'COUNT',
}
registerEnumType(Aggregate, {
  name: 'Aggregate',
  description: 'How the samples of one step become one point.',
  valuesConfig: {
    MIN: { description: 'The smallest.' },
    AVG: { description: 'Their mean.' },
    MAX: { description: 'The largest.' },
    P95: {
      description:
        'Their 95th percentile, interpolated. Where samples are no longer kept back to the begin of the range, the percentile of 5-minute means.',
    },
    LAST: { description: 'The newest.' },
    COUNT: { description: 'How many there are.' },
  },
})

@ObjectType({ description: 'A metric that SOTP stores.' })
@Requires('telemetry.read')
export class MetricDefinition {
  @Field(() => String, { description: 'Its name, as `series` takes it.' }) name!: string
  @Field(() => String, { description: 'Its unit; a ratio is 0 to 1.' }) unit!: string
  @Field(() => MetricKind, { description: 'What its values are.' }) kind!: MetricKind
  @Field(() => String, { description: 'What it tells.' }) description!: string
  @Field(() => MetricScope, { description: 'What it is measured of.' }) scope!: MetricScope
}

@ObjectType({ description: 'One point of a series.' })
@Directive('@cost(weight: 0)')
@Requires('telemetry.read')
export class Point {
  @Field(() => Date, { description: 'Begin of its step.' }) at!: Date
  @Field(() => Float, { nullable: true, description: 'Null: no sample was stored in this step.' })
  value!: number | null
}

@ObjectType({ description: 'One metric over time, on an even grid.' })
@Requires('telemetry.read')
export class Series {
  @Field(() => String, { description: 'The name of the metric.' }) metric!: string
  @Field(() => String, {
    nullable: true,
    description: 'The id of the interface or sensor; null: of the whole device.',
  })
  instance!: string | null
  @Field(() => String, { description: 'The unit of the values.' }) unit!: string
  @Field(() => Int, { description: 'Seconds between two points.' }) step!: number
  @Field(() => Aggregate, { description: 'How the samples of a step became a point.' }) aggregate!: Aggregate
  @Directive('@listSize(assumedSize: 500)')
  @PlainList()
  @Field(() => [Point], { description: 'The points, oldest first, none left out.' })
  points!: Point[]
}

@ObjectType({ description: 'One sample as it was stored.' })
@Requires('telemetry.read')
export class Sample {
  @Field(() => String, { description: 'The name of the metric.' }) metric!: string
  @Field(() => String, {
    nullable: true,
    description: 'The id of the interface or sensor; null: of the whole device.',
  })
  instance!: string | null
  @Field(() => Date, { description: 'When it was measured.' }) at!: Date
  @Field(() => Float, { description: 'What was measured.' }) value!: number
}

@ObjectType({ description: 'Samples of one device that were stored together.' })
@Requires('telemetry.read')
export class SampleBatch {
  @Field(() => ID, { description: 'The id of the device.' }) deviceId!: string
  @Directive('@listSize(assumedSize: 50)')
  @Field(() => [Sample], { description: 'The samples.' })
  samples!: Sample[]
  @Field(() => String, { description: 'Give it as `after` to go on behind this batch.' }) cursor!: string
}

const namesMax = 32
const metricNames = z.array(z.string()).min(1).max(namesMax)
const articles = { DEVICE: 'a device', INTERFACE: 'an interface', SENSOR: 'a sensor' }

/** @throws SotpError BAD_USER_INPUT naming a metric that does not exist, or is not measured of `scope`. */
export function knownMetrics(names: readonly string[], scope?: MetricScope): MetricName[] {
  parseInput(metricNames, names, 'metrics')
  return [...new Set(names)].map((name) => {
    if (!Object.hasOwn(metrics, name)) bad(`there is no metric "${name}"; metricCatalog lists them`)
    const metric = name as MetricName
    if (scope && metrics[metric].scope !== scope) bad(`"${name}" is not measured of ${articles[scope]}`)
    return metric
  })
}

function bad(message: string): never {
  throw new SotpError('BAD_USER_INPUT', { message: `metrics: ${message}`, field: 'metrics' })
}

const storedAs: Readonly<Record<Aggregate, AggregateName>> = {
  MIN: 'min',
  AVG: 'avg',
  MAX: 'max',
  P95: 'p95',
  LAST: 'last',
  COUNT: 'count',
}

/** What the store is asked for. */
export const stored = (wanted: readonly Aggregate[]): AggregateName[] => wanted.map((one) => storedAs[one])

/** A series with the begin of each of its points; the dates are the same for all that were read together. */
export interface DatedSeries extends SeriesPoints {
  times: readonly Date[]
}

/** The series of one statement, which are on one grid, with its dates. */
export function dated(found: readonly SeriesPoints[]): DatedSeries[] {
  const [first] = found
  if (!first) return []
  const { from, stepSeconds } = first
  const points = aggregateNames.map((name) => first[name]?.length ?? 0)
  const times = Array.from({ length: Math.max(...points) }, (_, n) => new Date(from + n * stepSeconds * 1000))
  return found.map((one) => ({ ...one, times }))
}

/** One series for each aggregate asked for. */
export const shownSeries = (found: DatedSeries, aggregates: readonly Aggregate[]): Series[] =>
  aggregates.map((aggregate) =>
    Object.assign(new Series(), {
      metric: found.metric,
      instance: found.instance,
      unit: aggregate === Aggregate.COUNT ? '1' : metrics[found.metric].unit,
      step: found.stepSeconds,
      aggregate,
      points: pointsOf(found.times, found[storedAs[aggregate]] ?? []),
    }),
  )

const pointsOf = (times: readonly Date[], values: readonly (number | null)[]): Point[] =>
  times.map((at, n) => ({ at, value: values[n] ?? null }))
