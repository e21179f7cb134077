import type { CollectorKind, PollFailure, Reachability, StateReason } from '#core/contract/telemetry.js'

/**
 * From polls to a state. Pure: time comes in with the polls, so the same polls always end in the same state.
 *
 * Hysteresis: one missed poll is a soft miss. It moves nothing and asks for a re-check. A kind of poll is failing (hard)
 * after two misses in a row that lie at least 2 s apart, or after three in any time. Packet loss counts after two lossy
 * polls in a row. One full success ends either.
 *
 * | ICMP          | SNMP                               | state                                          |
 * |---------------|------------------------------------|------------------------------------------------|
 * | ok            | ok, soft miss, not known or none   | UP OK                                          |
 * | lossy         | ok, soft miss, not known or none   | DEGRADED PACKET_LOSS                           |
 * | ok or lossy   | failing                            | DEGRADED AGENT_FAULT, or the failure's own name |
 * | failing       | answered since the first ICMP miss | DEGRADED ICMP_FILTERED                         |
 * | failing       | answered since then with a fault   | DEGRADED AGENT_FAULT, or the failure's own name |
 * | failing       | missed since then, or none         | DOWN NO_REPLY                                  |
 * | failing       | not heard since then, but watched  | as before for 8 s at most, then DOWN NO_REPLY  |
 * | not known     | failing                            | DEGRADED AGENT_FAULT, or the failure's own name |
 * | none          | failing                            | DOWN NO_REPLY; DEGRADED if it answers with a fault |
 * | none          | failing: no credential             | UNKNOWN CREDENTIAL_MISSING                     |
 * | soft miss     | any but failing                    | as before; UP where it was UNKNOWN and SNMP is ok |
 * | none yet      | none yet                           | UNKNOWN NEVER_POLLED                           |
 * | too old       | too old                            | UNKNOWN STALE                                  |
 *
 * A kind is "not known" when its last poll is older than three intervals and 10 s: a dead collector is no evidence.
 *
 * DOWN NO_REPLY is UNREACHABLE PARENT_DOWN while everything before the device is silent, too (`parents.ts`); who is silent
 * stays the one or the other until somebody looks at its parents again.
 */

/** What is remembered of one kind of poll. */
export interface KindMemory {
  /** Unix time, ms, of the newest poll. */
  at: number
  intervalSeconds: number
  /** Polls missed in a row, and when the first of them was. */
  misses: number
  firstMissAt: number | null
  /** Why the newest poll failed; null after a success. */
  failure: PollFailure | null
  /** Polls in a row with loss. */
  lossy: number
  /** Re-checks asked for since the first miss. */
  rechecks: number
  /** Unix time, ms, of the first poll after `at` that was due and did not take place; absent: none. */
  missedFrom?: number
}
export type Memory = Partial<Record<CollectorKind, KindMemory>>

/** How a device is watched: the interval of each kind that is enabled. */
export type Watched = Partial<Record<CollectorKind, number>>

export interface Verdict {
  reachability: Reachability
  reason: StateReason
  /** Unix time, ms, of the last change of reachability. */
  since: number
}

export interface Poll {
  kind: CollectorKind
  at: number
  /** Null: it succeeded (also with nothing to report). */
  failure: PollFailure | null
  /** Share of echo requests without a reply, 0 to 1; null for SNMP. */
  lossRatio: number | null
  /** When the next one is due, where that is not as the device is watched. */
  intervalSeconds?: number | undefined
}

export const lossMax = 0.34
const hardMisses = 3
const hardAfterMs = 2000
const pendingMs = 8000
/** When a miss that is not believed yet is checked again, ms after it was seen: soon at first, then less so. */
export const recheckAfterMs: readonly number[] = [2000, 4000, 8000]

/** Failures that an answer of the device caused: proof that it lives. */
const answered = new Set<PollFailure>([
  'AUTHENTICATION_FAILED',
  'MALFORMED_RESPONSE',
  'INCOMPLETE',
  'TABLE_TOO_LARGE',
])

/** When a kind of poll stops being evidence, Unix time in ms. */
const staleAt = ({ at, intervalSeconds }: KindMemory) => at + (3 * intervalSeconds + 10) * 1000

/**
 * Since when nothing was asked of the device although it was due, Unix time in ms; null: something was. Where several kinds
 * are polled, each of them speaks for it until its own next poll was due.
 */
export function missedSince(memory: Memory): number | null {
  const kinds = Object.values(memory)
  if (kinds.length === 0) return null
  return kinds.reduce<number | null>(
    (since, { missedFrom }) =>
      since === null || missedFrom === undefined ? null : Math.max(since, missedFrom),
    0,
  )
}

/** When the whole device becomes STALE unless a poll comes; null while it was never polled. */
export function deviceStaleAt(memory: Memory): number | null {
  const ends = Object.values(memory).map(staleAt)
  return ends.length === 0 ? null : Math.max(...ends)
}

export const isHard = ({ misses, firstMissAt, at }: KindMemory): boolean =>
  misses >= hardMisses || (misses >= 2 && firstMissAt !== null && at - firstMissAt >= hardAfterMs)

/** Whether a poll says anything: it is newer than what is known of its kind, and a fault of ours is no evidence. */
export const counts = (memory: Memory, poll: Poll): boolean =>
  poll.failure !== 'INTERNAL' && poll.at > (memory[poll.kind]?.at ?? Number.NEGATIVE_INFINITY)

/** Takes in a poll that `counts`. */
export function remember(memory: Memory, poll: Poll, intervalSeconds: number): Memory {
  const before = memory[poll.kind]
  const base = { at: poll.at, intervalSeconds, failure: poll.failure }
  const loss = poll.failure === null ? (poll.lossRatio ?? 0) : 1
  const lossy = poll.kind === 'snmp' ? 0 : lossyAfter(before?.lossy ?? 0, loss)
  const after: KindMemory =
    poll.failure === null
      ? { ...base, misses: 0, firstMissAt: null, lossy, rechecks: 0 }
      : {
          ...base,
          misses: (before?.misses ?? 0) + 1,
          firstMissAt: before?.firstMissAt ?? poll.at,
          lossy,
          rechecks: before?.rechecks ?? 0,
        }
  return { ...memory, [poll.kind]: after }
}

/** A little loss neither begins PACKET_LOSS nor ends it; a poll without any ends it. */
const lossyAfter = (before: number, loss: number): number =>
  loss >= lossMax ? before + 1 : loss === 0 || before < 2 ? 0 : before

/** The state at `now`, from what is remembered and how the device is watched. */
export function judge(memory: Memory, watched: Watched, before: Verdict, now: number): Verdict {
  const known = (kind: CollectorKind) => {
    const found = watched[kind] === undefined ? undefined : memory[kind]
    return found && staleAt(found) > now ? found : undefined
  }
  const [reachability, reason] = matrix({ icmp: known('icmp'), snmp: known('snmp') }, watched, before, {
    polled: Object.keys(memory).length > 0,
    now,
  })
  if (reachability === 'DOWN' && before.reachability === 'UNREACHABLE') return before
  if (reachability === before.reachability) return { ...before, reason }
  return { reachability, reason, since: Math.max(now, before.since) }
}

/** Memories that still count; undefined: never polled, not watched, or too old. */
type Known = Record<CollectorKind, KindMemory | undefined>

function matrix(
  { icmp, snmp }: Known,
  watched: Watched,
  before: Verdict,
  { polled, now }: { polled: boolean; now: number },
): [Reachability, StateReason] {
  const held = [before.reachability, before.reason] as [Reachability, StateReason]
  if (!icmp && !snmp) return polled ? ['UNKNOWN', 'STALE'] : ['UNKNOWN', 'NEVER_POLLED']
  if (icmp && isHard(icmp)) return silent(icmp, snmp, held, { expected: watched.snmp !== undefined, now })
  if (snmp && isHard(snmp)) return agentFailing(snmp, watched.icmp !== undefined)
  // A soft miss moves nothing; where nothing was known before, the other kind's word is taken.
  const nothingAnswered = (icmp?.misses ?? 1) > 0 && (snmp?.misses ?? 1) > 0
  if (nothingAnswered || (icmp && icmp.misses > 0)) return softened(held, nothingAnswered)
  return icmp && icmp.lossy >= 2 ? ['DEGRADED', 'PACKET_LOSS'] : ['UP', 'OK']
}

/** SNMP is failing and ICMP is not, or is not known. */
function agentFailing(snmp: KindMemory, icmpWatched: boolean): [Reachability, StateReason] {
  if (icmpWatched || answered.has(snmp.failure as PollFailure)) return ['DEGRADED', agentReason(snmp)]
  // Without a credential nothing was asked, so nothing is known.
  return snmp.failure === 'CREDENTIAL_MISSING' ? ['UNKNOWN', 'CREDENTIAL_MISSING'] : ['DOWN', 'NO_REPLY']
}

/** ICMP is failing: what does SNMP say since then? */
function silent(
  icmp: KindMemory,
  snmp: KindMemory | undefined,
  held: [Reachability, StateReason],
  { expected, now }: { expected: boolean; now: number },
): [Reachability, StateReason] {
  const firstMissAt = icmp.firstMissAt ?? icmp.at
  const heardSince = snmp !== undefined && snmp.at > firstMissAt
  if (heardSince && snmp.failure === null) return ['DEGRADED', 'ICMP_FILTERED']
  if (heardSince && answered.has(snmp.failure as PollFailure)) return ['DEGRADED', agentReason(snmp)]
  const pending = expected && !heardSince && now - firstMissAt < pendingMs
  return pending ? held : ['DOWN', 'NO_REPLY']
}

function softened(held: [Reachability, StateReason], nothingAnswered: boolean): [Reachability, StateReason] {
  if (held[0] !== 'UNKNOWN') return held
  return nothingAnswered ? ['UNKNOWN', held[1]] : ['UP', 'OK']
}

const agentReason = ({ failure }: KindMemory): StateReason =>
  failure === 'AUTHENTICATION_FAILED' || failure === 'CREDENTIAL_MISSING' ? failure : 'AGENT_FAULT'
