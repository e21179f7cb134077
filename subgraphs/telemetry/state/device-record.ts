import type { Monitoring } from '#core/contract/devices.js'
import type { CollectorKind, DeviceState, Reachability, StateReason } from '#core/contract/telemetry.js'

import {
  counts,
  deviceStaleAt,
  isHard,
  judge,
  type Memory,
  type Poll,
  rechecksMax,
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
  /** Kinds to poll again soon, because a miss is not believed yet. */
  recheck: CollectorKind[]
}

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
  return moveTo(record, 'UNKNOWN', 'STALE', end)
}

/** Takes in one poll with the figures it brought. A poll that is not news changes nothing. */
export function observe(
  before: DeviceRecord,
  poll: Poll,
  figures: Partial<Figures>,
  watched: Watched,
): Step | undefined {
  if (watched[poll.kind] === undefined || !counts(before.memory, poll)) return undefined
  const aged = age(before, poll.at)
  const memory = remember(before.memory, poll, watched[poll.kind] ?? 60)
  const verdict = judge(memory, watched, aged.record.verdict, poll.at)
  const rechecks = recheckKinds(memory, poll, watched)
  const record: DeviceRecord = {
    ...before,
    verdict,
    memory: rechecks.memory,
    figures: { ...before.figures, ...figures },
    lastPolledAt: Math.max(poll.at, before.lastPolledAt ?? 0),
  }
  const changes = [...aged.changes, ...changeRows(before.deviceId, aged.record.verdict, verdict)]
  return { record, changes, noticeable: differs(before, record), recheck: rechecks.kinds }
}

/** Not polled any more, or polled again: the past says nothing about what comes. */
export function restart(record: DeviceRecord, reason: 'PAUSED' | 'NEVER_POLLED', at: number): Step {
  if (record.verdict.reason === reason) return unmoved(record)
  const step = moveTo(record, 'UNKNOWN', reason, Math.max(at, record.verdict.since))
  return { ...step, record: { ...step.record, memory: {} } }
}

const unmoved = (record: DeviceRecord): Step => ({ record, changes: [], noticeable: false, recheck: [] })

function moveTo(record: DeviceRecord, reachability: Reachability, reason: StateReason, at: number): Step {
  const before = record.verdict
  const since = before.reachability === reachability ? before.since : Math.max(at, before.since)
  const verdict = { reachability, reason, since }
  return {
    record: { ...record, verdict },
    changes: changeRows(record.deviceId, before, verdict),
    noticeable: true,
    recheck: [],
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

/** A soft miss is checked again, at most twice; with an ICMP miss SNMP is asked too, since it may tell a filter from a fault. */
function recheckKinds(
  memory: Memory,
  { kind }: Poll,
  watched: Watched,
): { memory: Memory; kinds: CollectorKind[] } {
  const own = memory[kind]
  if (!own || own.misses === 0 || isHard(own) || own.rechecks >= rechecksMax) return { memory, kinds: [] }
  const kinds: CollectorKind[] = kind === 'icmp' && watched.snmp !== undefined ? ['icmp', 'snmp'] : [kind]
  return { memory: { ...memory, [kind]: { ...own, rechecks: own.rechecks + 1 } }, kinds }
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
