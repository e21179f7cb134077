import type { DeviceChanged, DeviceRecord } from '#core/contract/devices.js'
import { appendOutbox } from '#db/outbox.js'
import type { EntityManager } from '#db/source.js'

import { markDue } from '../topology/due.js'

/**
 * Tells other rooms, in the transaction of the change, how these devices are now.
 *
 * The outbox is locked before the devices are read: what another transaction committed before is seen, what it commits
 * later gets a later cursor. So the last event of a device always tells its last state, whoever caused it. A device
 * that was deleted meanwhile is told as DELETED. Ports are told where they may have changed; `moved`
 * says of devices whose site this change replaced where they stood before. Their links are worked out again, unless
 * `relink` says that nothing by which neighbours know them has changed.
 */
export async function appendDeviceChanged(
  manager: EntityManager,
  change: DeviceChanged['change'],
  deviceIds: readonly string[],
  {
    withPorts = false,
    withSensors = withPorts,
    forgotten = [],
    moved,
    relink = true,
  }: {
    withPorts?: boolean
    withSensors?: boolean
    /** Ports and sensors of the one device, of which nothing is kept any more. */
    forgotten?: readonly string[]
    moved?: ReadonlyMap<string, string | null>
    relink?: boolean
  } = {},
): Promise<void> {
  if (deviceIds.length === 0) return
  await manager.query('SELECT id FROM outbox_last FOR UPDATE')
  const at = Date.now()
  for (let from = 0; from < deviceIds.length; from += slice) {
    const ids = deviceIds.slice(from, from + slice)
    const records = await deviceRecords(manager, ids)
    const interfaces = withPorts ? await namesOf(manager, 'interface', ids) : undefined
    const sensors = withSensors ? await namesOf(manager, 'sensor', ids) : undefined
    await appendOutbox(
      manager,
      'device.changed',
      records.map((device) => ({
        v: 1 as const,
        kind: 'device.changed' as const,
        change: device.status === 'DELETED' ? ('DELETED' as const) : change,
        at,
        device,
        ...(moved?.has(device.id) && { previousSiteId: moved.get(device.id) ?? null }),
        ...(interfaces && { interfaces: interfaces.get(device.id) ?? [] }),
        ...(sensors && { sensors: sensors.get(device.id) ?? [] }),
        ...(forgotten.length > 0 && { forgotten: [...forgotten] }),
      })),
    )
  }
  if (relink) await markDue(manager, deviceIds)
}

/** Devices told at once, so that an import of thousands does not hold the event loop. */
const slice = 500

async function deviceRecords(manager: EntityManager, deviceIds: readonly string[]): Promise<DeviceRecord[]> {
  const rows: (DeviceRecord & { parentIds: string[] })[] = await manager.query(
    `SELECT d.id, d.name, d.address, d.site_id AS "siteId", s.name AS "siteName", d.kind,
       CASE WHEN d.deleted_at IS NULL THEN d.status ELSE 'DELETED' END AS status, d.tags, d.monitoring,
       coalesce(d.manual_parent_ids, d.computed_parent_ids) AS "parentIds"
     FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, position)
     JOIN device d USING (id) LEFT JOIN site s ON s.id = d.site_id ORDER BY wanted.position`,
    [deviceIds],
  )
  return rows.map(({ parentIds, ...device }) => (parentIds.length > 0 ? { ...device, parentIds } : device))
}

async function namesOf(
  manager: EntityManager,
  table: 'interface' | 'sensor',
  deviceIds: readonly string[],
): Promise<Map<string, { id: string; name: string }[]>> {
  const order = table === 'interface' ? 'if_index' : 'key'
  const rows: { id: string; named: { id: string; name: string }[] }[] = await manager.query(
    `SELECT device_id AS id, jsonb_agg(jsonb_build_object('id', id, 'name', name) ORDER BY ${order}, id) AS named
     FROM ${table} WHERE device_id = ANY($1::uuid[]) AND present GROUP BY device_id`,
    [deviceIds],
  )
  return new Map(rows.map(({ id, named }) => [id, named]))
}
