import type { EntityManager } from '#db/source.js'

import { type Bridge, candidatesOf, placeHost } from './fdb-places.js'
import type { Report } from './neighbor-report.js'
import { readHolders } from './own-keys.js'
import { isStranger, type ToldLink } from './pairing.js'

interface Scene {
  /** Devices whose links are worked out. */
  ids: ReadonlySet<string>
  reports: readonly Report[]
  /** Links at these devices that they and others tell by LLDP and CDP. */
  heard: readonly ToldLink[]
}

/**
 * Places hosts that say nothing themselves by what bridges have learned: those behind the ports of these devices, those
 * that were placed at them before, and these devices themselves. Whoever speaks for itself needs no placing.
 */
export async function placeHosts(
  manager: EntityManager,
  { ids, reports, heard }: Scene,
): Promise<{ hosts: string[]; links: ToldLink[] }> {
  const macs = reports.flatMap(({ deviceId, fdb }) =>
    ids.has(deviceId) ? fdb.flatMap((port) => port.macs) : [],
  )
  const owners = await readHolders(
    manager,
    macs.map((mac) => `mac:${mac}`),
  )
  const before: { id: string }[] = await manager.query(
    `SELECT unnest(ARRAY[device_id, far_device_id]) AS id FROM link
     WHERE 'FDB' = ANY(evidence) AND (device_id = ANY($1::uuid[]) OR far_device_id = ANY($1::uuid[]))`,
    [[...ids]],
  )
  const possible = new Set([
    ...ids,
    ...[...owners.values()].flatMap((found) => (found.length === 1 ? found : [])),
    ...before.map(({ id }) => id),
  ])
  const speaking = await speakingOf(manager, possible, heard)
  const hosts = new Set([...possible].filter((id) => !speaking.has(id)))
  if (hosts.size === 0) return { hosts: [...possible], links: [] }
  const own = await ownMacs(manager, [...hosts])
  const bridges = await readBridges(manager, [...new Set(own.map(({ mac }) => mac))])
  const behind = bridges.flatMap(({ ports }) => ports.flatMap((port) => port.macs))
  const holders = await readHolders(
    manager,
    behind.map((mac) => `mac:${mac}`),
  )
  const portOf = new Map(own.flatMap(({ id, mac, port }) => (port ? [[`${id} ${mac}`, port] as const] : [])))
  const places = [...candidatesOf(hosts, bridges, holders)]
  const names = await portNames(manager, [
    ...places.flatMap(([, found]) => found.map(({ interfaceId }) => interfaceId)),
    ...portOf.values(),
  ])
  const links = places.flatMap(([host, candidates]) => {
    const link = placeHost({
      host,
      candidates,
      portOf: (id, mac) => portOf.get(`${id} ${mac}`),
      byArp: (id, mac) => !portOf.has(`${id} ${mac}`),
      nameOf: (id) => names.get(id) ?? null,
    })
    return link ?? []
  })
  return { hosts: [...possible], links }
}

/** Those of these devices that are connected by what they or their neighbours say by LLDP or CDP. */
async function speakingOf(
  manager: EntityManager,
  devices: ReadonlySet<string>,
  heard: readonly ToldLink[],
): Promise<Set<string>> {
  const rows: { id: string }[] = await manager.query(
    `SELECT unnest(ARRAY[device_id, far_device_id]) AS id FROM link
     WHERE evidence && '{LLDP,CDP}' AND told_by <> '{}' AND far_device_id IS NOT NULL
       AND (device_id = ANY($1::uuid[]) OR far_device_id = ANY($1::uuid[]))`,
    [[...devices]],
  )
  const now = heard.flatMap(({ from, to }) => (isStranger(to) ? [] : [from.deviceId, to.deviceId]))
  return new Set([...now, ...rows.map(({ id }) => id)])
}

/** MAC addresses of devices, each with the port it belongs to, if it is that of one. */
const ownMacs = (
  manager: EntityManager,
  deviceIds: readonly string[],
): Promise<{ id: string; mac: string; port: string | null }[]> =>
  manager.query(
    `SELECT k.device_id AS id, substr(k.key, 5) AS mac,
       (SELECT CASE count(*) WHEN 1 THEN min(i.id::text) END FROM interface i
        WHERE i.device_id = k.device_id AND i.present AND i.mac = substr(k.key, 5)) AS port
     FROM device_key k WHERE k.device_id = ANY($1::uuid[]) AND k.key LIKE 'mac:%'`,
    [deviceIds],
  )

/** Every bridge that has learned one of these addresses on a port where nobody speaks for itself. */
async function readBridges(manager: EntityManager, macs: readonly string[]): Promise<Bridge[]> {
  const rows: { deviceId: string; fdb: Report['fdb']; speaking: (string | null)[] }[] = await manager.query(
    `SELECT r.device_id AS "deviceId", r.fdb,
       ARRAY(SELECT one ->> 'interfaceId' FROM jsonb_array_elements(r.said -> 'heard') one) AS speaking
     FROM neighbor_report r JOIN device d ON d.id = r.device_id
     WHERE d.deleted_at IS NULL AND r.macs && $1::text[]`,
    [macs],
  )
  return rows.map(({ deviceId, fdb, speaking }) => {
    const told = new Set(speaking)
    return {
      deviceId,
      ports: fdb.filter(({ interfaceId, macs: on }) => on.length > 0 && !told.has(interfaceId)),
    }
  })
}

async function portNames(manager: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; name: string }[] = await manager.query(
    'SELECT id, name FROM interface WHERE id = ANY($1::uuid[])',
    [[...new Set(ids)]],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}
