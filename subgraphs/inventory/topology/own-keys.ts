import type { EntityManager } from '#db/source.js'

import { type Holders, sharedMacs } from './identity.js'

/**
 * By what each device may be known to its neighbours: its ports, its bridge, its LLDP chassis and CDP names, its
 * addresses, its names, and the MAC address that routers resolve its address to.
 */
const ownKeys = `
  SELECT i.device_id, 'mac:' || i.mac AS key FROM interface i
    WHERE i.device_id = ANY($1::uuid[]) AND i.present AND i.mac IS NOT NULL
  UNION SELECT a.id, 'mac:' || e.mac FROM live a JOIN arp_entry e ON e.address = a.address
  UNION SELECT r.device_id, 'mac:' || (r.said ->> 'bridgeMac') FROM report r WHERE r.said ->> 'bridgeMac' IS NOT NULL
  UNION SELECT r.device_id, CASE r.said #>> '{chassisId,kind}'
      WHEN 'MAC' THEN 'mac:' WHEN 'ADDRESS' THEN 'ip:' ELSE 'chassis:' || (r.said #>> '{chassisId,kind}') || ':' END
      || (r.said #>> '{chassisId,value}') FROM report r WHERE r.said #>> '{chassisId,value}' IS NOT NULL
  UNION SELECT r.device_id, 'ip:' || (own ->> 'address') FROM report r, jsonb_array_elements(r.said -> 'addresses') own
  UNION SELECT id, 'ip:' || address FROM live
  UNION SELECT n.id, 'name:' || k FROM (
      SELECT id, name FROM live UNION SELECT id, sys_name FROM live UNION SELECT id, address FROM live
      UNION SELECT device_id, regexp_replace(said ->> 'cdpDeviceId', '\\([^)]*\\)$', '') FROM report
    ) n CROSS JOIN LATERAL (VALUES (lower(n.name)), (CASE WHEN n.name ~ '^[0-9.]+$' THEN NULL ELSE split_part(lower(n.name), '.', 1) END)) AS v (k)
    WHERE k IS NOT NULL AND k <> ''`

/**
 * Works out the keys of these devices anew; those that are deleted have none. Returns the keys that came or went, so that
 * whoever speaks of them can be looked at again.
 */
export async function refreshKeys(manager: EntityManager, deviceIds: readonly string[]): Promise<string[]> {
  const rows: { key: string }[] = await manager.query(
    `WITH live AS (SELECT id, name, sys_name, address FROM device WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL),
     report AS (SELECT r.device_id, r.said FROM neighbor_report r JOIN live ON live.id = r.device_id),
     own AS (SELECT device_id, key FROM (${ownKeys}) k
             WHERE device_id IN (SELECT id FROM live) AND NOT key LIKE ANY($2::text[])),
     gone AS (
       DELETE FROM device_key k WHERE k.device_id = ANY($1::uuid[])
         AND NOT EXISTS (SELECT FROM own o WHERE o.device_id = k.device_id AND o.key = k.key) RETURNING k.key
     ), come AS (
       INSERT INTO device_key (key, device_id) SELECT key, device_id FROM own ON CONFLICT DO NOTHING RETURNING key
     )
     SELECT key FROM gone UNION SELECT key FROM come`,
    [deviceIds, sharedMacs.map((prefix) => `mac:${prefix}%`)],
  )
  return rows.map(({ key }) => key)
}

/** Who has each of these keys. */
export async function readHolders(manager: EntityManager, keys: readonly string[]): Promise<Holders> {
  const rows: { key: string; ids: string[] }[] = await manager.query(
    'SELECT key, array_agg(device_id ORDER BY device_id) AS ids FROM device_key WHERE key = ANY($1::text[]) GROUP BY key',
    [[...new Set(keys)]],
  )
  return new Map(rows.map(({ key, ids }) => [key, ids]))
}

/** The keys of these devices. */
export async function keysOf(manager: EntityManager, deviceIds: readonly string[]): Promise<string[]> {
  const rows: { key: string }[] = await manager.query(
    'SELECT DISTINCT key FROM device_key WHERE device_id = ANY($1::uuid[])',
    [deviceIds],
  )
  return rows.map(({ key }) => key)
}
