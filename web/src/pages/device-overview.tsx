import { useMemo } from 'react'

import { deviceLines } from '../parts/chart-lines'
import { ChartPanel } from '../parts/chart-panel'
import { ProblemNote } from '../parts/feedback'
import { useWords } from '../texts/language'
import { rangeInput } from './chart-search'
import { AlertList } from './device-alerts'
import { AvailabilityCard } from './device-availability'
import { DeviceNeighbors } from './device-neighbors'
import type { DeviceTabProps } from './device-tabs'
import { useLinkedCharts } from './linked-charts'
import { RangeBar } from './range-bar'

/** How the device has been: when it was reachable, charts that move with the samples, open alerts. */
export function DeviceOverview({ device, search, change }: DeviceTabProps) {
  const words = useWords()
  const { chart, alerts } = words.t.device
  const lines = useMemo(() => deviceLines(words), [words])
  const { charts, error, reload, live } = useLinkedCharts({
    of: 'device',
    id: device.id,
    deviceId: device.id,
    metrics,
    search,
    change,
  })
  return (
    <>
      <RangeBar change={change} live={live} search={search} />
      {error !== undefined && (
        <ProblemNote className="mb-3" error={error} keeps={!charts.loading} onRetry={reload} />
      )}
      <div className="grid gap-4 xl:grid-cols-2">
        <AvailabilityCard deviceId={device.id} range={rangeInput(search)} window={charts.window} />
        <ChartPanel charts={charts} lines={lines.rtt} testId="chart-rtt" title={chart.rtt} />
        <ChartPanel charts={charts} lines={lines.load} testId="chart-load" title={chart.load} />
        <ChartPanel charts={charts} lines={lines.response} testId="chart-response" title={chart.response} />
        <ChartPanel charts={charts} lines={lines.uptime} testId="chart-uptime" title={chart.uptime} />
        <div className="xl:col-span-2">
          <AlertList deviceId={device.id} states={['FIRING', 'PENDING']} title={alerts.title} />
        </div>
        <DeviceNeighbors device={device} />
      </div>
    </>
  )
}

const metrics = [
  'icmp.rtt',
  'icmp.jitter',
  'icmp.loss',
  'system.cpu',
  'system.memory',
  'snmp.response',
  'system.uptime',
]
