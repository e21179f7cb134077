import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

import type { Monitoring } from '#core/contract/devices.js'
import { isSeen } from '#core/service/authorize.js'
import { covers } from '#core/service/scope.js'
import type { EntityManager } from '#db/source.js'

import { columnsOf, hydrate } from '../sql.js'
import { addressKey, endpointKey } from './address.js'
import type { CsvRecord } from './csv.js'
import { Device } from './device.js'
import { initialMonitoring, mergeMonitoring } from './device.schema.js'
import type { DeviceReach } from './device.service.js'
import { type ImportRow, monitoringOf } from './import-row.js'

/** A device as it shall be written, in the words of its columns. */
interface ImportedDevice {
  id: string
  name: string
  address: string
  address_key: string
  site_id: string | null
  kind: string
  tags: string[]
  monitoring: Monitoring
}

export interface ImportPlan {
  created: ImportedDevice[]
  /** Existing devices that a row names, whether it changes them or not. */
  matched: number
  changed: ImportedDevice[]
  /** Where devices stood whose site changes. */
  moved: Map<string, string | null>
  /** Credentials in order, of each device whose links are new. */
  links: Map<string, string[]>
  /** What becomes of each row that fits, in the order of the file. */
  accepted: { line: number; name: string; address: string; action: 'CREATE' | 'UPDATE' | 'KEEP' }[]
  rejected: { record: CsvRecord; reason: string }[]
}

export interface ImportItem {
  record: CsvRecord
  row: ImportRow
}

/** What the rows name, as it is now. */
interface Known {
  sites: Map<string, string>
  credentials: Map<string, { id: string; kind: string }>
  byName: Map<string, Device>
  byEndpoint: Map<string, Device>
  links: Map<string, string[]>
}

const low = (text: string) => text.toLowerCase()

/** Decides what becomes of each row, with four statements whatever their number. Writes nothing. */
export async function planImport(
  manager: EntityManager,
  items: readonly ImportItem[],
  reach: DeviceReach,
): Promise<ImportPlan> {
  const known = await read(manager, items, reach)
  const plan: ImportPlan = {
    created: [],
    matched: 0,
    changed: [],
    moved: new Map(),
    links: new Map(),
    accepted: [],
    rejected: [],
  }
  const lines: Lines = { names: new Map(), endpoints: new Map() }
  for (const { record, row } of items) {
    const reason = place({ record, row }, { ...known, reach }, { plan, lines })
    if (reason !== null) plan.rejected.push({ record, reason })
  }
  return plan
}

/** Where in the file each name and endpoint stands that a row has taken. */
interface Lines {
  names: Map<string, number>
  endpoints: Map<string, number>
}

/** Puts one row into the plan, or says why it does not fit. */
function place(
  { record, row }: ImportItem,
  known: Known & { reach: DeviceReach },
  { plan, lines }: { plan: ImportPlan; lines: Lines },
): string | null {
  const sameName = lines.names.get(low(row.name))
  if (sameName !== undefined) return `name: "${row.name}" stands already on line ${sameName}`
  const existing = known.byName.get(low(row.name))
  const beyond = outOfReach(existing, known.reach)
  if (beyond !== null) return beyond
  const siteId = row.site === undefined ? undefined : known.sites.get(low(row.site))
  if (row.site !== undefined && siteId === undefined) return `site: there is no site "${row.site}"`
  const stranger = row.credentials?.find((name) => !known.credentials.has(low(name)))
  if (stranger !== undefined) return `credentials: there is no credential "${stranger}"`
  const credentials = [
    ...new Map(
      row.credentials?.flatMap((name) => {
        const credential = known.credentials.get(low(name))
        return credential ? [[credential.id, credential] as const] : []
      }),
    ).values(),
  ]
  const site = siteId ?? existing?.siteId ?? null
  if (!covers(known.reach.act, site)) return 'site: you may not add or move devices there'
  const patch = monitoringOf(row)
  const device: ImportedDevice = {
    id: existing?.id ?? randomUUID(),
    name: row.name,
    address: row.address,
    address_key: addressKey(row.address),
    site_id: site,
    kind: row.kind ?? existing?.kind ?? 'OTHER',
    tags: row.tags ?? existing?.tags ?? [],
    monitoring: mergeMonitoring(
      existing?.monitoring ??
        initialMonitoring(
          credentials.map(({ kind }) => kind),
          patch,
        ),
      patch,
      'monitoring',
    ),
  }
  const endpoint = endpointKey(device.address, device.monitoring)
  const sameEndpoint = lines.endpoints.get(endpoint)
  if (sameEndpoint !== undefined) return `address: ${row.address} stands already on line ${sameEndpoint}`
  const holder = known.byEndpoint.get(endpoint)
  if (holder && holder !== existing) {
    const who = isSeen(known.reach, holder.siteId) ? `device "${holder.name}"` : 'another device'
    return `address: ${who} already has ${row.address}`
  }
  lines.names.set(low(row.name), record.line)
  lines.endpoints.set(endpoint, record.line)
  const ids = credentials.map(({ id }) => id)
  const relinked = row.credentials !== undefined && !isDeepStrictEqual(ids, known.links.get(device.id) ?? [])
  if (relinked) plan.links.set(device.id, ids)
  const action = !existing ? 'CREATE' : relinked || differs(device, existing) ? 'UPDATE' : 'KEEP'
  plan.accepted.push({ line: record.line, name: device.name, address: device.address, action })
  if (!existing) plan.created.push(device)
  else {
    plan.matched += 1
    if (action === 'UPDATE') plan.changed.push(device)
    if (site !== existing.siteId) plan.moved.set(device.id, existing.siteId)
  }
  return null
}

/** Why the device that a row names may not be changed; null: it may, or there is none. */
function outOfReach(existing: Device | undefined, reach: DeviceReach): string | null {
  if (!existing || covers(reach.act, existing.siteId)) return null
  return isSeen(reach, existing.siteId)
    ? `name: you may not change "${existing.name}"`
    : `name: another device is already named "${existing.name}"`
}

const differs = (wanted: ImportedDevice, device: Device): boolean =>
  wanted.name !== device.name ||
  wanted.address !== device.address ||
  wanted.site_id !== device.siteId ||
  wanted.kind !== device.kind ||
  !isDeepStrictEqual(wanted.tags, device.tags) ||
  !isDeepStrictEqual(wanted.monitoring, device.monitoring)

async function read(
  manager: EntityManager,
  items: readonly ImportItem[],
  reach: DeviceReach,
): Promise<Known> {
  const rows = items.map(({ row }) => row)
  const sites: { id: string; name: string }[] = await manager.query(
    'SELECT id, name FROM site WHERE lower(name) = ANY($1) FOR KEY SHARE',
    [rows.flatMap(({ site }) => (site === undefined ? [] : [low(site)]))],
  )
  const credentials: { id: string; name: string; kind: string }[] = await manager.query(
    'SELECT id, name, kind FROM credential WHERE lower(name) = ANY($1) FOR KEY SHARE',
    [reach.credentials ? rows.flatMap((row) => (row.credentials ?? []).map(low)) : []],
  )
  const devices = hydrate(
    Device,
    await manager.query(
      `SELECT ${columnsOf(manager, Device, 'd')} FROM device d
       WHERE d.deleted_at IS NULL AND (lower(d.name) = ANY($1) OR d.address_key = ANY($2)) ORDER BY d.id FOR NO KEY UPDATE`,
      [rows.map(({ name }) => low(name)), rows.map(({ address }) => addressKey(address))],
    ),
  )
  const links: { id: string; refs: string[] }[] = await manager.query(
    `SELECT device_id AS id, array_agg(credential_id::text ORDER BY position) AS refs FROM device_credential
     WHERE device_id = ANY($1::uuid[]) GROUP BY device_id`,
    [devices.map(({ id }) => id)],
  )
  return {
    sites: new Map(sites.filter(({ id }) => isSeen(reach, id)).map(({ id, name }) => [low(name), id])),
    credentials: new Map(credentials.map(({ id, name, kind }) => [low(name), { id, kind }])),
    byName: new Map(devices.map((device) => [low(device.name), device])),
    byEndpoint: new Map(devices.map((device) => [endpointKey(device.address, device.monitoring), device])),
    links: new Map(links.map(({ id, refs }) => [id, refs])),
  }
}
