import { useMemo } from 'react'

import type { Port } from '../live/interface-figures'
import { useSamples } from '../live/samples'
import { IconButton } from '../parts/button'
import { interfaceLines } from '../parts/chart-lines'
import { ChartPanel } from '../parts/chart-panel'
import { ProblemNote } from '../parts/feedback'
import { useWords } from '../texts/language'
import { RangeBar } from './device-overview'
import type { DeviceSearchChange } from './device-page'
import { type DeviceSearch, rangeInput, windowOf } from './device-search'
import { useSeries } from './device-series'

interface PortChartsProps {
  deviceId: string
  port: Port
  search: DeviceSearch
  change: DeviceSearchChange
}

const metrics = ['if.in.bps', 'if.out.bps', 'if.in.errors', 'if.in.discards', 'if.out.discards']

/** The history of one port: traffic, and what went wrong with it. */
export function PortCharts({ deviceId, port, search, change }: PortChartsProps) {
  const words = useWords()
  const { t, fill, format } = words
  const { range, from, to } = search
  const shown = useMemo(
    () => windowOf({ ...(range && { range }), ...(from && { from }), ...(to && { to }) }),
    [range, from, to],
  )
  const { store, loading, refreshing, error, reload } = useSeries({
    of: 'interface',
    id: port.id,
    metrics,
    range: rangeInput(search),
  })
  useSamples(deviceId, metrics, (samples) => {
    if (!shown.live) return
    store.trim(Date.now() / 1000 - shown.seconds * 1.2)
    store.append(samples.filter(({ instance }) => instance === port.id))
  })
  const lines = useMemo(() => interfaceLines(words), [words])
  const panel = {
    store,
    window: shown,
    syncKey: port.id,
    loading,
    refreshing,
    onZoom: (start: number, end: number) => change({ from: start, to: end }),
  }
  return (
    <section aria-label={port.name} className="mb-4">
      <header className="mb-2 flex flex-wrap items-center gap-x-3">
        <h2 className="font-semibold text-base">{port.name}</h2>
        <p className="text-ink-mute text-sm">
          {[port.alias, port.speedBps && format.bits(Number(port.speedBps)), port.mac]
            .filter(Boolean)
            .join(' · ')}
        </p>
        <IconButton
          className="ml-auto"
          icon="close"
          label={fill(t.device.interfaces.close, { name: port.name })}
          onClick={() => change({ port: undefined })}
        />
      </header>
      <RangeBar change={change} live={shown.live} search={search} />
      {error !== undefined && (
        <ProblemNote className="mb-3" error={error} keeps={!loading} onRetry={reload} />
      )}
      <div className="grid gap-4 xl:grid-cols-2">
        <ChartPanel
          {...panel}
          height={190}
          lines={lines.traffic}
          testId="chart-traffic"
          title={t.device.chart.traffic}
        />
        <ChartPanel
          {...panel}
          height={190}
          lines={lines.faults}
          testId="chart-faults"
          title={t.device.chart.faults}
        />
      </div>
    </section>
  )
}
