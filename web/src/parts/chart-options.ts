import UPlot from 'uplot'

import type { PlotSeries } from './chart-columns'
import type { ChartLine } from './chart-lines'
import { drawGaps, drawZero } from './chart-marks'
import { axisTexts, upperEnd } from './time-axis'
import type { Span } from './time-window'

export interface PlotParts {
  lines: readonly ChartLine[]
  series: readonly PlotSeries[]
  width: number
  height: number
  /** Charts with the same key share their crosshair. */
  syncKey: string
  /** What is shown now, in Unix seconds. */
  shown: () => Span
  gaps: () => readonly Span[]
  /** Words on a gap that has room for them. */
  gapText: string
  onCursor: (u: UPlot) => void
  onZoom: (a: number, b: number) => void
  onReset: () => void
}

const font = '12px Inter, system-ui, sans-serif'
/** How far the crosshair reaches for a point, in px. */
const reach = 30

/** What uPlot needs to draw these series in the colours of the theme. */
export function plotOptions(parts: PlotParts): UPlot.Options {
  const { lines, series, width, height, syncKey, shown, onCursor, onZoom, onReset } = parts
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const sides = [...new Set(lines.map(({ side }) => side))]
  const isMirrored = lines.some(({ mirrored }) => mirrored)
  return {
    width,
    height,
    padding: [10, sides.includes('right') ? 0 : 12, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [shown().from, shown().to] },
      ...Object.fromEntries(sides.map((side) => [side, scaleOf(lines.filter((line) => line.side === side))])),
    },
    axes: [
      {
        stroke: color('ink-mute'),
        grid: { stroke: color('grid'), width: 1 },
        ticks: { show: false },
        font,
        space: 74,
        gap: 8,
        size: (_, values) => (values?.some((text) => text.includes('\n')) ? 44 : 28),
        // uPlot passes the distance of the marks as its fifth argument.
        values: (...[, splits, , , increment]) =>
          lines[0] ? axisTexts(splits, increment, lines[0].format) : splits.map(String),
      },
      ...sides.map((side) =>
        valueAxis(
          side,
          lines.find((line) => line.side === side),
          color,
        ),
      ),
    ],
    series: [{}, ...series.map((each) => seriesOf(each, color))],
    bands: bandsOf(series, color),
    cursor: {
      sync: { key: syncKey },
      drag: { x: true, y: false, setScale: false },
      hover: { prox: reach },
      points: {
        size: (_, index) => (series[index - 1]?.part !== 'value' ? 0 : series[index - 1]?.ghost ? 5 : 7),
        width: 2,
        fill: () => color('surface'),
      },
      y: false,
      // The types want an answer of every handler.
      bind: { dblclick: () => () => onReset() as undefined as never },
    },
    hooks: {
      drawClear: [(u) => drawGaps(u, { gaps: parts.gaps(), text: parts.gapText, ink: color('ink-mute') })],
      draw: isMirrored ? [(u) => drawZero(u, color('ink-mute'))] : [],
      setCursor: [onCursor],
      setSelect: [(u) => select(u, onZoom)],
    },
  }
}

/** Starts at zero, or lies on both sides of it where lines are mirrored. */
function scaleOf(lines: readonly ChartLine[]): UPlot.Scale {
  const { least = 1, most } = lines[0] ?? {}
  const lowest = lines.some(({ mirrored }) => mirrored)
    ? (low: number | null) => -upperEnd(-(low ?? 0), least, most)
    : () => 0
  return {
    range: (_, low: number | null, high: number | null) => [lowest(low), upperEnd(high ?? 0, least, most)],
  }
}

function valueAxis(
  side: ChartLine['side'],
  line: ChartLine | undefined,
  color: (name: string) => string,
): UPlot.Axis {
  return {
    scale: side,
    side: side === 'left' ? 3 : 1,
    stroke: color('ink-mute'),
    grid: { show: side === 'left', stroke: color('grid'), width: 1 },
    ticks: { show: false },
    font,
    size: line?.axisWidth ?? 56,
    space: 28,
    ...(line?.increments && { incrs: [...line.increments] }),
    values: (_, splits) => splits.map((value) => line?.show(Math.abs(value)) ?? ''),
  }
}

function seriesOf({ line, part, ghost }: PlotSeries, color: (name: string) => string): UPlot.Series {
  const stroke = color(line.color)
  const base = { scale: line.side, spanGaps: false, points: { show: false } }
  if (part !== 'value') return { ...base, width: 0 }
  if (ghost) return { ...base, stroke: mix(stroke, 65), width: 1.25, dash: [5, 4] }
  if (line.look === 'bars') {
    const paths = UPlot.paths.bars?.({ size: [0.9, 8, 2] }) ?? (() => null)
    return { ...base, stroke, width: 0, fill: mix(stroke, 75), paths }
  }
  if (line.look === 'line') return { ...base, stroke, width: 1.75 }
  return {
    ...base,
    stroke,
    width: 1.75,
    fill: (u: UPlot) => (line.mirrored ? mix(stroke, 16) : fade(u, stroke)),
  }
}

/** Between the lowest and the highest samples that a point stands for. */
function bandsOf(series: readonly PlotSeries[], color: (name: string) => string): UPlot.Band[] {
  return series.flatMap(({ line, part }, index): UPlot.Band[] => {
    if (part !== 'high') return []
    // The edges follow one another, and the x axis is series 0. Mirrored, the lowest sample is the upper edge.
    const [high, low] = [index + 1, index + 2]
    return [{ series: line.mirrored ? [low, high] : [high, low], fill: mix(color(line.color), 22) }]
  })
}

const mix = (color: string, percent: number) => `color-mix(in srgb, ${color} ${percent}%, transparent)`

/** The area under a line fades out towards the bottom. */
function fade(u: UPlot, stroke: string): CanvasGradient | string {
  const { top, height } = u.bbox
  if (!Number.isFinite(top) || height <= 0) return 'transparent'
  const gradient = u.ctx.createLinearGradient(0, top, 0, top + height)
  gradient.addColorStop(0, `${stroke}48`)
  gradient.addColorStop(1, `${stroke}05`)
  return gradient
}

/** A selection is drawn over every linked chart; only the one that the mouse is on speaks. */
function select(u: UPlot, onZoom: (a: number, b: number) => void): void {
  const { left, width } = u.select
  if (width === 0) return
  const [a, b] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  if (u.cursor.event && width >= 8) onZoom(a, b)
}
