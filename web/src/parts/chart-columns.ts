import type { ChartLine } from './chart-lines'
import { type Columns, joinColumns, type Points, type SeriesStore } from './series'
import type { Part } from './series-line'

/** One series of a plot: a line itself, an edge of its band, or the line as it was in the period before. */
export interface PlotSeries {
  line: ChartLine
  part: Part
  ghost: boolean
}

/**
 * The series that a chart draws, back to front: the line of the period before, the edges of bands where points stand
 * for several samples, the lines. Empty lines of the period before are left out.
 */
export function plotSeries(
  lines: readonly ChartLine[],
  store: SeriesStore,
  ghost: SeriesStore | undefined,
): PlotSeries[] {
  const before = lines.filter(({ metric }) => ghost?.last(metric) !== undefined)
  const banded = lines.filter(({ metric, look }) => look !== 'bars' && store.hasExtremes(metric))
  return [
    ...before.map((line): PlotSeries => ({ line, part: 'value', ghost: true })),
    ...banded.flatMap((line): PlotSeries[] => [
      { line, part: 'high', ghost: false },
      { line, part: 'low', ghost: false },
    ]),
    ...lines.map((line): PlotSeries => ({ line, part: 'value', ghost: false })),
  ]
}

/** Names a set of series: another one needs another plot. */
export const plotKey = (series: readonly PlotSeries[]): string =>
  series.map(({ line, part, ghost }) => `${line.metric} ${part} ${ghost}`).join()

/** The columns of those series; what is mirrored stands below zero. */
export function plotColumns(
  series: readonly PlotSeries[],
  store: SeriesStore,
  ghost: SeriesStore | undefined,
): Columns {
  return joinColumns(
    series.map((each): Points => {
      const points = (each.ghost ? ghost : store)?.points(each.line.metric, each.part) ?? [[], []]
      return each.line.mirrored ? [points[0], points[1].map((value) => value && -value)] : points
    }),
  )
}
