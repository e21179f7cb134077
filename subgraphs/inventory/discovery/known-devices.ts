import type { FoundHost, Sameness } from '#core/contract/discovery.js'
import { neighborIdKind } from '#core/contract/neighbors.js'
import { sameDevice, traitKey } from '#core/service/same-device.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'

import { addressKey } from '../device/address.js'
import { chassisKeys } from '../topology/identity.js'

/** Whatever can run a statement. */
interface Queryable {
  query(sql: string, parameters: unknown[]): Promise<unknown>
}

interface Candidate {
  id: string
  address: string
  addressKey: string
  serialNumber: string | null
  sysName: string | null
  /** LLDP chassis id, by its own word or as it was found; null: unknown. */
  chassisId: string | null
  /** Of the keys asked for those that it has of itself, and nobody else has. */
  ownKeys: string[]
}

/** A device that a host is taken for, and why. */
export interface KnownDevice {
  deviceId: string
  by: Sameness
}

/** Which of the devices within the scope each host is, by the host's address; hosts that are none are left out. */
export async function knownDevices(
  on: Queryable,
  hosts: readonly FoundHost[],
  scope: Scope,
): Promise<Map<string, KnownDevice>> {
  if (hosts.length === 0) return new Map()
  const shared = await sharedKeys(on, hosts)
  const told = hosts.map((host) => (tellsApart(host, shared) ? host : { ...host, chassisId: null }))
  const candidates = await candidatesOf(on, told, scope)
  const byKey = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    for (const key of [
      ...keysOf({ ...candidate, addressKeys: [candidate.addressKey] }),
      ...candidate.ownKeys,
    ]) {
      byKey.set(key, [...(byKey.get(key) ?? []), candidate])
    }
  }
  const known = new Map<string, KnownDevice>()
  for (const host of told) {
    const addressKeys = [host.address, ...host.addresses].map(addressKey)
    const keys = [...keysOf({ ...host, addressKeys }), ...chassisOf(host)]
    const alike = new Set(keys.flatMap((key) => byKey.get(key) ?? []))
    const found = match(host, [...alike])
    if (found) known.set(host.address, found)
  }
  return known
}

/**
 * Keys by which topology may know a device with this chassis id (`topology/identity.ts`): none of one that says nothing,
 * as the MAC address that routers share.
 */
function chassisOf({ chassisId }: Pick<FoundHost, 'chassisId'>): string[] {
  const [said = '', value = ''] = chassisId?.split(/ (.*)/s) ?? []
  const { data: kind } = neighborIdKind.safeParse(said)
  return kind && value !== '' ? chassisKeys({ kind, value }) : []
}

const tellsApart = (host: FoundHost, shared: ReadonlySet<string>): boolean => {
  const keys = chassisOf(host)
  return keys.length > 0 && !keys.some((key) => shared.has(key))
}

/** A device that says no chassis id of its own has that of the host where it alone bears it, as the MAC of a port. */
const chassisSeen = (host: FoundHost, { chassisId, ownKeys }: Candidate): string | null =>
  chassisId ?? (chassisOf(host).some((key) => ownKeys.includes(key)) ? host.chassisId : null)

/** A device at the host's own address is that host, whatever else differs: no second can be added there. */
function match(host: FoundHost, candidates: readonly Candidate[]): KnownDevice | undefined {
  const own = addressKey(host.address)
  const there = candidates.find((candidate) => candidate.addressKey === own)
  if (there) return { deviceId: there.id, by: 'ADDRESS' }
  for (const candidate of candidates) {
    const by = sameDevice(
      { ...host, addresses: [host.address, ...host.addresses] },
      { ...candidate, chassisId: chassisSeen(host, candidate), addresses: [candidate.address] },
    )
    if (by) return { deviceId: candidate.id, by }
  }
  return undefined
}

/**
 * What others resolve a device's address to is no word of its own: behind a proxy (RFC 1027) it is a router's. So of its
 * MAC addresses only those count that it reports of its ports and its bridge.
 */
const isOwn = `(k.key NOT LIKE 'mac:%'
  OR EXISTS (SELECT FROM interface i WHERE i.device_id = k.device_id AND i.present AND 'mac:' || i.mac = k.key)
  OR EXISTS (SELECT FROM neighbor_report r WHERE r.device_id = k.device_id
    AND k.key IN ('mac:' || (r.said ->> 'bridgeMac'), 'mac:' || (r.said #>> '{chassisId,value}'))))`

/** Those of the hosts' chassis keys that several devices have of themselves: they tell none of them. */
async function sharedKeys(on: Queryable, hosts: readonly FoundHost[]): Promise<Set<string>> {
  const keys = hosts.flatMap(chassisOf)
  if (keys.length === 0) return new Set()
  const rows = (await on.query(
    `SELECT key FROM device_key k WHERE key = ANY($1::text[]) AND ${isOwn} GROUP BY key HAVING count(*) > 1`,
    [keys],
  )) as { key: string }[]
  return new Set(rows.map(({ key }) => key))
}

const ownKeys = `
  SELECT k.key FROM device_key k WHERE k.device_id = d.id AND k.key = ANY($6::text[]) AND ${isOwn}`
const chassisSaid = `
  SELECT (r.said #>> '{chassisId,kind}') || ' ' || (r.said #>> '{chassisId,value}') FROM neighbor_report r
  WHERE r.device_id = d.id`
const chassisFound = `
  SELECT h.chassis_id FROM discovered_host h WHERE h.device_id = d.id AND h.chassis_id IS NOT NULL LIMIT 1`

const candidatesOf = async (
  on: Queryable,
  hosts: readonly FoundHost[],
  scope: Scope,
): Promise<Candidate[]> => {
  const keys = (name: 'serialNumber' | 'sysName') => hosts.flatMap((host) => traitKey(host[name]) ?? [])
  return (await on.query(
    `WITH alike AS (
       SELECT id FROM device WHERE address_key = ANY($1::text[]) AND deleted_at IS NULL
       UNION SELECT id FROM device WHERE lower(serial_number) = ANY($2::text[]) AND deleted_at IS NULL
       UNION SELECT id FROM device WHERE lower(sys_name) = ANY($3::text[]) AND deleted_at IS NULL
       UNION SELECT id FROM device WHERE lower(name) = ANY($3::text[]) AND deleted_at IS NULL
       UNION SELECT device_id FROM discovered_host WHERE chassis_id = ANY($4::text[]) AND device_id IS NOT NULL
       UNION SELECT device_id FROM device_key WHERE key = ANY($6::text[])
     )
     SELECT d.id, d.address, d.address_key AS "addressKey", d.serial_number AS "serialNumber",
       coalesce(d.sys_name, d.name) AS "sysName",
       coalesce((${chassisSaid}), (${chassisFound})) AS "chassisId", ARRAY(${ownKeys}) AS "ownKeys"
     FROM alike JOIN device d USING (id)
     WHERE d.deleted_at IS NULL AND ($5::uuid[] IS NULL OR d.site_id = ANY($5)) ORDER BY d.created_at, d.id`,
    [
      hosts.flatMap(({ address, addresses }) => [address, ...addresses].map(addressKey)),
      keys('serialNumber'),
      keys('sysName'),
      hosts.flatMap(({ chassisId }) => chassisId ?? []),
      siteIdsOf(scope),
      hosts.flatMap(chassisOf),
    ],
  )) as Candidate[]
}

function keysOf({
  addressKeys,
  serialNumber,
  sysName,
  chassisId,
}: {
  addressKeys: readonly string[]
  serialNumber: string | null
  sysName: string | null
  chassisId: string | null
}): string[] {
  const named = [
    ['serial', traitKey(serialNumber)],
    ['chassis', traitKey(chassisId)],
    ['name', traitKey(sysName)],
  ].flatMap(([what, key]) => (key === undefined ? [] : [`${what} ${key}`]))
  return [...named, ...addressKeys]
}
