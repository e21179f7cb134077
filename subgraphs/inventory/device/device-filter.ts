import { containing, isUuid, type Parameters } from '../sql.js'
import type { DeviceFilter } from './device.input.js'
import type { Device } from './device.js'

const searched = ['name', 'address', 'vendor', 'model', 'sys_name']

/** Conditions on device `d`. Where the filter names no statuses, deleted devices do not fit. */
export function filterSql(filter: DeviceFilter | null | undefined, parameters: Parameters): string[] {
  const { search, siteIds, kinds, statuses, tags, vendors, ids } = filter ?? {}
  const conditions: string[] = []
  if (search?.trim()) {
    const pattern = parameters.add(containing(search.trim()))
    conditions.push(`(${searched.map((column) => `d.${column} ILIKE ${pattern}`).join(' OR ')})`)
  }
  if (siteIds?.length) conditions.push(`d.site_id = ANY(${parameters.add(siteIds.filter(isUuid))}::uuid[])`)
  if (kinds?.length) conditions.push(`d.kind = ANY(${parameters.add(kinds)})`)
  if (tags?.length) conditions.push(`d.tags && ${parameters.add(tags)}::text[]`)
  if (vendors?.length) {
    conditions.push(`lower(d.vendor) = ANY(${parameters.add(vendors.map((name) => name.toLowerCase()))})`)
  }
  if (ids) conditions.push(`d.id = ANY(${parameters.add(ids.filter(isUuid))}::uuid[])`)
  if (statuses?.length) {
    if (!statuses.includes('DELETED')) conditions.push('d.deleted_at IS NULL')
    conditions.push(
      `(d.deleted_at IS NOT NULL OR d.status = ANY(${parameters.add(statuses.filter((status) => status !== 'DELETED'))}))`,
    )
  } else conditions.push('d.deleted_at IS NULL')
  return conditions
}

/** What `filterSql` says, without the database; but where the filter names no statuses, a deleted device may fit. */
export function fits(device: Device, filter: DeviceFilter | null | undefined): boolean {
  const { search, siteIds, kinds, statuses, tags, vendors, ids } = filter ?? {}
  const holds = (list: readonly string[] | null | undefined, value: string | null) =>
    !list?.length || (value !== null && list.some((item) => item.toLowerCase() === value.toLowerCase()))
  const text = search?.trim().toLowerCase()
  const texts = [device.name, device.address, device.vendor, device.model, device.sysName]
  return (
    (!text || texts.some((field) => field?.toLowerCase().includes(text))) &&
    holds(siteIds, device.siteId) &&
    holds(kinds, device.kind) &&
    holds(statuses, device.status) &&
    holds(vendors, device.vendor) &&
    (!tags?.length || device.tags.some((tag) => tags.includes(tag))) &&
    (!ids || ids.some((id) => id.toLowerCase() === device.id))
  )
}
