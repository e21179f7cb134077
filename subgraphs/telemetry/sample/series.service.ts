import * as z from 'zod'

import type { MetricName } from '#core/contract/metrics.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { batched, type RequestContext } from '#core/service/request.js'
import type { DataSource } from '#db/source.js'
import type { AggregateName, SeriesSelection } from '#db/store/query.js'
import type { Store } from '#db/store/store.js'

import { type TimeRange, type TimeRangeInput, timeRange } from '../time-range.js'
import { Aggregate, type DatedSeries, dated, knownMetrics, stored } from './series.js'

export interface SeriesArgs {
  metrics: string[]
  range: TimeRangeInput
  step: number | null
  maxPoints: number
  aggregate: Aggregate[]
}

const pointsMax = 5000
/** A step this much longer than the poll interval holds a sample even when polls come a little late. */
const slack = 1.25

/** Series of devices, interfaces and sensors. All that one request asks with the same arguments is read with one statement. */
export interface SeriesReader {
  /** @throws SotpError BAD_USER_INPUT naming the argument. */
  of(of: SeriesOwner, context: RequestContext, id: string, args: SeriesArgs): Promise<DatedSeries[]>
}
export type SeriesOwner = 'device' | 'interface' | 'sensor'

/** Of a port or a sensor there are only metrics of its kind. */
const scopeOf = { device: undefined, interface: 'INTERFACE', sensor: 'SENSOR' } as const

interface Asked {
  metrics: MetricName[]
  range: TimeRange
  step: number | undefined
  maxPoints: number
  aggregates: AggregateName[]
}

/** Made once: a request asks for many devices, and each has its arguments looked at. */
const shapes = {
  maxPoints: z.int().min(2).max(pointsMax),
  step: z.int().min(1).max(31_536_000).nullish(),
  aggregate: z.array(z.enum(Aggregate)).min(1),
}

/** @throws SotpError BAD_USER_INPUT naming the argument. */
function check(args: SeriesArgs, metrics: MetricName[]): Asked {
  const range = timeRange(args.range, Date.now())
  const maxPoints = parseInput(shapes.maxPoints, args.maxPoints, 'maxPoints')
  const step = parseInput(shapes.step, args.step, 'step') ?? undefined
  if (step !== undefined && (range.to - range.from) / 1000 / step > pointsMax)
    throw new SotpError('BAD_USER_INPUT', {
      message: `step: makes more than ${pointsMax} points; choose a longer one`,
      field: 'step',
    })
  const aggregates = stored(parseInput(shapes.aggregate, args.aggregate, 'aggregate'))
  return { metrics, range, step, maxPoints, aggregates }
}

export function openSeriesReader(source: DataSource, store: Store): SeriesReader {
  const watchedBy = {
    device: 'SELECT monitoring FROM device WHERE id = ANY($1::uuid[])',
    interface: `SELECT monitoring FROM device WHERE id IN (SELECT device_id FROM interface_state WHERE id = ANY($1::text[]))`,
    sensor: `SELECT monitoring FROM device WHERE id IN (SELECT device_id FROM sensor_state WHERE id = ANY($1::text[]))`,
  }

  /** The longest poll interval among them: with shorter steps every other point would be empty. */
  async function minStep(of: SeriesOwner, ids: readonly string[], metrics: readonly MetricName[]) {
    const [row] = (await source.query(
      `SELECT max((monitoring->'icmp'->>'intervalSeconds')::int) AS icmp,
         max((monitoring->'snmp'->>'intervalSeconds')::int) AS snmp FROM (${watchedBy[of]}) AS d`,
      [ids],
    )) as { icmp: number | null; snmp: number | null }[]
    const isPing = (metric: MetricName) => metric.startsWith('icmp.') || metric === 'device.up'
    const intervals = metrics.map((metric) => (isPing(metric) ? row?.icmp : row?.snmp) ?? 1)
    return Math.max(...intervals) * slack
  }

  async function read(
    of: SeriesOwner,
    ids: readonly string[],
    { metrics, range, step, maxPoints, aggregates }: Asked,
  ): Promise<DatedSeries[]> {
    const selection: SeriesSelection = {
      metrics,
      ...(of === 'device' ? { deviceIds: ids } : { instances: ids }),
    }
    const minStepSeconds = step === undefined ? await minStep(of, ids, metrics) : undefined
    const found = await store.querySeries(selection, {
      ...range,
      stepSeconds: step,
      maxPoints,
      minStepSeconds,
      aggregates,
    })
    const order = (metric: MetricName) => metrics.indexOf(metric)
    return dated(found.sort((a, b) => order(a.metric) - order(b.metric)))
  }

  const load = (of: SeriesOwner, context: RequestContext, args: SeriesArgs, asked: Asked) =>
    batched(context, `telemetry.series ${of} ${JSON.stringify(args)}`, async (ids: string[]) => {
      const series = await read(of, ids, asked)
      const own = new Map<string, DatedSeries[]>(ids.map((id) => [id, []]))
      for (const one of series) own.get(of === 'device' ? one.deviceId : (one.instance ?? ''))?.push(one)
      return own
    })

  return {
    async of(of, context, id, args) {
      const asked = check(args, knownMetrics(args.metrics, scopeOf[of]))
      return (await load(of, context, args, asked)(id)) ?? []
    },
  }
}
