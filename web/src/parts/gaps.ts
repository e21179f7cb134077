import type { Span } from './time-window'

/** A span with data. */
export type Measured = readonly [from: number, to: number]

/**
 * Where there is no data between `from` and `to` in any of the spans, which may overlap and stand in any order.
 * A silence of at most `least` seconds is no gap.
 */
export function gapsBetween(measured: readonly Measured[], { from, to }: Span, least: number): Span[] {
  const gaps: Span[] = []
  let end = from
  for (const [start, stop] of measured.toSorted(([a], [b]) => a - b)) {
    const until = Math.min(start, to)
    if (until - end > least) gaps.push({ from: end, to: until })
    end = Math.max(end, stop)
  }
  if (to - end > least) gaps.push({ from: end, to })
  return gaps
}
