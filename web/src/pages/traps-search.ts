import { defined, listOf, oneOf, type RawSearch, textOf } from '../app/search'
import type { Severity, TrapCategory, TrapFilter } from '../gql/graphql'
import { type Span, spans } from './audit-search'

export const severities = [
  'EMERGENCY',
  'ALERT',
  'CRITICAL',
  'ERROR',
  'WARNING',
  'NOTICE',
  'INFO',
  'DEBUG',
] as const satisfies Severity[]
export const categories = [
  'SYSTEM',
  'LINK',
  'ROUTING',
  'TOPOLOGY',
  'SECURITY',
  'ENVIRONMENT',
  'POWER',
  'CONFIGURATION',
  'OTHER',
] as const satisfies TrapCategory[]
const spanNames = Object.keys(spans) as Span[]

export interface TrapsSearch {
  q?: string
  severity?: Severity[]
  about?: TrapCategory[]
  accepted?: 'yes' | 'no'
  /** Ids and names of what the panel narrows to. */
  device?: string
  name?: string
  source?: string
  /** A span up to now, or a fixed one by `from` and `to`, in Unix seconds. */
  span?: Span
  from?: number
  to?: number
  after?: string
  start?: number
  /** The trap in the side panel. */
  trap?: string
}

const seconds = (value: unknown): number | undefined => {
  const number = Number(value)
  return value !== undefined && Number.isInteger(number) && number > 0 ? number : undefined
}

/** What the URL of the trap list holds; whatever does not fit is left out. */
export function trapsSearch(raw: RawSearch): TrapsSearch {
  const start = Number(raw['start'])
  return defined({
    q: textOf(raw['q']),
    severity: listOf(severities, raw['severity']),
    about: listOf(categories, raw['about']),
    accepted: oneOf(['yes', 'no'] as const, raw['accepted']),
    device: textOf(raw['device'], 100),
    name: textOf(raw['name'], 200),
    source: textOf(raw['source'], 100),
    span: oneOf(spanNames, raw['span']),
    from: seconds(raw['from']),
    to: seconds(raw['to']),
    after: textOf(raw['after'], 1_000),
    start: raw['after'] && Number.isInteger(start) && start > 0 ? start : undefined,
    trap: textOf(raw['trap'], 100),
  })
}

const iso = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString()

/** The same as the graph's filter. `now`: Unix seconds, from which a span reaches back. */
export function trapFilter(search: TrapsSearch, now: number): TrapFilter {
  const { q, severity, about, accepted, device, name, source, span, from, to } = search
  return {
    ...(q && { search: q }),
    ...(severity && { severities: severity }),
    ...(about && { categories: about }),
    ...(accepted && { accepted: accepted === 'yes' }),
    ...(device && { deviceIds: [device] }),
    ...(name && { names: [name] }),
    ...(source && { sources: [source] }),
    ...(span ? { from: iso(now - spans[span]) } : from && { from: iso(from) }),
    ...(!span && to && { to: iso(to) }),
  }
}

/** A URL without any filter. */
export const noFilter = {
  q: undefined,
  severity: undefined,
  about: undefined,
  accepted: undefined,
  device: undefined,
  name: undefined,
  source: undefined,
  span: undefined,
  from: undefined,
  to: undefined,
} as const

/** Whether anything narrows the list. */
export const isFiltered = (search: TrapsSearch): boolean =>
  (Object.keys(noFilter) as (keyof typeof noFilter)[]).some((key) => search[key] !== undefined)
