import type { Monitoring } from '#core/contract/devices.js'
import type { CollectorKind, DeviceState, Reachability, StateReason } from '#core/contract/telemetry.js'

import {
  counts,
  deviceStaleAt,
  isHard,
  judge,
  type Memory,
  missedSince,
  type Poll,
  recheckAfterMs,
  remember,
  type Verdict,
  type Watched,
} from './machine.js'

/** Newest figures of a device; null when never measured, or when the last poll got no answer. */
export type Figures = Pick<
  DeviceState,
  'rttMs' | 'lossRatio' | 'jitterMs' | 'cpuRatio' | 'memoryRatio' | 'uptimeSeconds'
>

/** What ingest keeps of one device between polls. */
export interface DeviceRecord {
  deviceId: string
  siteId: string | null
  verdict: Verdict
  figures: Figures
  lastPolledAt: number | null
  memory: Memory
}

/** One row of the history of reachability. */
export interface StateChangeRow {
  deviceId: string
  at: number
  from: Reachability
  to: Reachability
  reason: StateReason
}

/** What a poll led to. */
export interface Step {
  record: DeviceRecord
  changes: StateChangeRow[]
  /** Whether anybody would notice the difference. */
  noticeable: boolean
  /** Kinds to poll again soon, because a miss is not believed yet, and after which time, ms. */
  recheck: CollectorKind[]
  recheckMs: number
}

export const isSilent = (reachability: Reachability): boolean =>
  reachability === 'DOWN' || reachability === 'UNREACHABLE'

export const noFigures: Figures = {
  rttMs: null,
  lossRatio: null,
  jitterMs: null,
  cpuRatio: null,
  memoryRatio: null,
  uptimeSeconds: null,
}

export const newRecord = (deviceId: string, siteId: string | null, at: number): DeviceRecord => ({
  deviceId,
  siteId,
  verdict: { reachability: 'UNKNOWN', reason: 'NEVER_POLLED', since: at },
  figures: noFigures,
  lastPolledAt: null,
  memory: {},
})

/** Enabled kinds of poll and their intervals. */
export const watchedOf = ({ icmp, snmp }: Monitoring): Watched => ({
  ...(icmp.enabled && { icmp: icmp.intervalSeconds }),
  ...(snmp?.enabled && { snmp: snmp.intervalSeconds }),
})

/** The device stops being STALE-proof at the right time even if nobody looked then: history has the true time. */
export function age(record: DeviceRecord, now: number): Step {
  const end = deviceStaleAt(record.memory)
  const { reason } = record.verdict
  if (end === null || end > now || reason === 'STALE' || reason === 'PAUSED') return unmoved(record)
  return moveTo(record, 'UNKNOWN', 'STALE', Math.min(end, missedSince(record.memory) ?? end))
}

/** A poll that was due and did not take place. It moves nothing by itself: the next one tells since when nothing was known. */
export function miss(record: DeviceRecord, kind: CollectorKind, at: number): DeviceRecord | undefined {
  const own = record.memory[kind]
  if (!own || at <= own.at || at >= (own.missedFrom ?? Number.POSITIVE_INFINITY)) return undefined
  return { ...record, memory: { ...record.memory, [kind]: { ...own, missedFrom: at } } }
}

/** What is known again at `now` was not from the first poll that was missed on: history shows the hole. */
function bridge(record: DeviceRecord, now: number, intervalSeconds: number): Step {
  const from = missedSince(record.memory)
  const { reachability } = record.verdict
  // A poll within half an interval is the one that was missing, only late.
  if (from === null || reachability === 'UNKNOWN' || now - from < intervalSeconds * 500)
    return unmoved(record)
  return moveTo(record, 'UNKNOWN', 'STALE', from)
}

/** The verdict with the time since which it holds, where `known` was the one before. */
const after = (known: Verdict, judged: Verdict, at: number): Verdict => ({
  ...judged,
  since: judged.reachability === known.reachability ? known.since : Math.max(at, known.since),
})

/** Whether a silent device is to blame or cut off by others. */
export function blame(record: DeviceRecord, isCutOff: boolean, at: number): Step {
  const { reachability } = record.verdict
  if (!isSilent(reachability) || isCutOff === (reachability === 'UNREACHABLE')) return unmoved(record)
  return isCutOff ? moveTo(record, 'UNREACHABLE', 'PARENT_DOWN', at) : moveTo(record, 'DOWN', 'NO_REPLY', at)
}

/** Takes in one poll with the figures it brought. A poll that is not news changes nothing. */
export function observe(
  before: DeviceRecord,
  poll: Poll,
  figures: Partial<Figures>,
  watched: Watched,
): Step | undefined {
  if (watched[poll.kind] === undefined || !counts(before.memory, poll)) return undefined
  const intervalSeconds = poll.intervalSeconds ?? watched[poll.kind] ?? 60
  const aged = age(before, poll.at)
  const bridged = bridge(aged.record, poll.at, intervalSeconds)
  const known = bridged.record.verdict
  const memory = remember(before.memory, poll, intervalSeconds)
  // Judged from what held before the hole: a miss that is not believed yet does not forget it.
  const judged = judge(memory, watched, aged.record.verdict, poll.at)
  const verdict = bridged.noticeable ? after(known, judged, poll.at) : judged
  const rechecks = recheckKinds(memory, poll, { watched, verdict })
  const record: DeviceRecord = {
    ...before,
    verdict,
    memory: rechecks.memory,
    figures: { ...before.figures, ...figures },
    lastPolledAt: Math.max(poll.at, before.lastPolledAt ?? 0),
  }
  const changes = [...aged.changes, ...bridged.changes, ...changeRows(before.deviceId, known, verdict)]
  const { kinds, recheckMs } = rechecks
  return { record, changes, noticeable: differs(before, record), recheck: kinds, recheckMs }
}

/** Not polled any more, or polled again: the past says nothing about what comes. */
export function restart(record: DeviceRecord, reason: 'PAUSED' | 'NEVER_POLLED', at: number): Step {
  if (record.verdict.reason === reason) return unmoved(record)
  const step = moveTo(record, 'UNKNOWN', reason, Math.max(at, record.verdict.since))
  return { ...step, record: { ...step.record, memory: {} } }
}

const unmoved = (record: DeviceRecord): Step => ({
  record,
  changes: [],
  noticeable: false,
  recheck: [],
  recheckMs: 0,
})

function moveTo(record: DeviceRecord, reachability: Reachability, reason: StateReason, at: number): Step {
  const before = record.verdict
  const since = before.reachability === reachability ? before.since : Math.max(at, before.since)
  const verdict = { reachability, reason, since }
  return {
    record: { ...record, verdict },
    changes: changeRows(record.deviceId, before, verdict),
    noticeable: true,
    recheck: [],
    recheckMs: 0,
  }
}

const changeRows = (deviceId: string, before: Verdict, after: Verdict): StateChangeRow[] =>
  before.reachability === after.reachability
    ? []
    : [
        {
          deviceId,
          at: after.since,
          from: before.reachability,
          to: after.reachability,
          reason: after.reason,
        },
      ]

/**
 * A miss that has not led to anything yet is checked again, soon and then less so; with an ICMP miss SNMP is asked too, since
 * it may tell a filter from a fault.
 */
function recheckKinds(
  memory: Memory,
  { kind }: Poll,
  { watched, verdict }: { watched: Watched; verdict: Verdict },
): { memory: Memory; kinds: CollectorKind[]; recheckMs: number } {
  const own = memory[kind]
  const recheckMs = recheckAfterMs[own?.rechecks ?? 0]
  const settled = own && isHard(own) && verdict.reachability !== 'UP' && verdict.reachability !== 'UNKNOWN'
  if (!own || own.misses === 0 || settled || recheckMs === undefined)
    return { memory, kinds: [], recheckMs: 0 }
  const kinds: CollectorKind[] = kind === 'icmp' && watched.snmp !== undefined ? ['icmp', 'snmp'] : [kind]
  return { memory: { ...memory, [kind]: { ...own, rechecks: own.rechecks + 1 } }, kinds, recheckMs }
}

/** Smallest differences worth an event, beside 2 % of the figure. Uptime only ever grows: its restart is told. */
const finest = { rttMs: 0.05, lossRatio: 0.005, jitterMs: 0.05, cpuRatio: 0.005, memoryRatio: 0.005 } as const

function differs(before: DeviceRecord, after: DeviceRecord): boolean {
  const [a, b] = [before.verdict, after.verdict]
  if (a.reachability !== b.reachability || a.reason !== b.reason || a.since !== b.since) return true
  const [was, is] = [before.figures, after.figures]
  const restarted = (is.uptimeSeconds ?? 0) < (was.uptimeSeconds ?? 0)
  if (restarted || (was.uptimeSeconds === null) !== (is.uptimeSeconds === null)) return true
  return (Object.keys(finest) as (keyof typeof finest)[]).some((name) => {
    const [x, y] = [was[name], is[name]]
    if (x === null || y === null) return x !== y
    return Math.abs(x - y) > Math.max(finest[name], Math.abs(x) * 0.02)
  })
}
