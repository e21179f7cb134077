import type { Stranger, TopologyChanged } from '#core/contract/topology.js'
import { appendOutbox } from '#db/outbox.js'
import type { EntityManager } from '#db/source.js'

import { type End, isStranger, type ToldLink } from './pairing.js'

/** A link as it is stored. */
interface StoredLink {
  id: string
  deviceId: string
  interfaceId: string | null
  farDeviceId: string | null
  farInterfaceId: string | null
  evidence: string[]
  confidence: number
  shared: boolean
  toldBy: string[]
}

/** Which links came, changed and went, with the devices at their ends. */
export interface LinkChanges {
  created: string[]
  updated: string[]
  deleted: { id: string; deviceIds: string[] }[]
}

/**
 * Makes the links at these devices, and those by which these hosts are placed, what is told now. One that nobody tells any more is kept, as what was last known, but
 * for those that cannot be true beside what is told: the cable is in another port now.
 */
export async function storeLinks(
  manager: EntityManager,
  { deviceIds, hosts }: { deviceIds: readonly string[]; hosts: readonly string[] },
  told: readonly ToldLink[],
): Promise<LinkChanges> {
  const stored: StoredLink[] = await manager.query(
    `SELECT id, device_id AS "deviceId", interface_id AS "interfaceId", far_device_id AS "farDeviceId",
       far_interface_id AS "farInterfaceId", evidence, confidence, shared, told_by AS "toldBy"
     FROM link WHERE (
       device_id = ANY($1::uuid[]) OR far_device_id = ANY($1::uuid[])
       OR 'FDB' = ANY(evidence) AND (device_id = ANY($2::uuid[]) OR far_device_id = ANY($2::uuid[])))
     ORDER BY id FOR UPDATE`,
    [deviceIds, hosts],
  )
  // What somebody drew stays as it is, whether a device tells the same or not.
  const drawn = new Set(stored.flatMap(({ id, evidence }) => (evidence.includes('MANUAL') ? [id] : [])))
  const fresh = new Map(told.flatMap((link) => (drawn.has(link.id) ? [] : [[link.id, link] as const])))
  const silent = stored.filter(({ id }) => !fresh.has(id) && !drawn.has(id))
  const untrue = silent.filter((link) => told.some((other) => contradicts(other, link)))
  const gone = new Set(untrue.map(({ id }) => id))
  const lost = silent.filter(({ id, toldBy }) => !gone.has(id) && toldBy.length > 0)
  if (gone.size > 0) await manager.query('DELETE FROM link WHERE id = ANY($1::uuid[])', [[...gone]])
  if (lost.length > 0) await manager.query(silence, [lost.map(({ id }) => id)])
  const known = new Map(stored.map((link) => [link.id, link]))
  const written = [...fresh.values()].filter((link) => differs(link, known.get(link.id)))
  if (written.length > 0) await manager.query(upsert, [JSON.stringify(written.map(rowOf))])
  return {
    created: written.flatMap(({ id }) => (known.has(id) ? [] : [id])),
    updated: [...written.flatMap(({ id }) => (known.has(id) ? [id] : [])), ...lost.map(({ id }) => id)],
    deleted: untrue.map(({ id, deviceId, farDeviceId }) => ({
      id,
      deviceIds: farDeviceId ? [deviceId, farDeviceId] : [deviceId],
    })),
  }
}

/** Adds a link. False: there is one with these ends. */
export async function insertLink(manager: EntityManager, link: ToldLink): Promise<boolean> {
  const rows: unknown[] = await manager.query(`${insert} ON CONFLICT DO NOTHING RETURNING id`, [
    JSON.stringify([rowOf(link)]),
  ])
  return rows.length > 0
}

/** The time at which a link was last told stays with it. */
const silence = `
  UPDATE link l SET told_by = '{}', last_seen_at = greatest(l.last_seen_at,
    (SELECT max(r.at) FROM neighbor_report r WHERE r.device_id = ANY(l.told_by) AND r.at < now() - interval '1 second'))
  WHERE id = ANY($1::uuid[])`

const insert = `
  INSERT INTO link AS l (id, device_id, interface_id, port, far_device_id, far_interface_id, far_port, stranger,
    evidence, confidence, shared, told_by, first_seen_at, last_seen_at)
  SELECT id, device_id, interface_id, port, far_device_id, far_interface_id, far_port, stranger,
    evidence, confidence, shared, told_by, now(), now()
  FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, device_id uuid, interface_id uuid, port text, far_device_id uuid,
    far_interface_id uuid, far_port text, stranger jsonb, evidence text[], confidence real, shared boolean, told_by uuid[])`
const upsert = `${insert}
  ON CONFLICT (id) DO UPDATE SET port = excluded.port, far_port = excluded.far_port, stranger = excluded.stranger,
    evidence = excluded.evidence, confidence = excluded.confidence, shared = excluded.shared,
    told_by = excluded.told_by, last_seen_at = now()`

const rowOf = ({ id, from, to, evidence, confidence, shared, toldBy }: ToldLink) => {
  const far: End | undefined = isStranger(to) ? undefined : to
  return {
    ...{ id, device_id: from.deviceId, interface_id: from.interfaceId, port: from.port },
    ...{ far_device_id: far?.deviceId ?? null, far_interface_id: far?.interfaceId ?? null },
    ...{ far_port: far?.port ?? null, stranger: isStranger(to) ? (to satisfies Stranger) : null },
    ...{ evidence, confidence, shared, told_by: toldBy },
  }
}

const differs = (link: ToldLink, known: StoredLink | undefined): boolean =>
  !known ||
  Math.abs(known.confidence - link.confidence) > 0.001 ||
  known.shared !== link.shared ||
  known.evidence.join() !== link.evidence.join() ||
  known.toldBy.join() !== link.toldBy.join()

/** Whether both cannot be true: a port has one cable, and a host that is placed is in one place. */
function contradicts(told: ToldLink, { deviceId, interfaceId, farDeviceId, ...old }: StoredLink): boolean {
  const ends = isStranger(told.to) ? [told.from] : [told.from, told.to]
  const oldEnds = [
    { deviceId, interfaceId },
    ...(farDeviceId ? [{ deviceId: farDeviceId, interfaceId: old.farInterfaceId }] : []),
  ]
  const sameEnd = oldEnds.some(
    (a) =>
      a.interfaceId !== null &&
      ends.some((b) => b.deviceId === a.deviceId && b.interfaceId === a.interfaceId),
  )
  if (sameEnd && !told.shared) return true
  if (sameEnd && told.shared !== old.shared) return true
  const toDevice = isStranger(told.to) ? undefined : told.to.deviceId
  const samePair = deviceId === told.from.deviceId && farDeviceId === (toDevice ?? null)
  // An end whose port was not known: it is the same cable, told better or elsewhere.
  if (samePair && toDevice && oldEnds.some((end) => end.interfaceId === null)) return true
  const isPlaced = old.evidence.includes('FDB')
  const host = isPlaced && oldEnds.find((end) => ends.some((one) => one.deviceId === end.deviceId))
  return (
    host !== false && host !== undefined && told.evidence.includes('FDB') && isHostOf(told, host.deviceId)
  )
}

/** Whether a placed link places this device: it is not the bridge that tells it. */
const isHostOf = ({ toldBy }: ToldLink, deviceId: string): boolean => !toldBy.includes(deviceId)

/** Tells other rooms and browsers what became of links, in the transaction of the change. */
export async function appendTopologyChanged(
  manager: EntityManager,
  { created, updated, deleted }: LinkChanges,
): Promise<void> {
  const at = Date.now()
  const sites = await sitesOf(manager, [...created, ...updated])
  const gone = await sitesOfDevices(manager, deleted)
  const event = (change: TopologyChanged['change'], linkId: string, siteIds: (string | null)[]) =>
    ({ v: 1, kind: 'topology.changed', change, at, linkId, siteIds }) satisfies TopologyChanged
  await appendOutbox(manager, 'topology.changed', [
    ...deleted.map(({ id }) => event('DELETED', id, gone.get(id) ?? [])),
    ...created.map((id) => event('CREATED', id, sites.get(id) ?? [])),
    ...updated.map((id) => event('UPDATED', id, sites.get(id) ?? [])),
  ])
}

async function sitesOf(
  manager: EntityManager,
  linkIds: readonly string[],
): Promise<Map<string, (string | null)[]>> {
  const rows: { id: string; siteIds: (string | null)[] }[] = await manager.query(
    `SELECT l.id, array_agg(d.site_id) AS "siteIds" FROM link l JOIN device d ON d.id IN (l.device_id, l.far_device_id)
     WHERE l.id = ANY($1::uuid[]) GROUP BY l.id`,
    [linkIds],
  )
  return new Map(rows.map(({ id, siteIds }) => [id, siteIds]))
}

async function sitesOfDevices(
  manager: EntityManager,
  links: LinkChanges['deleted'],
): Promise<Map<string, (string | null)[]>> {
  if (links.length === 0) return new Map()
  const rows: { id: string; siteId: string | null }[] = await manager.query(
    'SELECT id, site_id AS "siteId" FROM device WHERE id = ANY($1::uuid[])',
    [links.flatMap(({ deviceIds }) => deviceIds)],
  )
  const sites = new Map(rows.map(({ id, siteId }) => [id, siteId]))
  return new Map(links.map(({ id, deviceIds }) => [id, deviceIds.map((one) => sites.get(one) ?? null)]))
}
