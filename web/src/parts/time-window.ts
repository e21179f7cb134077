/** The window a chart shows. `live`: it ends now and moves. Times are Unix seconds. */
export type Window = { live: true; seconds: number } | { live: false; from: number; to: number }

/** A span of time in Unix seconds. */
export interface Span {
  from: number
  to: number
}

/** Below this a window holds hardly two polls, and shows less than the one it came from. */
const shortestSeconds = 60

/** Where a window begins and ends at `now` (Unix seconds). */
export function spanOf(shown: Window, now: number): Span {
  return shown.live ? { from: now - shown.seconds, to: now } : { from: shown.from, to: shown.to }
}

/**
 * The window that a selection from `a` to `b`, in either order, asks for: whole seconds, a minute at least (around
 * the middle of what was selected), and nothing that is yet to come.
 */
export function zoomTo(a: number, b: number, now: number): Span {
  const [low, high] = a < b ? [a, b] : [b, a]
  const lacking = Math.max(0, shortestSeconds - (high - low)) / 2
  const to = Math.min(Math.ceil(high + lacking), Math.floor(now))
  return { from: Math.min(Math.floor(low - lacking), to - shortestSeconds), to }
}

/** A window `factor` times as long with `at` at the same place of it: below 1 comes closer. */
export const zoomAround = ({ from, to }: Span, factor: number, at: number, now: number): Span =>
  zoomTo(at - (at - from) * factor, at + (to - at) * factor, now)

/** The window moved by a share of its length, to the right at most until now. */
export function pan({ from, to }: Span, share: number, now: number): Span {
  const by = Math.min((to - from) * share, now - to)
  return zoomTo(from + by, to + by, now)
}
