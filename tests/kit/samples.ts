import type { MetricName } from '#core/contract/metrics.js'
import type { SampleColumns } from '#core/contract/samples.js'

/** One sample as a test writes it down. */
export interface Row {
  deviceId: string
  metric?: MetricName
  instance?: string | null
  at: number
  value: number
}

/** Rows as the columns that a collector sends. */
export const columns = (rows: readonly Row[]): SampleColumns => {
  const devices = [...new Set(rows.map((row) => row.deviceId))]
  const metrics = [...new Set(rows.map((row) => row.metric ?? 'icmp.rtt'))] as MetricName[]
  const instances = [...new Set(rows.flatMap((row) => row.instance ?? []))]
  return {
    devices,
    metrics,
    instances,
    device: rows.map((row) => devices.indexOf(row.deviceId)),
    metric: rows.map((row) => metrics.indexOf(row.metric ?? 'icmp.rtt')),
    instance: rows.map((row) => (row.instance ? instances.indexOf(row.instance) : -1)),
    at: rows.map((row) => row.at),
    value: rows.map((row) => row.value),
  }
}
