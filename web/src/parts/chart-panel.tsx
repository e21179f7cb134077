import { lazy, Suspense, useEffect, useReducer, useState } from 'react'

import { useWords } from '../texts/language'
import { IconButton } from './button'
import type { ChartLine } from './chart-lines'
import { ChartTable } from './chart-table'
import { useNow } from './clock'
import { cx } from './cx'
import { RefetchBar, Skeleton } from './feedback'
import type { SeriesStore } from './series'
import type { Window } from './time-chart'

const TimeChart = lazy(() => import('./time-chart').then(({ TimeChart }) => ({ default: TimeChart })))

interface ChartPanelProps {
  title: string
  store: SeriesStore
  lines: readonly ChartLine[]
  window: Window
  syncKey: string
  onZoom: (from: number, to: number) => void
  /** Nothing has been loaded yet. */
  loading: boolean
  refreshing: boolean
  testId: string
  bare?: boolean
  height?: number
}

/** A chart with its legend of current values, and the same data as a table for whoever cannot see it. */
export function ChartPanel(props: ChartPanelProps) {
  const {
    title,
    store,
    lines,
    window: shown,
    syncKey,
    onZoom,
    loading,
    refreshing,
    testId,
    bare,
    height = 210,
  } = props
  const { t, fill } = useWords()
  const [asTable, setAsTable] = useState(false)
  const [cursor, setCursor] = useState<{ values: (number | null)[]; at: number }>()
  useRedrawWith(store)
  const hasData = lines.some(({ metric }) => store.last(metric) !== undefined)

  return (
    <figure
      aria-label={fill(t.device.chart.describe, { title })}
      className={cx('relative flex min-w-0 flex-col', !bare && 'card')}
      data-testid={testId}
    >
      <RefetchBar active={refreshing} />
      <figcaption className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 pr-2 pl-4">
        <span className="font-semibold text-[15px] max-sm:flex-1">{title}</span>
        <Legend cursor={cursor} lines={lines} store={store} window={shown} />
        <IconButton
          aria-pressed={asTable}
          icon={asTable ? 'chart' : 'table'}
          label={asTable ? t.device.chart.chart : t.device.chart.table}
          onClick={() => setAsTable(!asTable)}
        />
      </figcaption>
      {loading && <Skeleton className="mx-4 mb-4 h-[190px]" />}
      {!loading && asTable && (
        <ChartTable height={height} lines={lines} store={store} title={title} window={shown} />
      )}
      {!loading && !asTable && (
        <div className="relative px-1 pb-1">
          <Summary lines={lines} store={store} window={shown} />
          <Suspense fallback={<Skeleton className="mx-3 mb-3 h-[190px]" />}>
            <TimeChart
              height={height}
              lines={lines}
              onCursor={(values, at) => setCursor(values && at !== undefined ? { values, at } : undefined)}
              onZoom={onZoom}
              store={store}
              syncKey={syncKey}
              window={shown}
            />
          </Suspense>
          {!hasData && (
            <p className="pointer-events-none absolute inset-0 flex items-center justify-center text-ink-mute text-sm">
              {t.device.chart.noData}
            </p>
          )}
        </div>
      )}
    </figure>
  )
}

/** Renders again when the store has changed: for the legend, at most every half second. */
function useRedrawWith(store: SeriesStore): void {
  const [, redraw] = useReducer((n: number) => n + 1, 0)
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined
    const stop = store.watch(() => {
      waiting ??= setTimeout(() => {
        waiting = undefined
        redraw()
      }, 500)
    })
    return () => {
      stop()
      clearTimeout(waiting)
    }
  }, [store])
}

interface LegendProps {
  lines: readonly ChartLine[]
  store: SeriesStore
  window: Window
  cursor: { values: (number | null)[]; at: number } | undefined
}

/** The values under the crosshair, else the newest ones. */
function Legend({ lines, store, window: shown, cursor }: LegendProps) {
  const { t, format } = useWords()
  const at =
    cursor &&
    (shown.live && shown.seconds > 86_400
      ? format.full(cursor.at * 1000)
      : format.timeSeconds(cursor.at * 1000))
  return (
    <ul className="num flex flex-1 flex-wrap items-center gap-x-4 gap-y-0.5 text-[13px] max-sm:order-last max-sm:basis-full sm:justify-end">
      <li className="text-ink-mute text-xs">{at ?? t.device.chart.now}</li>
      {lines.map(({ metric, label, color, look, show }, index) => (
        <li className="flex items-center gap-1.5" key={metric}>
          <span
            aria-hidden="true"
            className={cx(
              'w-3 rounded-sm',
              look === 'line' ? 'h-[3px]' : 'h-2.5',
              look === 'bars' && 'w-1.5',
            )}
            style={{ background: `var(--${color})` }}
          />
          <span className="text-ink-mute">{label}</span>
          <span className="min-w-14 font-medium">
            {show(cursor ? cursor.values[index] : store.last(metric))}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** What the chart shows, in words, for screen readers; once a minute, not once a sample. */
function Summary({
  lines,
  store,
  window: shown,
}: {
  lines: readonly ChartLine[]
  store: SeriesStore
  window: Window
}) {
  const { t, fill } = useWords()
  const now = useNow(60) / 1000
  const from = shown.live ? now - shown.seconds : shown.from
  return (
    <p className="sr-only">
      {lines
        .map(({ metric, label, show }) => {
          const found = store.summary(metric, from)
          if (!found) return `${label}: ${t.device.chart.gap}.`
          return fill(t.device.chart.summary, {
            name: label,
            last: show(store.last(metric)),
            min: show(found.min),
            avg: show(found.avg),
            max: show(found.max),
          })
        })
        .join(' ')}
    </p>
  )
}
