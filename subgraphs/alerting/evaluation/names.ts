import type { DeviceChanged } from '#core/contract/devices.js'
import type { EntityManager } from '#db/source.js'

/** Keeps what ports and sensors are called, for the text of alerts, where inventory says so. The newest word counts. */
export async function keepNames(manager: EntityManager, events: readonly DeviceChanged[]): Promise<void> {
  await keep(manager, 'interface_name', toldOf(events, 'interfaces'))
  await keep(manager, 'sensor_name', toldOf(events, 'sensors'))
}

type Named = readonly { id: string; name: string }[]

const toldOf = (events: readonly DeviceChanged[], of: 'interfaces' | 'sensors') =>
  new Map<string, Named>(
    events.flatMap((event) => (event[of] ? [[event.device.id, event[of]] as const] : [])),
  )

async function keep(
  manager: EntityManager,
  table: 'interface_name' | 'sensor_name',
  told: ReadonlyMap<string, Named>,
): Promise<void> {
  if (told.size === 0) return
  await manager.query(`DELETE FROM ${table} WHERE device_id = ANY($1)`, [[...told.keys()]])
  const rows = [...told].flatMap(([device_id, named]) =>
    named.map(({ id, name }) => ({ id, device_id, name })),
  )
  await manager.query(
    `INSERT INTO ${table} (id, device_id, name)
     SELECT id, device_id, name FROM jsonb_to_recordset($1::jsonb) AS n (id text, device_id uuid, name text)
     ON CONFLICT (id) DO UPDATE SET device_id = excluded.device_id, name = excluded.name`,
    [JSON.stringify(rows)],
  )
}
