import type { FoundHost, Sameness } from '#core/contract/discovery.js'
import { sameDevice, traitKey } from '#core/service/same-device.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'

import { addressKey } from '../device/address.js'

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
  chassisId: string | null
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
  const candidates = await candidatesOf(on, hosts, scope)
  const byKey = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    for (const key of keysOf({ ...candidate, addressKeys: [candidate.addressKey] })) {
      byKey.set(key, [...(byKey.get(key) ?? []), candidate])
    }
  }
  const known = new Map<string, KnownDevice>()
  for (const host of hosts) {
    const addressKeys = [host.address, ...host.addresses].map(addressKey)
    const alike = new Set(keysOf({ ...host, addressKeys }).flatMap((key) => byKey.get(key) ?? []))
    const found = match(host, [...alike])
    if (found) known.set(host.address, found)
  }
  return known
}

/** A device at the host's own address is that host, whatever else differs: no second can be added there. */
function match(host: FoundHost, candidates: readonly Candidate[]): KnownDevice | undefined {
  const own = addressKey(host.address)
  const there = candidates.find((candidate) => candidate.addressKey === own)
  if (there) return { deviceId: there.id, by: 'ADDRESS' }
  for (const candidate of candidates) {
    const by = sameDevice(
      { ...host, addresses: [host.address, ...host.addresses] },
      { ...candidate, addresses: [candidate.address] },
    )
    if (by) return { deviceId: candidate.id, by }
  }
  return undefined
}

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
     )
     SELECT d.id, d.address, d.address_key AS "addressKey", d.serial_number AS "serialNumber",
       coalesce(d.sys_name, d.name) AS "sysName",
       (SELECT h.chassis_id FROM discovered_host h WHERE h.device_id = d.id AND h.chassis_id IS NOT NULL LIMIT 1)
         AS "chassisId"
     FROM alike JOIN device d USING (id)
     WHERE d.deleted_at IS NULL AND ($5::uuid[] IS NULL OR d.site_id = ANY($5)) ORDER BY d.created_at, d.id`,
    [
      hosts.flatMap(({ address, addresses }) => [address, ...addresses].map(addressKey)),
      keys('serialNumber'),
      keys('sysName'),
      hosts.flatMap(({ chassisId }) => chassisId ?? []),
      siteIdsOf(scope),
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
