import type { EntityManager } from '#db/source.js'

/**
 * Marks devices whose links are to be worked out again, in the transaction of what changed. In the order of their ids, so
 * that two that mark the same devices do not wait for each other in a circle. A row refers to its device, so whoever
 * changes a device, other than who removes it, locks it FOR NO KEY UPDATE: for a FOR UPDATE another's mark would wait, and
 * close the circle.
 */
export async function markDue(manager: EntityManager, deviceIds: readonly string[]): Promise<void> {
  if (deviceIds.length === 0) return
  await manager.query(
    `INSERT INTO topology_due (device_id)
     SELECT d.id FROM device d WHERE d.id = ANY($1::uuid[]) ORDER BY d.id
     ON CONFLICT (device_id) DO UPDATE SET serial = nextval('topology_due_serial')`,
    [deviceIds],
  )
}

/** A mark and when it was set. */
export interface Due {
  deviceId: string
  serial: string
}

/** The oldest marks. */
export const readDue = (manager: EntityManager, limit: number): Promise<Due[]> =>
  manager.query('SELECT device_id AS "deviceId", serial FROM topology_due ORDER BY serial LIMIT $1', [limit])

/** Takes marks away, unless they were set anew meanwhile. */
export async function clearDue(manager: EntityManager, due: readonly Due[]): Promise<void> {
  await manager.query(
    `DELETE FROM topology_due t USING unnest($1::uuid[], $2::bigint[]) AS done (device_id, serial)
     WHERE t.device_id = done.device_id AND t.serial = done.serial`,
    [due.map(({ deviceId }) => deviceId), due.map(({ serial }) => serial)],
  )
}
