import 'uplot/dist/uPlot.min.css'

import { type KeyboardEvent, useEffect, useRef } from 'react'
import UPlot from 'uplot'

import { useTheme } from '../app/theme'
import { nextFrame } from '../live/frame'
import { useWords } from '../texts/language'
import { plotColumns, plotKey, plotSeries } from './chart-columns'
import type { ChartCursor } from './chart-cursor'
import { chartKey } from './chart-keys'
import type { ChartLine } from './chart-lines'
import { plotOptions } from './chart-options'
import type { SeriesStore } from './series'
import { spanOf, type Window } from './time-window'
import { useWidth } from './width'

export interface TimeChartProps {
  store: SeriesStore
  /** The same lines in the period that they are compared with, moved onto this one. */
  ghost: SeriesStore | undefined
  lines: readonly ChartLine[]
  window: Window
  height: number
  /** Charts with the same key share their crosshair. */
  syncKey: string
  label: string
  cursor: ChartCursor
  onZoom: (a: number, b: number) => void
  onReset: () => void
}

const nowSeconds = () => Date.now() / 1000

/** Draws the lines of a store with uPlot, and moves with it: no React render a sample. */
export function TimeChart(props: TimeChartProps) {
  const { store, ghost, lines, window: shown, height, label } = props
  const { t, format } = useWords()
  const theme = useTheme()
  const [box, width] = useWidth<HTMLDivElement>()
  const plot = useRef<UPlot>(undefined)
  const byKey = useRef(false)
  const latest = useRef(props)
  latest.current = props
  const series = plotSeries(lines, store, ghost)
  const key = plotKey(series)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme, locale or set of series needs a new plot
  useEffect(() => {
    const place = box.current
    if (!place || place.clientWidth === 0) return undefined
    const made = new UPlot(
      plotOptions({
        lines,
        series,
        width: place.clientWidth,
        height,
        syncKey: latest.current.syncKey,
        shown: () => spanOf(latest.current.window, nowSeconds()),
        gaps: () =>
          latest.current.store.gaps(
            lines.map(({ metric }) => metric),
            spanOf(latest.current.window, nowSeconds()),
          ),
        gapText: t.device.chart.gap,
        onCursor: (u) => tellCursor(u, latest.current, byKey.current),
        onZoom: (a, b) => latest.current.onZoom(a, b),
        onReset: () => latest.current.onReset(),
      }),
      plotColumns(series, store, ghost) as UPlot.AlignedData,
      place,
    )
    plot.current = made
    return () => {
      made.destroy()
      plot.current = undefined
    }
  }, [theme, format, key, width > 0])

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height })
  }, [width, height])

  useEffect(() => {
    const move = () => {
      const { from, to } = spanOf(latest.current.window, nowSeconds())
      plot.current?.setScale('x', { min: from, max: to })
    }
    let asked = false
    const redraw = () => {
      asked = false
      const now = latest.current
      const drawn = plotSeries(now.lines, now.store, now.ghost)
      // Another set of series is drawn by the plot that React is about to make.
      if (plotKey(drawn) !== key) return
      plot.current?.batch(() => {
        plot.current?.setData(plotColumns(drawn, now.store, now.ghost) as UPlot.AlignedData, false)
        move()
      })
    }
    redraw()
    const ask = () => {
      if (!asked) nextFrame(redraw)
      asked = true
    }
    const stops = [store.watch(ask), ghost?.watch(ask)]
    // Between samples a live window moves on, whenever that is half a pixel.
    const everyMs = shown.live ? Math.max(1000, (shown.seconds / Math.max(1, width)) * 500) : undefined
    const timer = everyMs && setInterval(() => document.hidden || move(), everyMs)
    return () => {
      for (const stop of stops) stop?.()
      clearInterval(timer)
    }
  }, [store, ghost, shown, key, width])

  const point = (index: number) => {
    const [u, time] = [plot.current, plot.current?.data[0][index]]
    if (!u || time === undefined) return
    byKey.current = true
    // The third argument tells linked charts; the types of uPlot leave it out.
    const set: (at: { left: number; top: number }, fire: boolean, tell: boolean) => void = u.setCursor
    set({ left: u.valToPos(time, 'x'), top: u.bbox.height / devicePixelRatio / 2 }, true, true)
    byKey.current = false
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const u = plot.current
    if (!u || event.ctrlKey || event.metaKey || event.altKey) return
    const now = nowSeconds()
    const { onZoom, onReset } = props
    if (chartKey(u, event, { shown: spanOf(shown, now), now, onZoom, onReset, onPoint: point }))
      event.preventDefault()
  }
  return (
    <div
      aria-label={label}
      className="min-w-0 rounded outline-none focus-visible:ring-2 focus-visible:ring-accent"
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
      onKeyDown={onKeyDown}
      ref={box}
      role="application"
      style={{ height }}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move the crosshair and the window
      tabIndex={0}
    />
  )
}

/** Tells the values under the crosshair; each line's own nearest point, because lines have grids of their own. */
function tellCursor(u: UPlot, { lines, store, ghost, cursor }: TimeChartProps, byKey: boolean): void {
  const { idx, left = -1, idxs } = u.cursor
  const at = idx == null || left < 0 ? undefined : u.data[0][idx]
  if (at === undefined) {
    cursor.set(undefined)
    return
  }
  const series = plotSeries(lines, store, ghost)
  const values = lines.map((line) => {
    const place = series.findIndex((each) => each.line === line && each.part === 'value' && !each.ghost) + 1
    const index = idxs?.[place]
    const value = index == null ? null : (u.data[place]?.[index] ?? null)
    return line.mirrored && value !== null ? Math.abs(value) : value
  })
  cursor.set({ at, values, byKey })
}
