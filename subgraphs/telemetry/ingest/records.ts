import type { Monitoring } from '#core/contract/devices.js'
import type { DeviceState, DeviceStateChanged } from '#core/contract/telemetry.js'
import { appendOutbox } from '#db/outbox.js'
import type { EntityManager } from '#db/source.js'

import { type DeviceRecord, newRecord, type StateChangeRow, watchedOf } from '../state/device-record.js'
import { deviceStaleAt, type Memory, type Watched } from '../state/machine.js'
import { type StateRow as PublicRow, toState } from '../state/state-row.js'

interface StateRow extends PublicRow {
  memory: Memory
}

/** A device as the projection knows it. */
interface KnownDevice {
  id: string
  site_id: string | null
  status: string
  monitoring: Monitoring
}

/** A device's state, locked until the transaction ends, and how it is watched; null: the projection has not heard of it. */
export interface LockedRecord {
  record: DeviceRecord
  watched: Watched | null
}

function toRecord(row: StateRow): DeviceRecord {
  const { deviceId, siteId, reachability, reason, since, lastPolledAt, ...figures } = toState(row)
  return {
    deviceId,
    siteId,
    verdict: { reachability, reason, since },
    figures,
    lastPolledAt,
    memory: row.memory,
  }
}

/** Reads and locks states in the order of their ids, so that two batches can never lock each other out. */
export async function lockRecords(
  manager: EntityManager,
  deviceIds: readonly string[],
): Promise<DeviceRecord[]> {
  const rows = (await manager.query(
    'SELECT * FROM device_state WHERE device_id = ANY($1::uuid[]) ORDER BY device_id FOR UPDATE',
    [deviceIds],
  )) as StateRow[]
  return rows.map(toRecord)
}

/** Locks up to 2,000 states whose last poll is too old, leaving out those that somebody works on. */
export async function lockStale(manager: EntityManager, now: Date): Promise<DeviceRecord[]> {
  const rows = (await manager.query(
    `SELECT * FROM device_state WHERE stale_at < $1 AND reason NOT IN ('STALE', 'PAUSED', 'NEVER_POLLED')
     ORDER BY device_id LIMIT 2000 FOR UPDATE SKIP LOCKED`,
    [now],
  )) as StateRow[]
  return rows.map(toRecord)
}

/**
 * Locks the states of polled devices and makes those that are missing. Paused and deleted devices are left out. A device
 * that the projection has not heard of yet gets a state all the same: its first poll must not be lost.
 */
export async function lockPolled(
  manager: EntityManager,
  deviceIds: readonly string[],
  at: number,
): Promise<Map<string, LockedRecord>> {
  const records = await lockRecords(manager, deviceIds)
  const devices = (await manager.query(
    'SELECT id, site_id, status, monitoring FROM device WHERE id = ANY($1::uuid[])',
    [deviceIds],
  )) as KnownDevice[]
  const known = new Map(devices.map((device) => [device.id, device]))
  const isPolled = (id: string) => ['ACTIVE', 'MAINTENANCE'].includes(known.get(id)?.status ?? 'ACTIVE')
  const missing = deviceIds.filter((id) => isPolled(id) && !records.some(({ deviceId }) => deviceId === id))
  if (missing.length > 0) {
    await insertRecords(
      manager,
      missing.map((id) => newRecord(id, known.get(id)?.site_id ?? null, at)),
    )
    records.push(...(await lockRecords(manager, missing)))
  }
  const locked = new Map<string, LockedRecord>()
  for (const record of records) {
    const device = known.get(record.deviceId)
    if (isPolled(record.deviceId))
      locked.set(record.deviceId, { record, watched: device ? watchedOf(device.monitoring) : null })
  }
  return locked
}

const columns = `device_id uuid, site_id uuid, reachability text, reason text, since timestamptz, rtt_ms float8,
  loss_ratio float8, jitter_ms float8, cpu_ratio float8, memory_ratio float8, uptime_seconds float8,
  last_polled_at timestamptz, stale_at timestamptz, memory jsonb`
const names = columns.replace(/ (uuid|text|timestamptz|float8|jsonb)\b/g, '')
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())

const toJson = (records: readonly DeviceRecord[]) =>
  JSON.stringify(
    records.map(({ deviceId, siteId, verdict, figures, lastPolledAt, memory }) => ({
      device_id: deviceId,
      site_id: siteId,
      reachability: verdict.reachability,
      reason: verdict.reason,
      since: iso(verdict.since),
      rtt_ms: figures.rttMs,
      loss_ratio: figures.lossRatio,
      jitter_ms: figures.jitterMs,
      cpu_ratio: figures.cpuRatio,
      memory_ratio: figures.memoryRatio,
      uptime_seconds: figures.uptimeSeconds,
      last_polled_at: iso(lastPolledAt),
      stale_at: iso(deviceStaleAt(memory)),
      memory,
    })),
  )

/** Adds states; one that another transaction added first stays as it is. */
export async function insertRecords(manager: EntityManager, records: readonly DeviceRecord[]): Promise<void> {
  await manager.query(
    `INSERT INTO device_state (${names}) SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (${columns})
     ORDER BY device_id ON CONFLICT (device_id) DO NOTHING`,
    [toJson(records)],
  )
}

/** Writes locked states back, with one statement. */
export async function saveRecords(manager: EntityManager, records: readonly DeviceRecord[]): Promise<void> {
  if (records.length === 0) return
  const targets = names
    .split(/,\s*/)
    .slice(1)
    .map((name) => `${name} = n.${name}`)
  await manager.query(
    `UPDATE device_state s SET ${targets.join(', ')}
     FROM jsonb_to_recordset($1::jsonb) AS n (${columns}) WHERE s.device_id = n.device_id`,
    [toJson(records)],
  )
}

export async function saveChanges(manager: EntityManager, changes: readonly StateChangeRow[]): Promise<void> {
  if (changes.length === 0) return
  await manager.query(
    `INSERT INTO state_change (device_id, at, "from", "to", reason)
     SELECT device_id, at, "from", "to", reason
     FROM jsonb_to_recordset($1::jsonb) AS n (device_id uuid, at timestamptz, "from" text, "to" text, reason text)`,
    [
      JSON.stringify(
        changes.map(({ deviceId, at, ...change }) => ({ device_id: deviceId, at: iso(at), ...change })),
      ),
    ],
  )
}

/** The state as others know it. */
export const publicState = ({
  deviceId,
  siteId,
  verdict,
  figures,
  lastPolledAt,
}: DeviceRecord): DeviceState => ({
  deviceId,
  siteId,
  ...verdict,
  ...figures,
  lastPolledAt,
})

/** What else is told with states: devices that are gone, and where those stood that were moved. */
interface Told {
  removed?: readonly DeviceRecord[]
  moved?: ReadonlyMap<string, string | null>
}

/** Tells of states, in the transaction that saves them. The last thing a transaction does: it waits for others that tell. */
export async function tell(
  manager: EntityManager,
  records: readonly DeviceRecord[],
  { removed = [], moved }: Told = {},
): Promise<void> {
  const event = (record: DeviceRecord, isRemoved: boolean): DeviceStateChanged => ({
    v: 1,
    kind: 'device.state',
    removed: isRemoved,
    ...(moved?.has(record.deviceId) && { previousSiteId: moved.get(record.deviceId) ?? null }),
    state: publicState(record),
  })
  await appendOutbox(manager, 'device.state', [
    ...records.map((record) => event(record, false)),
    ...removed.map((record) => event(record, true)),
  ])
}
