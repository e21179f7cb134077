import type { Reachability } from '../gql/graphql'
import type { Span } from './time-window'

/** A time in which a state held. */
export interface StateSpan extends Span {
  state: Reachability
  /** Why; null where history does not reach back so far. */
  reason: string | null
}

/** A change of state; `at` in Unix seconds. */
export interface StateChange {
  at: number
  from: Reachability
  to: Reachability
  reason: string
}

/**
 * What the state was over a span of time, without holes, oldest first. `changes` are the newest ones, in any order;
 * before the oldest of them the state is the one it left. Without changes nothing is known.
 */
export function stateSpans(changes: readonly StateChange[], { from, to }: Span): StateSpan[] {
  const sorted = changes.toSorted((a, b) => a.at - b.at)
  const first = sorted[0]
  const told: StateSpan[] = [
    { from: Number.NEGATIVE_INFINITY, to: first?.at ?? to, state: first?.from ?? 'UNKNOWN', reason: null },
    ...sorted.map((change, index) => ({
      from: change.at,
      to: sorted[index + 1]?.at ?? to,
      state: change.to,
      reason: change.reason,
    })),
  ]
  return told
    .map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .filter((span) => span.to > span.from)
}
