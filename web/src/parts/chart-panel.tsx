import { lazy, Suspense, useState } from 'react'

import { useWords } from '../texts/language'
import { IconButton } from './button'
import { ChartCursor } from './chart-cursor'
import { ChartLegend } from './chart-legend'
import type { ChartLine } from './chart-lines'
import { ChartTable } from './chart-table'
import { RefetchBar, Skeleton } from './feedback'
import type { SeriesStore } from './series'
import type { Window } from './time-window'

const TimeChart = lazy(() => import('./time-chart').then(({ TimeChart }) => ({ default: TimeChart })))

/** What the linked charts of a page share. */
export interface LinkedCharts {
  store: SeriesStore
  ghost: SeriesStore | undefined
  /** What the dashed lines are called, where there are some. */
  before: string | undefined
  window: Window
  syncKey: string
  onZoom: (a: number, b: number) => void
  onReset: () => void
  /** Nothing has been loaded yet. */
  loading: boolean
  refreshing: boolean
}

interface ChartPanelProps {
  title: string
  charts: LinkedCharts
  lines: readonly ChartLine[]
  testId: string
  height?: number
}

/** A chart with its legend, and the same data as a table for whoever cannot see it. */
export function ChartPanel({ title, charts, lines, testId, height = 190 }: ChartPanelProps) {
  const { store, ghost, before, window: shown, loading, refreshing, ...linked } = charts
  const { t, fill } = useWords()
  const [asTable, setAsTable] = useState(false)
  const [cursor] = useState(() => new ChartCursor())
  return (
    <figure
      aria-label={fill(t.device.chart.describe, { title })}
      className="card relative flex min-w-0 flex-col"
      data-testid={testId}
    >
      <RefetchBar active={refreshing} />
      <figcaption className="flex items-center gap-x-4 py-1.5 pr-2 pl-4">
        <h2 className="flex-1 font-semibold text-[15px]">{title}</h2>
        <IconButton
          aria-pressed={asTable}
          icon={asTable ? 'chart' : 'table'}
          label={asTable ? t.device.chart.chart : t.device.chart.table}
          onClick={() => setAsTable(!asTable)}
        />
      </figcaption>
      {loading && <Skeleton className="mx-4 mb-4 h-[190px]" />}
      {!loading && asTable && (
        <ChartTable height={height + 70} lines={lines} store={store} title={title} window={shown} />
      )}
      {!loading && !asTable && (
        <>
          <div className="relative px-1">
            <Suspense fallback={<Skeleton className="mx-3 mb-3 h-[190px]" />}>
              <TimeChart
                cursor={cursor}
                ghost={ghost}
                height={height}
                label={fill(t.device.chart.keys, { title })}
                lines={lines}
                store={store}
                window={shown}
                {...linked}
              />
            </Suspense>
          </div>
          <ChartLegend
            before={before}
            cursor={cursor}
            ghost={ghost}
            lines={lines}
            store={store}
            window={shown}
          />
        </>
      )}
    </figure>
  )
}
