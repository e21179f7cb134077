import type { DeviceChanged } from '#core/contract/devices.js'
import type { EntityManager } from '#db/source.js'
import type { Store } from '#db/store/store.js'

import {
  type DeviceRecord,
  newRecord,
  restart,
  type StateChangeRow,
  watchedOf,
} from '../state/device-record.js'
import { dropForgotten } from './forgotten.js'
import { insertRecords, lockRecords, saveChanges, saveRecords, tell } from './records.js'

/**
 * What a change in inventory does to states: a new device is UNKNOWN until it is polled, a disabled one is UNKNOWN and
 * PAUSED, a moved one is told at its new site, a deleted one is forgotten, as are ports and sensors. Repeats change nothing.
 */
export async function applyDeviceChanges(
  manager: EntityManager,
  events: readonly DeviceChanged[],
  store: Store,
): Promise<void> {
  await dropForgotten(manager, events, store)
  const latest = new Map(events.map((event) => [event.device.id, event]))
  await saveParents(manager, [...latest.values()])
  const known = new Map(
    (await lockRecords(manager, [...latest.keys()])).map((record) => [record.deviceId, record]),
  )
  const made: DeviceRecord[] = []
  const saved: DeviceRecord[] = []
  const told: DeviceRecord[] = []
  const removed: DeviceRecord[] = []
  const stood = new Map<string, string | null>()
  const changes: StateChangeRow[] = []
  for (const [id, event] of latest) {
    const before = known.get(id)
    if (event.change === 'DELETED' || event.device.status === 'DELETED') {
      if (before) removed.push(before)
      store.forget(id)
      continue
    }
    const siteId = event.device.siteId
    const moved = { ...(before ?? newRecord(id, siteId, event.at)), siteId }
    const step = settle(moved, event)
    if (before && before.siteId !== siteId) stood.set(id, before.siteId)
    if (!before) made.push(step.record)
    else if (step.noticeable || before.siteId !== siteId) saved.push(step.record)
    if (!before || step.noticeable || before.siteId !== siteId) told.push(step.record)
    changes.push(...step.changes)
  }
  if (made.length > 0) await insertRecords(manager, made)
  await saveRecords(manager, saved)
  await saveChanges(manager, changes)
  await forgetStates(
    manager,
    removed.map(({ deviceId }) => deviceId),
  )
  await tell(manager, told, { removed, moved: stood })
}

/** Paused while it is disabled or nothing of it is watched; from NEVER_POLLED again afterwards. */
function settle(record: DeviceRecord, { device, at }: DeviceChanged) {
  const idle = device.status === 'DISABLED' || Object.keys(watchedOf(device.monitoring)).length === 0
  if (idle) return restart(record, 'PAUSED', at)
  if (record.verdict.reason === 'PAUSED') return restart(record, 'NEVER_POLLED', at)
  return { record, changes: [], noticeable: false }
}

/** What lies before each device; an event that says nothing of it knows of nothing. */
async function saveParents(manager: EntityManager, events: readonly DeviceChanged[]): Promise<void> {
  await manager.query(
    `UPDATE device d SET parent_ids = n.parents
     FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, parents uuid[])
     WHERE d.id = n.id AND d.parent_ids <> n.parents`,
    [JSON.stringify(events.map(({ device }) => ({ id: device.id, parents: device.parentIds ?? [] })))],
  )
}

async function forgetStates(manager: EntityManager, deviceIds: readonly string[]): Promise<void> {
  if (deviceIds.length === 0) return
  await manager.query('DELETE FROM device_state WHERE device_id = ANY($1::uuid[])', [deviceIds])
  await manager.query('DELETE FROM interface_state WHERE device_id = ANY($1::uuid[])', [deviceIds])
  await manager.query('DELETE FROM sensor_state WHERE device_id = ANY($1::uuid[])', [deviceIds])
}
