import { useMemo } from 'react'

import { useSamples } from '../live/samples'
import { deviceLines } from '../parts/chart-lines'
import { ChartPanel } from '../parts/chart-panel'
import { ProblemNote } from '../parts/feedback'
import { Icon } from '../parts/icon'
import { useWords } from '../texts/language'
import { AlertList } from './device-alerts'
import { AvailabilityCard } from './device-availability'
import type { DeviceSearchChange } from './device-page'
import { type DeviceSearch, rangeInput, windowOf } from './device-search'
import { useSeries } from './device-series'
import type { DeviceTabProps } from './device-tabs'
import { RangePicker } from './range-picker'

const metrics = ['icmp.rtt', 'icmp.loss', 'system.cpu', 'system.memory', 'device.up']

/** How the device has been: charts that move with the samples, availability, open alerts. */
export function DeviceOverview({ device, search, change }: DeviceTabProps) {
  const words = useWords()
  const { t } = words
  const { range, from, to } = search
  const shown = useMemo(
    () => windowOf({ ...(range && { range }), ...(from && { from }), ...(to && { to }) }),
    [range, from, to],
  )
  const { store, loading, refreshing, error, reload } = useSeries({
    of: 'device',
    id: device.id,
    metrics,
    range: rangeInput(search),
  })
  useSamples(device.id, metrics, (samples) => {
    if (!shown.live) return
    store.trim(Date.now() / 1000 - shown.seconds * 1.2)
    store.append(samples.filter(({ instance }) => instance === null))
  })
  const lines = useMemo(() => deviceLines(words), [words])
  const zoom = (start: number, end: number) => change({ from: start, to: end })
  const panel = { store, window: shown, syncKey: device.id, onZoom: zoom, loading, refreshing }
  return (
    <>
      <RangeBar change={change} live={shown.live} search={search} />
      {error !== undefined && (
        <ProblemNote className="mb-3" error={error} keeps={!loading} onRetry={reload} />
      )}
      <div className="grid gap-4 xl:grid-cols-2">
        <ChartPanel {...panel} lines={lines.rtt} testId="chart-rtt" title={t.device.chart.rtt} />
        <ChartPanel {...panel} lines={lines.load} testId="chart-load" title={t.device.chart.load} />
        <AvailabilityCard deviceId={device.id} range={rangeInput(search)} store={store} window={shown} />
        <AlertList deviceId={device.id} states={['FIRING', 'PENDING']} title={t.device.alerts.title} />
      </div>
    </>
  )
}

/** The time picker with what it means for the charts. */
export function RangeBar({
  search,
  change,
  live,
}: {
  search: DeviceSearch
  change: DeviceSearchChange
  live: boolean
}) {
  const { t } = useWords()
  return (
    <div className="mb-3 flex flex-wrap items-center justify-end gap-x-3 gap-y-2">
      <span className="hidden text-ink-mute text-xs lg:inline">{t.device.range.zoomHint}</span>
      <span className="flex items-center gap-1.5 text-ink-mute text-xs">
        {live ? (
          <span aria-hidden="true" className="size-2 animate-live rounded-full bg-up" />
        ) : (
          <Icon name="pause" size={13} />
        )}
        {live ? t.device.range.live : t.device.range.fixed}
      </span>
      <RangePicker onChange={change} search={search} />
    </div>
  )
}
