import type { DeviceState, Reachability, StateReason } from '#core/contract/telemetry.js'

/** A row of `device_state`, but for what only the state machine needs. */
export interface StateRow {
  device_id: string
  site_id: string | null
  reachability: Reachability
  reason: StateReason
  since: Date
  rtt_ms: number | null
  loss_ratio: number | null
  jitter_ms: number | null
  cpu_ratio: number | null
  memory_ratio: number | null
  uptime_seconds: number | null
  last_polled_at: Date | null
}

/** Columns of `StateRow` as SQL. */
export const stateColumns = `s.device_id, s.site_id, s.reachability, s.reason, s.since, s.rtt_ms, s.loss_ratio, s.jitter_ms,
  s.cpu_ratio, s.memory_ratio, s.uptime_seconds, s.last_polled_at`

export const toState = (row: StateRow): DeviceState => ({
  deviceId: row.device_id,
  siteId: row.site_id,
  reachability: row.reachability,
  reason: row.reason,
  since: row.since.getTime(),
  rttMs: row.rtt_ms,
  lossRatio: row.loss_ratio,
  jitterMs: row.jitter_ms,
  cpuRatio: row.cpu_ratio,
  memoryRatio: row.memory_ratio,
  uptimeSeconds: row.uptime_seconds,
  lastPolledAt: row.last_polled_at?.getTime() ?? null,
})
