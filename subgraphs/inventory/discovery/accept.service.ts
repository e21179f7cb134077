import { randomUUID } from 'node:crypto'
import * as z from 'zod'

import { deviceKind, monitoring } from '#core/contract/devices.js'
import { isSeen, mustFind, mustReach, type Reach } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { addressKey } from '../device/address.js'
import { Device } from '../device/device.js'
import { deviceName, deviceTags, siteId } from '../device/device.schema.js'
import { checkSite, type DeviceReach } from '../device/device.service.js'
import { appendDeviceChanged } from '../device/device-events.js'
import { text } from '../reported.js'
import { columnsOf, hydrate, uniqueViolation } from '../sql.js'
import { linkCredentials, mayUseCredentials } from './accepted-credentials.js'
import type { HostRow } from './discovered-host.js'
import { suggestedName } from './discovered-host.js'
import type { AcceptInput } from './discovery.input.js'
import { lockRun, targetOf } from './discovery.service.js'
import type { DiscoveryRun } from './discovery-run.js'
import { knownDevices } from './known-devices.js'

const acceptMax = 1000
const addressesSchema = z.array(z.string().trim().max(60)).min(1, 'name at least one').max(acceptMax)
const acceptSchema = z.object({
  named: z
    .array(z.object({ address: z.string().trim(), name: deviceName.nullish(), kind: deviceKind.nullish() }))
    .max(acceptMax)
    .nullish()
    .transform((given) => given ?? []),
  siteId: siteId.optional(),
  tags: deviceTags.nullish().transform((tags) => tags ?? []),
  allowDuplicates: z.boolean().default(false),
})
type Accepting = z.infer<typeof acceptSchema>

/** Makes devices of hosts. */
export class AcceptService {
  constructor(private readonly source: DataSource) {}

  /**
   * All of them, or, where one cannot be, none, in one transaction: with the credential that worked, the right version and
   * port, and what they said of themselves. @throws SotpError NOT_FOUND, FORBIDDEN (also for a host whose credential the
   * caller may not use, naming it), BAD_USER_INPUT naming an address the run has not found, CONFLICT, ADDRESS_CONFLICT, NAME_CONFLICT
   */
  async accept(
    runId: string,
    given: readonly string[],
    input: AcceptInput | null,
    reach: DeviceReach,
  ): Promise<Device[]> {
    const addresses = parseInput(addressesSchema, given, 'addresses')
    const options = parseInput(acceptSchema, input ?? {})
    try {
      return await this.source.transaction(async (manager) => {
        const run = mustFind(reach, await lockRun(manager, runId), 'No such discovery run.')
        const site = options.siteId === undefined ? run.siteId : options.siteId
        mustReach(reach, site)
        await checkSite(manager, site)
        const hosts = await hostsOf(manager, run, addresses)
        await mayUseCredentials(manager, hosts, reach)
        if (!options.allowDuplicates) await refuseDuplicates(manager, hosts, reach)
        return await write(manager, { run, site, hosts, options, reach })
      })
    } catch (error) {
      const index = uniqueViolation(error)
      if (index === 'device_live_address') throw new SotpError('ADDRESS_CONFLICT', { cause: error })
      if (index === 'device_live_name') throw new SotpError('NAME_CONFLICT', { cause: error })
      throw error
    }
  }
}

/** The hosts at these addresses, in their order. */
async function hostsOf(
  manager: EntityManager,
  run: DiscoveryRun,
  addresses: readonly string[],
): Promise<HostRow[]> {
  const keys = [...new Set(addresses.map(addressKey))]
  const rows: (HostRow & { key: string })[] = await manager.query(
    `SELECT run_id AS "runId", position::text, found, device_id AS "deviceId", address_key AS key
     FROM discovered_host WHERE run_id = $1 AND address_key = ANY($2::text[]) FOR UPDATE`,
    [run.id, keys],
  )
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return keys.map((key, at) => {
    const row = byKey.get(key)
    const field = `addresses.${at}`
    if (!row) {
      const message = `${field}: this run has found nothing at ${addresses.find((one) => addressKey(one) === key)}`
      throw new SotpError('BAD_USER_INPUT', { message, field })
    }
    if (row.deviceId !== null) {
      throw new SotpError('CONFLICT', { message: `${row.found.address} was accepted already.`, field })
    }
    return row
  })
}

const signs = {
  ADDRESS: 'an address',
  SERIAL: 'the serial number',
  CHASSIS_ID: 'the chassis id',
  SYS_NAME: 'the name it calls itself',
} as const

async function refuseDuplicates(
  manager: EntityManager,
  hosts: readonly HostRow[],
  reach: Reach,
): Promise<void> {
  const found = hosts.map((host) => host.found)
  const known = await knownDevices(manager, found, reach.see === 'nowhere' ? reach.act : reach.see)
  for (const { address, duplicateOf, duplicateBy } of found) {
    const device = known.get(address)
    if (device?.by === 'ADDRESS' && duplicateOf === null) continue
    const [other, sign] = device
      ? [`device "${await nameOf(manager, device.deviceId)}"`, device.by]
      : [duplicateOf, duplicateBy]
    if (other === null || sign === null) continue
    throw new SotpError('CONFLICT', {
      message: `${address} seems to be the same as ${other}: both have ${signs[sign]}. Accept it with allowDuplicates if they differ.`,
      field: 'addresses',
    })
  }
}

async function nameOf(manager: EntityManager, id: string): Promise<string> {
  const [row] = (await manager.query('SELECT name FROM device WHERE id = $1', [id])) as { name: string }[]
  return row?.name ?? id
}

interface Writing {
  run: DiscoveryRun
  site: string | null
  hosts: readonly HostRow[]
  options: Accepting
  reach: Reach
}

async function write(manager: EntityManager, writing: Writing): Promise<Device[]> {
  const { run, hosts, reach } = writing
  const devices = devicesOf(writing, await takenNames(manager, hosts))
  await refuseTaken(manager, devices, reach)
  await manager.query(
    `INSERT INTO device (id, name, address, address_key, site_id, kind, status, tags, monitoring, vendor, model,
       os_version, serial_number, sys_object_id, sys_descr, sys_name, created_at, updated_at)
     SELECT r.*, now(), now() FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, name text, address text,
       address_key text, site_id uuid, kind text, status text, tags text[], monitoring jsonb, vendor text, model text,
       os_version text, serial_number text, sys_object_id text, sys_descr text, sys_name text)`,
    [JSON.stringify(devices)],
  )
  const ids = devices.map(({ id }) => id)
  await linkCredentials(manager, ids, hosts)
  await manager.query(
    `UPDATE discovered_host SET device_id = r.device FROM unnest($2::text[], $3::uuid[]) AS r (key, device)
     WHERE run_id = $1 AND address_key = r.key`,
    [run.id, devices.map((device) => device.address_key), ids],
  )
  await appendDeviceChanged(manager, 'CREATED', ids)
  await recordAudit(manager, {
    target: targetOf(run),
    after: {
      accepted: devices.length,
      devices: devices.map(({ id, name, address }) => ({ id, name, address })),
    },
  })
  const rows = await manager.query(
    `SELECT ${columnsOf(manager, Device, 'd')} FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, position)
     JOIN device d USING (id) ORDER BY wanted.position`,
    [ids],
  )
  return hydrate(Device, rows)
}

/** Rows of devices, in the words of their columns. A suggested name that is taken gets the address behind it. */
function devicesOf({ site, hosts, options }: Writing, taken: ReadonlySet<string>) {
  const wanted = new Map(options.named.map((one) => [addressKey(one.address), one]))
  const used = new Set(taken)
  return hosts.map(({ found }) => {
    const key = addressKey(found.address)
    const given = wanted.get(key)
    const suggested = suggestedName(found)
    const name =
      given?.name ??
      (used.has(suggested.toLowerCase())
        ? `${suggested.slice(0, 200).toWellFormed()} (${found.address})`
        : suggested)
    used.add(name.toLowerCase())
    const hasAgent = found.snmp !== null
    const { version = 'V2C', port = 161 } = found.snmp ?? {}
    return {
      ...{ id: randomUUID(), name, address: found.address, address_key: key, site_id: site },
      ...{ kind: given?.kind ?? found.kind, status: 'ACTIVE', tags: options.tags },
      monitoring: monitoring.parse({
        // What answers SNMP alone shall not seem to be half dead.
        icmp: { enabled: found.rttMs !== null || !hasAgent },
        snmp: hasAgent ? { version, port } : null,
      }),
      ...{ vendor: text(found.vendor), model: text(found.model), os_version: text(found.osVersion) },
      ...{ serial_number: text(found.serialNumber), sys_object_id: text(found.sysObjectId) },
      ...{ sys_descr: text(found.sysDescr), sys_name: text(found.sysName) },
    }
  })
}

async function takenNames(manager: EntityManager, hosts: readonly HostRow[]): Promise<Set<string>> {
  const rows: { name: string }[] = await manager.query(
    'SELECT lower(name) AS name FROM device WHERE deleted_at IS NULL AND lower(name) = ANY($1::text[])',
    [hosts.map(({ found }) => suggestedName(found).toLowerCase())],
  )
  return new Set(rows.map(({ name }) => name))
}

/** Says who has an address or a name already. @throws SotpError ADDRESS_CONFLICT, NAME_CONFLICT */
async function refuseTaken(
  manager: EntityManager,
  devices: ReturnType<typeof devicesOf>,
  reach: Reach,
): Promise<void> {
  const names = devices.map(({ name }) => name.toLowerCase())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) {
    throw new SotpError('NAME_CONFLICT', {
      message: `Two of them shall be named "${twice}".`,
      field: 'input.named',
    })
  }
  const rows: { name: string; address: string; key: string; siteId: string | null }[] = await manager.query(
    `SELECT name, address, address_key AS key, site_id AS "siteId" FROM device
     WHERE deleted_at IS NULL AND (lower(name) = ANY($1::text[]) OR address_key = ANY($2::text[]))`,
    [names, devices.map((device) => device.address_key)],
  )
  for (const device of devices) {
    const sameAddress = rows.find(({ key }) => key === device.address_key)
    if (sameAddress) {
      const who = isSeen(reach, sameAddress.siteId) ? `Device "${sameAddress.name}"` : 'Another device'
      throw new SotpError('ADDRESS_CONFLICT', {
        message: `${who} already has the address ${device.address}.`,
        field: 'addresses',
      })
    }
    if (rows.some(({ name }) => name.toLowerCase() === device.name.toLowerCase())) {
      throw new SotpError('NAME_CONFLICT', {
        message: `There is already a device named "${device.name}".`,
        field: 'input.named',
      })
    }
  }
}
