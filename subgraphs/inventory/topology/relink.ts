import { setImmediate } from 'node:timers/promises'

import type { EntityManager } from '#db/source.js'

import { type Adjacency, adjacenciesOf } from './adjacency.js'
import { FarPorts, type KnownPort } from './far-port.js'
import { heardKeys } from './identity.js'
import { appendTopologyChanged, type LinkChanges, storeLinks } from './link-store.js'
import type { Report, Said } from './neighbor-report.js'
import { keysOf, readHolders, refreshKeys } from './own-keys.js'
import { type Claim, pairLinks, type ToldLink } from './pairing.js'
import { placeHosts } from './place-hosts.js'

/** Keys of one round that are looked for at other devices. */
const keysMax = 20_000

/**
 * Works out the links at these devices from all that they and those who speak of them say, and tells what changed. Reads
 * a bounded number of reports, whatever the size of the network.
 */
export async function relink(manager: EntityManager, deviceIds: readonly string[]): Promise<LinkChanges> {
  const changedKeys = await refreshKeys(manager, deviceIds)
  // Whoever has one of these keys, too, may be known or no longer known by it.
  const others = await sharing(manager, changedKeys.slice(0, keysMax))
  const ids = new Set([...deviceIds, ...others])
  const keys = [...new Set([...(await keysOf(manager, [...ids])), ...changedKeys])]
  const reports = await readReports(manager, [...ids], keys)
  const holders = await readHolders(manager, [
    ...reports.flatMap(({ said }) => said.heard.flatMap(heardKeys)),
    ...keys,
  ])
  const adjacencies: Adjacency[] = []
  let done = 0
  for (const { deviceId, said } of reports) {
    for (const one of adjacenciesOf(deviceId, said.heard, holders)) {
      const isWanted = ids.has(deviceId) || ('deviceId' in one.far && ids.has(one.far.deviceId))
      if (isWanted) adjacencies.push(one)
    }
    if (++done % 20 === 0) await setImmediate()
  }
  const heard = pairAll(await withFarPorts(manager, adjacencies))
  const placed = await placeHosts(manager, { ids, reports, heard })
  const changes = await storeLinks(manager, { deviceIds: [...ids], hosts: placed.hosts }, [
    ...heard,
    ...placed.links,
  ])
  await appendTopologyChanged(manager, changes)
  return changes
}

/** Other devices that have one of these keys. */
async function sharing(manager: EntityManager, keys: readonly string[]): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    'SELECT DISTINCT device_id AS id FROM device_key WHERE key = ANY($1::text[])',
    [keys],
  )
  return rows.map(({ id }) => id)
}

/** What these devices said, and all that speak of somebody with one of these keys. */
const readReports = (
  manager: EntityManager,
  deviceIds: readonly string[],
  keys: readonly string[],
): Promise<Report[]> =>
  manager.query(
    `SELECT r.device_id AS "deviceId", r.said, r.fdb FROM neighbor_report r JOIN device d ON d.id = r.device_id
     WHERE d.deleted_at IS NULL AND (r.device_id = ANY($1::uuid[]) OR r.mentions && $2::text[])`,
    [deviceIds, keys],
  )

/** Finds the far port of each adjacency from what its neighbour says of it. */
async function withFarPorts(manager: EntityManager, adjacencies: readonly Adjacency[]): Promise<Claim[]> {
  const farIds = [...new Set(adjacencies.flatMap(({ far }) => ('deviceId' in far ? far.deviceId : [])))]
  const ports: KnownPort[] = await manager.query(
    `SELECT id, device_id AS "deviceId", name, description, alias, mac, if_index AS "ifIndex"
     FROM interface WHERE device_id = ANY($1::uuid[]) AND present ORDER BY if_index, id`,
    [farIds],
  )
  const told: { deviceId: string; ports: Said['ports'] }[] = await manager.query(
    `SELECT device_id AS "deviceId", said -> 'ports' AS ports FROM neighbor_report WHERE device_id = ANY($1::uuid[])`,
    [farIds],
  )
  const portsOf = Map.groupBy(ports, ({ deviceId }) => deviceId)
  const toldOf = new Map(told.map((one) => [one.deviceId, one.ports]))
  const known = new Map(farIds.map((id) => [id, new FarPorts(portsOf.get(id) ?? [], toldOf.get(id) ?? [])]))
  return adjacencies.map((one) => {
    const far = 'deviceId' in one.far ? known.get(one.far.deviceId) : undefined
    const found = one.hints.flatMap((hint) => far?.find(hint) ?? [])
    return { ...one, farInterfaceId: found[0] ?? null }
  })
}

function pairAll(claims: readonly Claim[]): ToldLink[] {
  const pairs = new Map<string, { a: string; claims: Claim[] }>()
  for (const one of claims) {
    const far = 'deviceId' in one.far ? one.far.deviceId : ''
    const [a, b] = [one.deviceId, far].sort()
    const key = far === '' ? `${one.deviceId} ` : `${a} ${b}`
    const pair = pairs.get(key) ?? { a: far === '' ? one.deviceId : (a ?? ''), claims: [] }
    pair.claims.push(one)
    pairs.set(key, pair)
  }
  return [...pairs.values()].flatMap(({ a, claims: both }) =>
    pairLinks(
      both.filter(({ deviceId }) => deviceId === a),
      both.filter(({ deviceId }) => deviceId !== a),
    ),
  )
}
