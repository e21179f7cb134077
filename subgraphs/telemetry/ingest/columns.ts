import type { MetricName } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/telemetry.js'
import type { StoredColumns } from '#db/store/copy.js'

import type { Figures } from '../state/device-record.js'

/** A value of a metric of a whole device. */
export interface DeviceSample {
  deviceId: string
  at: number
  value: number
}

/** Samples of one device metric as columns. */
export const columnsOf = (metric: MetricName, samples: readonly DeviceSample[]): SampleColumns => ({
  devices: samples.map(({ deviceId }) => deviceId),
  metrics: [metric],
  instances: [],
  device: samples.map((_, n) => n),
  metric: samples.map(() => 0),
  instance: samples.map(() => -1),
  at: samples.map(({ at }) => at),
  value: samples.map(({ value }) => value),
})

/** One after the other; the dictionaries of the second are appended, so its indices move. */
export function joinColumns(a: SampleColumns, b: SampleColumns): SampleColumns {
  if (b.at.length === 0) return a
  const move = (indices: readonly number[], by: number) =>
    indices.map((index) => (index < 0 ? index : index + by))
  return {
    devices: [...a.devices, ...b.devices],
    metrics: [...a.metrics, ...b.metrics],
    instances: [...a.instances, ...b.instances],
    device: [...a.device, ...move(b.device, a.devices.length)],
    metric: [...a.metric, ...move(b.metric, a.metrics.length)],
    instance: [...a.instance, ...move(b.instance, a.instances.length)],
    at: [...a.at, ...b.at],
    value: [...a.value, ...b.value],
  }
}

/** One after the other. */
export function joinRows(a: StoredColumns, b: StoredColumns): StoredColumns {
  const series = new Int32Array(a.series.length + b.series.length)
  series.set(a.series)
  series.set(b.series, a.series.length)
  const at = new Float64Array(series.length)
  at.set(a.at)
  at.set(b.at, a.at.length)
  const value = new Float64Array(series.length)
  value.set(a.value)
  value.set(b.value, a.value.length)
  return { series, at, value }
}

const figureOf: Partial<Record<MetricName, keyof Figures>> = {
  'icmp.rtt': 'rttMs',
  'icmp.loss': 'lossRatio',
  'icmp.jitter': 'jitterMs',
  'system.cpu': 'cpuRatio',
  'system.memory': 'memoryRatio',
  'system.uptime': 'uptimeSeconds',
}

/** Newest figures of each device in a batch. */
export function figuresIn(samples: SampleColumns): Map<string, Partial<Figures>> {
  const figures = new Map<string, Partial<Figures>>()
  const newest = new Map<string, number>()
  const names = samples.metrics.map((metric) => figureOf[metric])
  for (let row = 0; row < samples.at.length; row++) {
    const name = names[samples.metric[row] ?? -1]
    if (!name) continue
    const deviceId = samples.devices[samples.device[row] ?? -1] ?? ''
    const at = samples.at[row] ?? 0
    const place = `${deviceId}${name}`
    if (at < (newest.get(place) ?? 0)) continue
    newest.set(place, at)
    const own = figures.get(deviceId) ?? {}
    own[name] = samples.value[row] ?? null
    figures.set(deviceId, own)
  }
  return figures
}
