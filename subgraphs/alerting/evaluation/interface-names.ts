import type { DeviceChanged } from '#core/contract/devices.js'
import type { EntityManager } from '#db/source.js'

/** Keeps what ports are called, for the text of alerts, where inventory says so. The newest word counts. */
export async function keepInterfaceNames(
  manager: EntityManager,
  events: readonly DeviceChanged[],
): Promise<void> {
  const told = new Map(
    events.flatMap(({ device, interfaces }) => (interfaces ? [[device.id, interfaces] as const] : [])),
  )
  if (told.size === 0) return
  await manager.query('DELETE FROM interface_name WHERE device_id = ANY($1)', [[...told.keys()]])
  const rows = [...told].flatMap(([device_id, interfaces]) =>
    interfaces.map(({ id, name }) => ({ id, device_id, name })),
  )
  await manager.query(
    `INSERT INTO interface_name (id, device_id, name)
     SELECT id, device_id, name FROM jsonb_to_recordset($1::jsonb) AS n (id text, device_id uuid, name text)
     ON CONFLICT (id) DO UPDATE SET device_id = excluded.device_id, name = excluded.name`,
    [JSON.stringify(rows)],
  )
}
