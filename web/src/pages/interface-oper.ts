import type { SeriesStore } from '../parts/series'
import type { StateSpan } from '../parts/state-spans'
import type { Span } from '../parts/time-window'

const metric = 'if.oper'

/**
 * When a port was up (UP), down (DOWN), or both within one point (DEGRADED), from its line of ones and zeros; UNKNOWN
 * where it was not measured.
 */
export function operSpans(store: SeriesStore, shown: Span): StateSpan[] {
  const gaps = store.gaps([metric], shown)
  const [times, values] = store.points(metric)
  const spans: StateSpan[] = gaps.map((gap) => ({ ...gap, state: 'UNKNOWN', reason: null }))
  let open: StateSpan | undefined
  const close = (at: number) => {
    if (open && at > open.from) spans.push({ ...open, to: at })
    open = undefined
  }
  times.forEach((time, index) => {
    const value = values[index]
    const [from, gap] = [
      Math.max(time, shown.from),
      gaps.find((each) => open && each.from >= open.from && each.from < time),
    ]
    if (gap) close(gap.from)
    if (value == null || time > shown.to) return
    const state = value === 1 ? 'UP' : value === 0 ? 'DOWN' : 'DEGRADED'
    if (open?.state === state) return
    close(from)
    open = { from, to: from, state, reason: null }
  })
  const last = gaps.findLast((each) => open && each.from >= open.from)
  close(last?.from ?? shown.to)
  return spans.sort((a, b) => a.from - b.from)
}
