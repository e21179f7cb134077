import type { Format } from '../texts/format'

const daySeconds = 86_400

/**
 * Texts of the time axis. Marks of a day or more show the date, shorter ones the time; the first mark of each day
 * shows the date below, so that a window across midnight can be read. Times are Unix seconds.
 */
export function axisTexts(splits: readonly number[], increment: number, format: Format): string[] {
  let day = ''
  return splits.map((split, index) => {
    const ms = split * 1000
    const date = format.day(ms)
    const newDay = date !== day
    day = date
    if (increment >= daySeconds) return date
    const time = increment < 60 ? format.timeSeconds(ms) : format.time(ms)
    return newDay && (index > 0 || splits.length > 12 || increment >= 3600) ? `${time}\n${date}` : time
  })
}

/** The upper end of a scale that starts at zero: a little room above, and never a scale of nothing. */
export function upperEnd(highest: number, least: number, most = Number.POSITIVE_INFINITY): number {
  return Math.min(most, Math.max(least, highest * 1.12))
}
