import { defined, oneOf, type RawSearch, textOf } from '../app/search'
import type { AuditFilter, AuditOutcome } from '../gql/graphql'

export const outcomes = ['ALLOWED', 'DENIED', 'FAILED'] as const satisfies AuditOutcome[]
/** Spans of time up to now, by the seconds they reach back. */
export const spans = { '1h': 3_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 } as const
export type Span = keyof typeof spans
const spanNames = Object.keys(spans) as Span[]

export interface AuditSearch {
  q?: string
  action?: string
  outcome?: AuditOutcome
  /** Whether what goes on by itself is shown, too. */
  routine?: true
  /** Id of the user who acted. */
  actor?: string
  /** What was acted on: its type, and its id. */
  type?: string
  target?: string
  /** A span up to now, or a fixed one by `from` and `to`, in Unix seconds. */
  span?: Span
  from?: number
  to?: number
  after?: string
  start?: number
  /** The event in the side panel. */
  event?: string
}

const seconds = (value: unknown): number | undefined => {
  const number = Number(value)
  return value !== undefined && Number.isInteger(number) && number > 0 ? number : undefined
}

/** What the URL of the audit log holds; whatever does not fit is left out. */
export function auditSearch(raw: RawSearch): AuditSearch {
  const start = Number(raw['start'])
  return defined({
    q: textOf(raw['q']),
    action: textOf(raw['action'], 100),
    outcome: oneOf(outcomes, raw['outcome']),
    routine: raw['routine'] === true ? true : undefined,
    actor: textOf(raw['actor'], 100),
    type: textOf(raw['type'], 100),
    target: textOf(raw['target'], 200),
    span: oneOf(spanNames, raw['span']),
    from: seconds(raw['from']),
    to: seconds(raw['to']),
    after: textOf(raw['after'], 1_000),
    start: raw['after'] && Number.isInteger(start) && start > 0 ? start : undefined,
    event: textOf(raw['event'], 100),
  })
}

const iso = (unixSeconds: number) => new Date(unixSeconds * 1000).toISOString()

/** The same as the graph's filter. `now`: Unix seconds, from which a span reaches back. */
export function auditFilter(
  { q, action, outcome, routine, actor, type, target, span, from, to }: AuditSearch,
  now: number,
): AuditFilter {
  return {
    ...(q && { search: q }),
    ...(action && { action }),
    ...(outcome && { outcome }),
    // Who asks for one action is shown it, whatever it is.
    ...(!routine && !action && { routine: false }),
    ...(actor && { actorId: actor }),
    ...(type && { targetType: type }),
    ...(target && { targetId: target }),
    ...(span ? { from: iso(now - spans[span]) } : from && { from: iso(from) }),
    ...(!span && to && { to: iso(to) }),
  }
}

/** A URL without any filter. */
export const noFilter = {
  q: undefined,
  action: undefined,
  outcome: undefined,
  routine: undefined,
  actor: undefined,
  type: undefined,
  target: undefined,
  span: undefined,
  from: undefined,
  to: undefined,
} as const

/** Whether anything narrows the log. */
export const isFiltered = (search: AuditSearch): boolean =>
  (Object.keys(noFilter) as (keyof typeof noFilter)[]).some((key) => search[key] !== undefined)
