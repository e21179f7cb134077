import type { MetricName } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'
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
  const moved = (indices: ArrayLike<number>, by: number) =>
    Int32Array.from(indices, (index) => (index < 0 ? index : index + by))
  return {
    devices: [...a.devices, ...b.devices],
    metrics: [...a.metrics, ...b.metrics],
    instances: [...a.instances, ...b.instances],
    device: joined(Int32Array, a.device, moved(b.device, a.devices.length)),
    metric: joined(Int32Array, a.metric, moved(b.metric, a.metrics.length)),
    instance: joined(Int32Array, a.instance, moved(b.instance, a.instances.length)),
    at: joined(Float64Array, a.at, b.at),
    value: joined(Float64Array, a.value, b.value),
  }
}

/** One after the other. */
export const joinRows = (a: StoredColumns, b: StoredColumns): StoredColumns => ({
  series: joined(Int32Array, a.series, b.series),
  at: joined(Float64Array, a.at, b.at),
  value: joined(Float64Array, a.value, b.value),
})

function joined<Column extends Int32Array | Float64Array>(
  Numbers: new (length: number) => Column,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Column {
  const both = new Numbers(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
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
