import { gapsBetween, type Measured } from './gaps'
import {
  type Answered,
  gapFactor,
  type Line,
  lineOf,
  type Part,
  put,
  trimLine,
  usualDistance,
  withGaps,
} from './series-line'
import type { Span } from './time-window'

/** Columns as uPlot draws them: null breaks a line, undefined only means "no point of this line here". */
export type Columns = [number[], ...(number | null | undefined)[][]]

/** A line's points: times in Unix seconds, and values with nulls in its gaps. */
export type Points = readonly [times: readonly number[], values: readonly (number | null)[]]

/**
 * The series of one page's charts: what the server had, and live samples as they come. Lives outside React, because
 * a chart draws each change itself. Times are Unix seconds.
 */
export class SeriesStore {
  #lines = new Map<string, Line>()
  #listeners = new Set<() => void>()

  /** Replaces a line by what the server answered, moved by `shift` seconds. */
  load(metric: string, answered: Answered, shift = 0): void {
    this.#lines.set(metric, lineOf(answered, shift))
    this.#changed()
  }

  /** Adds live samples. A sample older than the line's end is known already, and left out. */
  append(samples: readonly { metric: string; at: string; value: number }[]): void {
    let added = false
    for (const { metric, at, value } of samples) {
      const line = this.#lines.get(metric)
      if (line && put(line, Date.parse(at) / 1000, value)) added = true
    }
    if (added) this.#changed()
  }

  /** Forgets what is older than `from` (Unix seconds), so that a page left open for days does not grow. */
  trim(from: number): void {
    for (const line of this.#lines.values()) trimLine(line, from)
  }

  /** A line with nulls in its gaps; empty where there is none of that name. */
  points(metric: string, part: Part = 'value'): Points {
    const line = this.#lines.get(metric)
    return line && line.times.length > 0 ? withGaps(line, part) : [[], []]
  }

  /** Whether a line's points stand for several samples each, which differ. */
  hasExtremes(metric: string): boolean {
    const extremes = this.#lines.get(metric)?.extremes
    return extremes?.low.some((low, index) => low !== extremes.high[index]) ?? false
  }

  /** The lines of a chart side by side on one time axis. */
  columns(metrics: readonly string[]): Columns {
    return joinColumns(metrics.map((metric) => this.points(metric)))
  }

  /** From when to when a line was measured, in Unix seconds, gaps left out: where there is knowledge at all. */
  measured(metric: string): readonly Measured[] {
    const line = this.#lines.get(metric)
    if (!line) return []
    const longest = usualDistance(line) * gapFactor
    const spans: [number, number][] = []
    for (const time of line.times) {
      const last = spans.at(-1)
      if (last && time - last[1] <= longest) last[1] = time
      else spans.push([time, time])
    }
    return spans
  }

  /** Where none of the lines was measured for longer than a poll that came late. */
  gaps(metrics: readonly string[], shown: Span): Span[] {
    const lines = metrics
      .flatMap((metric) => this.#lines.get(metric) ?? [])
      .filter(({ times }) => times.length > 0)
    const usual = Math.max(1, ...lines.map(usualDistance))
    // A point stands for the time until the next one.
    const spans = metrics.flatMap((metric) =>
      this.measured(metric).map(([from, to]) => [from, to + usual] as const),
    )
    return gapsBetween(spans, shown, usual * (gapFactor - 1))
  }

  /** The newest value of a line. */
  last(metric: string): number | undefined {
    return this.#lines.get(metric)?.values.at(-1)
  }

  /** The value of a line at a time: of its nearest point, if that is no further than a gap begins. */
  valueAt(metric: string, at: number): number | null {
    const line = this.#lines.get(metric)
    if (!line || line.times.length === 0) return null
    const after = line.times.findIndex((time) => time >= at)
    const near = [after, (after === -1 ? line.times.length : after) - 1]
      .filter((index) => index >= 0)
      .map((index) => ({ index, away: Math.abs((line.times[index] ?? 0) - at) }))
      .toSorted((a, b) => a.away - b.away)[0]
    return near && near.away <= usualDistance(line) * (gapFactor - 1)
      ? (line.values[near.index] ?? null)
      : null
  }

  /** Lowest, mean, highest and last value of a line between two times; undefined without data. */
  summary(
    metric: string,
    { from, to }: Span,
  ): { min: number; avg: number; max: number; last: number } | undefined {
    const line = this.#lines.get(metric)
    if (!line) return undefined
    const { low, high } = line.extremes ?? { low: line.values, high: line.values }
    let [min, max, sum, count, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0]
    line.times.forEach((time, index) => {
      if (time < from || time > to) return
      last = line.values[index] ?? 0
      min = Math.min(min, low[index] ?? last)
      max = Math.max(max, high[index] ?? last)
      sum += last
      count++
    })
    return count === 0 ? undefined : { min, avg: sum / count, max, last }
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Lines side by side on one axis of all their times. */
export function joinColumns(lines: readonly Points[]): Columns {
  const times = [...new Set(lines.flatMap(([lineTimes]) => lineTimes))].sort((a, b) => a - b)
  const at = new Map(times.map((time, index) => [time, index]))
  const aligned = lines.map(([lineTimes, values]) => {
    const column = new Array<number | null | undefined>(times.length).fill(undefined)
    lineTimes.forEach((time, index) => {
      column[at.get(time) ?? 0] = values[index]
    })
    return column
  })
  return [times, ...aligned]
}
