import type { InterfaceFacts } from '#core/contract/devices.js'
import type { EntityManager } from '#db/source.js'

import { decimal63, int32, macAddress, text } from '../reported.js'
import { changesBetween, type PortIdentity, recordChanges } from './interface-history.js'

/** A port that did not change is written again only for its `last_seen_at`, and not more often than this. */
const seenMinutes = 10

/**
 * Makes the ports of a device those that it reports: a few statements whatever their number. One that is gone is kept
 * with its id and its last time, but no longer listed. What became of ports is written down. Returns how many rows
 * were written, how many ports went, and whether one came, went or changed its name.
 */
export async function storeInterfaces(
  manager: EntityManager,
  deviceId: string,
  ports: readonly InterfaceFacts[],
  at: Date,
): Promise<{ written: number; gone: number; renamed: boolean }> {
  const rows = [...new Map(ports.map((port) => [port.id, port])).values()].flatMap((port) => {
    const ifIndex = int32(port.ifIndex)
    if (ifIndex === null) return []
    const name = text(port.name) ?? text(port.key) ?? String(ifIndex)
    return {
      id: port.id,
      key: text(port.key) ?? name,
      if_index: ifIndex,
      name,
      description: text(port.description),
      alias: text(port.alias),
      mac: macAddress(port.mac),
      type: int32(port.type) ?? 1,
      speed_bps: decimal63(port.speedBps),
      mtu: int32(port.mtu),
      admin_up: port.adminUp,
    }
  })
  const known: (PortIdentity & { name: string; present: boolean })[] = await manager.query(
    'SELECT id, name, key, mac, if_index, present FROM interface WHERE device_id = $1',
    [deviceId],
  )
  const names = new Map(known.flatMap(({ id, name, present }) => (present ? [[id, name]] : [])))
  const written: unknown[] = await manager.query(upsert, [JSON.stringify(rows), deviceId, at])
  // After the rows: a change may be about a port that was not stored before.
  await recordChanges(manager, deviceId, changesBetween(known, rows), at)
  const gone: [unknown[], number] = await manager.query(
    'UPDATE interface SET present = false WHERE device_id = $1 AND present AND NOT id = ANY($2::uuid[])',
    [deviceId, rows.map(({ id }) => id)],
  )
  return {
    written: written.length + gone[1],
    gone: gone[1],
    renamed: gone[1] > 0 || rows.some(({ id, name }) => names.get(id) !== name),
  }
}

const facts = [
  'key',
  'if_index',
  'name',
  'description',
  'alias',
  'mac',
  'type',
  'speed_bps',
  'mtu',
  'admin_up',
]
const of = (row: string) => facts.map((column) => `${row}.${column}`).join(', ')

const upsert = `
  INSERT INTO interface AS i (id, device_id, present, last_seen_at, ${facts.join(', ')})
  SELECT id, $2::uuid, true, $3::timestamptz, ${of('r')}
  FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, key text, if_index int, name text, description text, alias text,
    mac text, type int, speed_bps bigint, mtu int, admin_up boolean)
  ON CONFLICT (id) DO UPDATE SET present = true, last_seen_at = excluded.last_seen_at,
    renamed = i.renamed OR i.key <> excluded.key,
    ${facts.map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE i.device_id = excluded.device_id AND (
    NOT i.present OR (${of('i')}) IS DISTINCT FROM (${of('excluded')})
    OR i.last_seen_at < excluded.last_seen_at - make_interval(mins => ${seenMinutes}))
  RETURNING i.id`
