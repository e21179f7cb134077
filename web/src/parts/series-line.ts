/** One sample: `at` is RFC 3339; null is a bucket without data. */
export interface SeriesPoint {
  at: string
  value: number | null
}

/** Which figure of a bucket: its mean, its lowest or its highest sample. */
export type Part = 'value' | 'low' | 'high'

/** A line in a chart's memory. */
export interface Line {
  /** Unix seconds, ascending, and the values at them; buckets without data are absent. */
  times: number[]
  values: number[]
  /** Lowest and highest sample of each bucket, where the server told them. */
  extremes: { low: number[]; high: number[] } | undefined
  /** Width of a bucket in seconds. */
  step: number
  /** How many live samples the last bucket holds: its value is their mean. */
  inLast: number
}

/** A longer silence than this many usual distances is a gap. Below it, it is jitter against the bucket's edges. */
export const gapFactor = 2.2

/** What a server tells of a line. */
export interface Answered {
  step: number
  /** On the same grid: the means, and if they were asked for the lowest and highest samples. */
  points: readonly SeriesPoint[]
  low?: readonly SeriesPoint[]
  high?: readonly SeriesPoint[]
}

/** A line of what the server answered, moved by `shift` seconds: the past, drawn over the present. */
export function lineOf({ step, points, low, high }: Answered, shift = 0): Line {
  const known = points.flatMap(({ value }, index) => (value === null ? [] : [index]))
  const pick = (from: readonly SeriesPoint[]) =>
    known.map((index) => from[index]?.value ?? points[index]?.value ?? 0)
  return {
    times: known.map((index) => Date.parse(points[index]?.at ?? '') / 1000 + shift),
    values: pick(points),
    extremes: low && high && { low: pick(low), high: pick(high) },
    step: Math.max(1, step),
    inLast: 1,
  }
}

/** Adds a live sample; false where it is older than the line's end, and so known already. */
export function put(line: Line, time: number, value: number): boolean {
  const bucket = Math.floor(time / line.step) * line.step
  const last = line.times.at(-1)
  const lastBucket = last === undefined ? undefined : Math.floor(last / line.step) * line.step
  if (lastBucket !== undefined && bucket < lastBucket) return false
  const { extremes } = line
  if (bucket === lastBucket) {
    const end = line.values.length - 1
    const before = line.values[end] ?? 0
    line.values[end] = before + (value - before) / ++line.inLast
    if (extremes) {
      extremes.low[end] = Math.min(extremes.low[end] ?? value, value)
      extremes.high[end] = Math.max(extremes.high[end] ?? value, value)
    }
    return true
  }
  line.times.push(bucket)
  line.values.push(value)
  extremes?.low.push(value)
  extremes?.high.push(value)
  line.inLast = 1
  return true
}

/** Forgets what is older than `from` (Unix seconds). A few points stay, so that the line runs out of the left side. */
export function trimLine({ times, values, extremes }: Line, from: number): void {
  const first = times.findIndex((time) => time >= from)
  const drop = first === -1 ? times.length : first
  if (drop <= 64) return
  for (const column of [times, values, ...(extremes ? [extremes.low, extremes.high] : [])])
    column.splice(0, drop - 1)
}

/** The median distance of the points: the polling interval, or the step where that is longer. */
export function usualDistance({ times, step }: Line): number {
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time))
  if (distances.length < 3) return step
  distances.sort((a, b) => a - b)
  return Math.max(step, distances[Math.floor(distances.length / 2)] ?? step)
}

/** A column of a line with its times, and a null in the middle of each gap. */
export function withGaps(line: Line, part: Part): [number[], (number | null)[]] {
  const longest = usualDistance(line) * gapFactor
  const column = part === 'value' ? line.values : (line.extremes?.[part] ?? line.values)
  const times: number[] = []
  const values: (number | null)[] = []
  line.times.forEach((time, index) => {
    const before = line.times[index - 1]
    if (before !== undefined && time - before > longest) {
      times.push((before + time) / 2)
      values.push(null)
    }
    times.push(time)
    values.push(column[index] ?? null)
  })
  return [times, values]
}
