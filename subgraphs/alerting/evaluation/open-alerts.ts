import { createHash } from 'node:crypto'

import type { AlertSeverity, AlertState } from '#core/contract/alerts.js'
import type { MetricName } from '#core/contract/metrics.js'
import type { EntityManager } from '#db/source.js'

import type { CompiledRule } from './compiled-rules.js'
import type { Track } from './machine.js'

/** An alert that is pending or firing, as the evaluator holds it. */
export interface OpenAlert {
  readonly id: string
  readonly ruleId: string
  readonly metric: MetricName
  readonly deviceId: string
  /** Interface id; empty for a metric of the whole device. */
  readonly instance: string
  readonly fingerprint: string
  ruleVersion: number
  severity: AlertSeverity
  summary: string
  track: Track
  /** Set by the transaction that resolves it. */
  resolvedAt: number | null
}

export const stateOf = ({ resolvedAt, track }: OpenAlert): AlertState =>
  resolvedAt === null ? track.state : 'RESOLVED'

/** Names a fault for ever: SHA-256, in hex, of rule, device and instance. */
export const fingerprintOf = (ruleId: string, deviceId: string, instance: string): string =>
  createHash('sha256').update(`${ruleId}/${deviceId}/${instance}`).digest('hex')

/** An id that the same fault at the same time always gets (UUID version 8, RFC 9562): a repeat cannot make a second alert. */
function alertId(fingerprint: string, startsAt: number): string {
  const hash = createHash('sha256').update(`${fingerprint}/${startsAt}`).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export function newAlert(rule: CompiledRule, deviceId: string, instance: string, track: Track): OpenAlert {
  const fingerprint = fingerprintOf(rule.id, deviceId, instance)
  return {
    id: alertId(fingerprint, track.startsAt),
    ruleId: rule.id,
    metric: rule.metric,
    deviceId,
    instance,
    fingerprint,
    ruleVersion: rule.version,
    severity: rule.severity,
    summary: '',
    track,
    resolvedAt: null,
  }
}

/** All open alerts. A device without any, as most are, costs one look-up. */
export class OpenAlerts {
  readonly #byDevice = new Map<string, Map<string, OpenAlert>>()

  get(ruleId: string, deviceId: string, instance: string): OpenAlert | undefined {
    return this.#byDevice.get(deviceId)?.get(`${ruleId}/${instance}`)
  }

  add(alert: OpenAlert): void {
    const ofDevice = this.#byDevice.get(alert.deviceId) ?? new Map<string, OpenAlert>()
    this.#byDevice.set(alert.deviceId, ofDevice.set(`${alert.ruleId}/${alert.instance}`, alert))
  }

  remove(alert: OpenAlert): void {
    const ofDevice = this.#byDevice.get(alert.deviceId)
    ofDevice?.delete(`${alert.ruleId}/${alert.instance}`)
    if (ofDevice?.size === 0) this.#byDevice.delete(alert.deviceId)
  }

  ofDevice(deviceId: string): OpenAlert[] {
    return [...(this.#byDevice.get(deviceId)?.values() ?? [])]
  }

  all(): OpenAlert[] {
    return [...this.#byDevice.values()].flatMap((ofDevice) => [...ofDevice.values()])
  }
}

interface Row {
  id: string
  ruleId: string
  metric: MetricName
  deviceId: string
  instance: string
  fingerprint: string
  ruleVersion: number
  severity: AlertSeverity
  summary: string
  state: 'PENDING' | 'FIRING'
  value: number
  startsAt: Date
  firedAt: Date | null
  clearingSince: Date | null
  lastAt: Date
}

/** What is open according to the database. */
export async function loadOpenAlerts(manager: EntityManager): Promise<OpenAlerts> {
  const rows = (await manager.query(
    `SELECT id, rule_id AS "ruleId", metric, device_id AS "deviceId", instance, fingerprint,
       rule_version AS "ruleVersion", severity, summary, state, value, starts_at AS "startsAt",
       fired_at AS "firedAt", clearing_since AS "clearingSince", last_at AS "lastAt"
     FROM alert WHERE state IN ('PENDING', 'FIRING')`,
  )) as Row[]
  const open = new OpenAlerts()
  for (const { state, value, startsAt, firedAt, clearingSince, lastAt, ...rest } of rows) {
    const track: Track = {
      state,
      value,
      startsAt: startsAt.getTime(),
      firedAt: firedAt?.getTime() ?? null,
      clearingSince: clearingSince?.getTime() ?? null,
      lastAt: lastAt.getTime(),
    }
    open.add({ ...rest, track, resolvedAt: null })
  }
  return open
}
