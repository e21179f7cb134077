import type { CollectorKind, PollFailure } from '#core/contract/telemetry.js'
import {
  type DeviceRecord,
  miss,
  newRecord,
  observe,
  type StateChangeRow,
} from '#subgraphs/telemetry/state/device-record.js'
import type { Watched } from '#subgraphs/telemetry/state/machine.js'

export const t0 = 1_700_000_000_000
export const both: Watched = { icmp: 30, snmp: 60 }
export const pingOnly: Watched = { icmp: 30 }
export const agentOnly: Watched = { snmp: 60 }

/** `icmp+`, `icmp?` (was due, not polled), `icmp-` (no reply), `icmp.67` (loss), `snmp!AUTHENTICATION_FAILED`; each at a second. */
export type Told = [second: number, what: string]

function parse(what: string): { kind: CollectorKind; failure: PollFailure | null; lossRatio: number | null } {
  const kind = what.slice(0, 4) as CollectorKind
  const rest = what.slice(4)
  if (rest === '+') return { kind, failure: null, lossRatio: kind === 'icmp' ? 0 : null }
  if (rest === '-') return { kind, failure: 'NO_REPLY', lossRatio: kind === 'icmp' ? 1 : null }
  if (rest.startsWith('!')) return { kind, failure: rest.slice(1) as PollFailure, lossRatio: null }
  return { kind, failure: null, lossRatio: Number(rest) }
}

/** Plays polls to one device. */
export function play(watched: Watched, told: readonly Told[]) {
  let record: DeviceRecord = newRecord('d', null, t0)
  const changes: StateChangeRow[] = []
  const rechecks: string[] = []
  const recheckMs: number[] = []
  for (const [second, what] of told) {
    if (what.endsWith('?')) {
      record = miss(record, what.slice(0, 4) as CollectorKind, t0 + second * 1000) ?? record
      continue
    }
    const step = observe(record, { ...parse(what), at: t0 + second * 1000 }, {}, watched)
    if (!step) continue
    record = step.record
    changes.push(...step.changes)
    rechecks.push(...step.recheck.map((kind) => `${second} ${kind}`))
    if (step.recheck.length > 0) recheckMs.push(step.recheckMs)
  }
  return {
    record,
    changes,
    rechecks,
    recheckMs,
    state: `${record.verdict.reachability} ${record.verdict.reason}`,
  }
}

/** One success of each kind. */
export const up: Told[] = [
  [0, 'icmp+'],
  [1, 'snmp+'],
]

/** `30=icmp-` is an ICMP miss at second 30; `{up}` stands for one success of each kind. */
export const read = (text: string): Told[] =>
  text
    .replace('{up}', '0=icmp+ 1=snmp+')
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => [Number(word.split('=')[0]), word.split('=')[1] ?? ''])
