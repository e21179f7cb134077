import { defined, oneOf, type RawSearch } from '../app/search'
import type { TimeRangeInput } from '../gql/graphql'
import type { Window } from '../parts/time-window'

/** Windows that end now, with their length in seconds. */
export const ranges = { '15m': 900, '1h': 3_600, '6h': 21_600, '24h': 86_400, '7d': 604_800 } as const
export type Range = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as Range[]
export const defaultRange: Range = '1h'

/** Periods to compare with: how long before, in seconds. */
export const periods = { day: 86_400, week: 604_800 } as const
export type Period = keyof typeof periods
export const periodNames = Object.keys(periods) as Period[]

/** What the URL of a page with charts says of them. */
export interface ChartSearch {
  range?: Range
  /** A fixed window, in Unix seconds; both or neither. */
  from?: number
  to?: number
  compare?: Period
}

export type ChartSearchChange = (part: { [K in keyof ChartSearch]?: ChartSearch[K] | undefined }) => void

/** Reads it; whatever does not fit is left out. */
export function chartSearch(raw: RawSearch): ChartSearch {
  const [from, to] = [secondsOf(raw['from']), secondsOf(raw['to'])]
  const fixed = from !== undefined && to !== undefined && to > from
  return defined({
    range: oneOf(rangeNames, raw['range']),
    from: fixed ? from : undefined,
    to: fixed ? to : undefined,
    compare: oneOf(periodNames, raw['compare']),
  })
}

function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  return Number.isInteger(seconds) && seconds > 0 && seconds < 1e11 ? seconds : undefined
}

/** The window the charts show. */
export function windowOf({ range = defaultRange, from, to }: ChartSearch): Window {
  if (from !== undefined && to !== undefined) return { live: false, from, to }
  return { live: true, seconds: ranges[range] }
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()

/** The same window as the graph's argument. */
export function rangeInput({ range = defaultRange, from, to }: ChartSearch): TimeRangeInput {
  if (from === undefined || to === undefined) return { last: range }
  return { from: iso(from), to: iso(to) }
}

/** How often a live window asks anew for what it is compared with. */
export const compareEverySeconds = 900

/**
 * What to ask for to compare a window: the same length a period earlier. That of a live window reaches further by as
 * long as it is shown before it is asked for again. `now` is in Unix seconds.
 */
export function comparedRange(shown: Window, period: Period, now: number): TimeRangeInput {
  const shift = periods[period]
  if (!shown.live) return { from: iso(shown.from - shift), to: iso(shown.to - shift) }
  return { from: iso(now - shown.seconds - shift), to: iso(now - shift + compareEverySeconds) }
}
