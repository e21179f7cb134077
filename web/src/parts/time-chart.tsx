import 'uplot/dist/uPlot.min.css'

import { useEffect, useRef } from 'react'
import UPlot from 'uplot'

import { useTheme } from '../app/theme'
import { useWords } from '../texts/language'
import type { ChartLine } from './chart-lines'
import type { SeriesStore } from './series'
import { axisTexts, upperEnd } from './time-axis'
import { useWidth } from './width'

/** The window a chart shows. `live`: it ends now and moves. Times are Unix seconds. */
export type Window = { live: true; seconds: number } | { live: false; from: number; to: number }

interface TimeChartProps {
  store: SeriesStore
  lines: readonly ChartLine[]
  window: Window
  height: number
  /** Charts with the same key share their crosshair. */
  syncKey: string
  onCursor: (values: (number | null)[] | undefined, at: number | undefined) => void
  onZoom: (from: number, to: number) => void
}

/** Draws the lines of a store with uPlot, and moves with it: no React render a sample. */
export function TimeChart(props: TimeChartProps) {
  const { store, lines, window: shown, height } = props
  const { format } = useWords()
  const theme = useTheme()
  const [box, width] = useWidth<HTMLDivElement>()
  const plot = useRef<UPlot>(undefined)
  const latest = useRef(props)
  latest.current = props
  const metrics = lines.map(({ metric }) => metric).join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme, locale or set of lines needs a new plot
  useEffect(() => {
    const place = box.current
    if (!place || place.clientWidth === 0) return undefined
    const made = new UPlot(options(latest, place.clientWidth), columnsOf(latest.current), place)
    plot.current = made
    return () => {
      made.destroy()
      plot.current = undefined
    }
  }, [theme, format, metrics, width > 0])

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height })
  }, [width, height])

  useEffect(() => {
    const redraw = () => {
      const now = plot.current
      if (!now) return
      now.setData(columnsOf(latest.current), false)
      const [min, max] = edges(latest.current.window)
      now.setScale('x', { min, max })
    }
    redraw()
    const stop = store.watch(redraw)
    // Between samples a live window still moves on, once a second.
    const timer = shown.live ? setInterval(redraw, 1000) : undefined
    return () => {
      stop()
      clearInterval(timer)
    }
  }, [store, shown])

  return <div className="min-w-0" ref={box} style={{ height }} />
}

const columnsOf = ({ store, lines }: TimeChartProps): UPlot.AlignedData =>
  store.columns(lines.map(({ metric }) => metric)) as UPlot.AlignedData

function edges(window: Window): [number, number] {
  if (!window.live) return [window.from, window.to]
  const now = Date.now() / 1000
  return [now - window.seconds, now]
}

type Latest = { readonly current: TimeChartProps & { format?: never } }

function options(latest: Latest, width: number): UPlot.Options {
  const { lines, height, syncKey } = latest.current
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const format = latest.current.lines[0]?.format
  const sides = [...new Set(lines.map(({ side }) => side))]
  return {
    width,
    height,
    padding: [10, sides.includes('right') ? 0 : 12, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => edges(latest.current.window) },
      ...Object.fromEntries(
        sides.map((side) => {
          const { least = 1, most } = lines.find((line) => line.side === side) ?? {}
          return [
            side,
            { range: (_: UPlot, __: number, highest: number) => [0, upperEnd(highest ?? 0, least, most)] },
          ]
        }),
      ),
    },
    axes: [
      {
        stroke: color('ink-mute'),
        grid: { stroke: color('grid'), width: 1 },
        ticks: { show: false },
        font: '12px Inter, system-ui, sans-serif',
        space: 74,
        gap: 8,
        size: (_, values) => (values?.some((text) => text.includes('\n')) ? 44 : 28),
        // uPlot passes the distance of the marks as its fifth argument.
        values: (...[, splits, , , increment]) =>
          format ? axisTexts(splits, increment, format) : splits.map(String),
      },
      ...sides.map((side): UPlot.Axis => {
        const line = lines.find((each) => each.side === side)
        return {
          scale: side,
          side: side === 'left' ? 3 : 1,
          stroke: color('ink-mute'),
          grid: { show: side === 'left', stroke: color('grid'), width: 1 },
          ticks: { show: false },
          font: '12px Inter, system-ui, sans-serif',
          size: line?.axisWidth ?? 56,
          space: 34,
          ...(line?.binary && { incrs: [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1] }),
          values: (_, splits) => splits.map((value) => line?.show(value) ?? ''),
        }
      }),
    ],
    series: [
      {},
      ...lines.map(({ color: name, look, side }): UPlot.Series => {
        const stroke = color(name)
        return {
          scale: side,
          stroke,
          width: look === 'bars' ? 0 : 1.75,
          spanGaps: false,
          points: { show: false },
          ...(look === 'area' && { fill: (u: UPlot) => fade(u, stroke) }),
          ...(look === 'bars' && {
            fill: `color-mix(in srgb, ${stroke} 75%, transparent)`,
            paths: UPlot.paths.bars?.({ size: [0.9, 8, 2] }) ?? (() => null),
          }),
        }
      }),
    ],
    cursor: {
      sync: { key: syncKey },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, width: 2, fill: () => color('surface') },
      y: false,
    },
    hooks: { setCursor: [tellCursor(latest)], setSelect: [tellZoom(latest)] },
  }
}

/** The area under a line fades out towards the bottom. */
function fade(u: UPlot, stroke: string): CanvasGradient | string {
  const { top, height } = u.bbox
  if (!Number.isFinite(top) || height <= 0) return 'transparent'
  const gradient = u.ctx.createLinearGradient(0, top, 0, top + height)
  gradient.addColorStop(0, `${stroke}48`)
  gradient.addColorStop(1, `${stroke}05`)
  return gradient
}

const tellCursor = (latest: Latest) => (u: UPlot) => {
  const { idx } = u.cursor
  const { onCursor } = latest.current
  if (idx == null || (u.cursor.left ?? -1) < 0) return onCursor(undefined, undefined)
  return onCursor(
    u.data.slice(1).map((column) => column[idx] ?? null),
    u.data[0][idx],
  )
}

const tellZoom = (latest: Latest) => (u: UPlot) => {
  const { left, width } = u.select
  if (width < 8) return
  const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  latest.current.onZoom(Math.floor(from), Math.ceil(to))
}
