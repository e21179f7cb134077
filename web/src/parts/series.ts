/** One sample: `at` is RFC 3339; null is a bucket without data. */
export interface SeriesPoint {
  at: string
  value: number | null
}

interface Line {
  /** Unix seconds, ascending, and the values at them; buckets without data are absent. */
  times: number[]
  values: number[]
  /** Width of a bucket in seconds. */
  step: number
  /** How many live samples the last bucket holds: its value is their mean. */
  inLast: number
}

/** Columns as uPlot draws them: null breaks a line, undefined only means "no point of this line here". */
export type Columns = [number[], ...(number | null | undefined)[][]]

/** A longer silence than this many usual distances is a gap. Below it, it is jitter against the bucket's edges. */
const gapFactor = 2.2

/**
 * The series of one chart panel: what the server had, and live samples as they come. Lives outside React, because
 * a chart draws each change itself. Times are Unix seconds.
 */
export class SeriesStore {
  #lines = new Map<string, Line>()
  #listeners = new Set<() => void>()

  /** Replaces a line by what the server answered. */
  load(metric: string, step: number, points: readonly SeriesPoint[]): void {
    const known = points.filter((point): point is SeriesPoint & { value: number } => point.value !== null)
    this.#lines.set(metric, {
      times: known.map(({ at }) => Date.parse(at) / 1000),
      values: known.map(({ value }) => value),
      step: Math.max(1, step),
      inLast: 1,
    })
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
    for (const line of this.#lines.values()) {
      const first = line.times.findIndex((time) => time >= from)
      const drop = first === -1 ? line.times.length : first
      // A few points before the edge keep the line running out of the left side.
      if (drop > 64) {
        line.times.splice(0, drop - 1)
        line.values.splice(0, drop - 1)
      }
    }
  }

  /** The lines of a chart side by side on one time axis. */
  columns(metrics: readonly string[]): Columns {
    const lines = metrics.map((metric) => withGaps(this.#lines.get(metric)))
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

  /** From when to when a line was measured, in Unix seconds, gaps left out: where there is knowledge at all. */
  measured(metric: string): readonly (readonly [from: number, to: number])[] {
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

  /** The newest value of a line. */
  last(metric: string): number | undefined {
    return this.#lines.get(metric)?.values.at(-1)
  }

  /** Lowest, mean and highest value from `from` on (Unix seconds); undefined without data. */
  summary(metric: string, from: number): { min: number; avg: number; max: number } | undefined {
    const line = this.#lines.get(metric)
    const values = line?.values.filter((_, index) => (line.times[index] ?? 0) >= from) ?? []
    if (values.length === 0) return undefined
    const sum = values.reduce((total, value) => total + value, 0)
    return { min: Math.min(...values), avg: sum / values.length, max: Math.max(...values) }
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function put(line: Line, time: number, value: number): boolean {
  const bucket = Math.floor(time / line.step) * line.step
  const last = line.times.at(-1)
  if (last !== undefined && bucket < Math.floor(last / line.step) * line.step) return false
  if (last !== undefined && bucket === Math.floor(last / line.step) * line.step) {
    const before = line.values.at(-1) ?? 0
    line.values[line.values.length - 1] = before + (value - before) / ++line.inLast
    return true
  }
  line.times.push(bucket)
  line.values.push(value)
  line.inLast = 1
  return true
}

/** A line's points with a null in the middle of each gap. */
function withGaps(line: Line | undefined): [number[], (number | null)[]] {
  if (!line || line.times.length === 0) return [[], []]
  const longest = usualDistance(line) * gapFactor
  const times: number[] = []
  const values: (number | null)[] = []
  line.times.forEach((time, index) => {
    const before = line.times[index - 1]
    if (before !== undefined && time - before > longest) {
      times.push((before + time) / 2)
      values.push(null)
    }
    times.push(time)
    values.push(line.values[index] ?? null)
  })
  return [times, values]
}

/** The median distance of the points: the polling interval, or the step where that is longer. */
function usualDistance({ times, step }: Line): number {
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time))
  if (distances.length < 3) return step
  distances.sort((a, b) => a - b)
  return Math.max(step, distances[Math.floor(distances.length / 2)] ?? step)
}
