import { defined, flagOf, oneOf, type RawSearch, textOf } from '../app/search'
import type { TimeRangeInput } from '../gql/graphql'
import type { Window } from '../parts/time-chart'

/** Windows that end now, with their length in seconds. */
export const ranges = { '15m': 900, '1h': 3_600, '6h': 21_600, '24h': 86_400, '7d': 604_800 } as const
export type Range = keyof typeof ranges
export const rangeNames = Object.keys(ranges) as Range[]
export const defaultRange: Range = '1h'

export interface DeviceSearch {
  /** One of `deviceTabs`; the page shows the first for a name it does not know. */
  tab?: string
  range?: Range
  /** A fixed window, in Unix seconds; both or neither. */
  from?: number
  to?: number
  /** The interface whose chart is open. */
  port?: string
  /** The sensor whose history is open. */
  sensor?: string
  /** Only sensors that are not well. */
  bad?: true
  q?: string
  /** Show unused ports too. */
  all?: true
  form?: string
}

/** What the URL of a device's page holds; whatever does not fit is left out. */
export function deviceSearch(raw: RawSearch): DeviceSearch {
  const [from, to] = [secondsOf(raw['from']), secondsOf(raw['to'])]
  const fixed = from !== undefined && to !== undefined && to > from
  return defined({
    tab: textOf(raw['tab'], 20),
    range: oneOf(rangeNames, raw['range']),
    from: fixed ? from : undefined,
    to: fixed ? to : undefined,
    port: textOf(raw['port'], 100),
    sensor: textOf(raw['sensor'], 100),
    bad: flagOf(raw['bad']),
    q: textOf(raw['q']),
    all: flagOf(raw['all']),
    form: textOf(raw['form'], 100),
  })
}

function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  return Number.isInteger(seconds) && seconds > 0 && seconds < 1e11 ? seconds : undefined
}

/** The window the charts show. */
export function windowOf({ range = defaultRange, from, to }: DeviceSearch): Window {
  if (from !== undefined && to !== undefined) return { live: false, from, to }
  return { live: true, seconds: ranges[range] }
}

/** The same window as the graph's argument. */
export function rangeInput({ range = defaultRange, from, to }: DeviceSearch): TimeRangeInput {
  if (from === undefined || to === undefined) return { last: range }
  return { from: new Date(from * 1000).toISOString(), to: new Date(to * 1000).toISOString() }
}
