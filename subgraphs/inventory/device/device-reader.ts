import * as z from 'zod'

import type { Scope } from '#core/service/scope.js'
import type { DataSource, EntityManager } from '#db/source.js'

import type { DeviceOrderField } from '../enums.js'
import { checkFirst, decodeCursor, emptyPage, encodeCursor, type Page, toPage } from '../page.js'
import { columnsOf, hydrate, isUuid, Parameters, withinSql } from '../sql.js'
import { addressKey } from './address.js'
import type { DeviceFilter, DeviceOrder } from './device.input.js'
import { Device } from './device.js'
import { filterSql } from './device-filter.js'

interface OrderKey {
  sql: string
  type: 'text' | 'timestamptz'
  nullable: boolean
}
const orderKeys: Record<DeviceOrderField, OrderKey> = {
  NAME: { sql: 'lower(d.name)', type: 'text', nullable: false },
  ADDRESS: { sql: 'd.address_key', type: 'text', nullable: false },
  SITE: { sql: 'lower(s.name)', type: 'text', nullable: true },
  KIND: { sql: 'd.kind', type: 'text', nullable: false },
  VENDOR: { sql: 'lower(d.vendor)', type: 'text', nullable: true },
  CREATED_AT: { sql: 'd.created_at', type: 'timestamptz', nullable: false },
  UPDATED_AT: { sql: 'd.updated_at', type: 'timestamptz', nullable: false },
}
const byName: DeviceOrder = { field: 'NAME', direction: 'ASC' }

export interface DeviceListArgs {
  filter?: DeviceFilter | null | undefined
  orderBy?: DeviceOrder | null | undefined
  first: number
  after?: string | null | undefined
}

/** Reads devices: each method is one statement, whatever the number of devices; what lies beyond the scope is not there. */
export class DeviceReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, Device, 'd')
  }

  /** Devices by id, deleted ones too. */
  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, Device>> {
    const parameters = new Parameters()
    const conditions = [
      `d.id = ANY(${parameters.add(ids.filter(isUuid))}::uuid[])`,
      ...withinSql(scope, 'd.site_id', parameters),
    ]
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM device d ${where(conditions)}`,
      parameters.values,
    )
    const found = new Map(hydrate(Device, rows).map((device) => [device.id, device]))
    return new Map(ids.flatMap((id) => entry(id, found.get(id.toLowerCase()))))
  }

  /** The live device of that name or that address; of several behind one address, the first by name. */
  async find(by: { name: string } | { address: string }, scope: Scope): Promise<Device | undefined> {
    const parameters = new Parameters()
    const conditions = [
      'name' in by
        ? `lower(d.name) = lower(${parameters.add(by.name.trim())})`
        : `d.address_key = ${parameters.add(addressKey(by.address.trim()))}`,
      'd.deleted_at IS NULL',
      ...withinSql(scope, 'd.site_id', parameters),
    ]
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM device d ${where(conditions)} ORDER BY lower(d.name) LIMIT 1`,
      parameters.values,
    )
    return hydrate(Device, rows)[0]
  }

  /** @throws SotpError BAD_USER_INPUT when `first` or `after` is not valid; before anything is read. */
  plan({ filter, orderBy, first, after }: DeviceListArgs, scope: Scope): () => Promise<Page<Device>> {
    checkFirst(first)
    const { field, direction } = orderBy ?? byName
    const key = orderKeys[field]
    const parameters = new Parameters()
    const conditions = [...filterSql(filter, parameters), ...withinSql(scope, 'd.site_id', parameters)]
    if (after) conditions.push(beyond(after, { field, direction }, parameters))
    const nulls = key.nullable ? ' NULLS LAST' : ''
    const statement = `
      SELECT ${this.#columns}, (${key.sql})::text AS sort
      FROM device d ${field === 'SITE' ? 'LEFT JOIN site s ON s.id = d.site_id' : ''}
      ${where(conditions)}
      ORDER BY ${key.sql} ${direction}${nulls}, d.id ${direction} LIMIT ${first + 1}`
    return async () => {
      const rows: SortedRow[] = await this.source.query(statement, parameters.values)
      return devicePage(rows, first, { field, direction })
    }
  }

  async count(filter: DeviceFilter | null | undefined, scope: Scope): Promise<number> {
    const parameters = new Parameters()
    const conditions = [...filterSql(filter, parameters), ...withinSql(scope, 'd.site_id', parameters)]
    const [{ n }] = await this.source.query(
      `SELECT count(*)::int AS n FROM device d ${where(conditions)}`,
      parameters.values,
    )
    return n
  }

  /** For each of many sites the same page of its live devices, by name. */
  async pagesOfSites(
    siteIds: readonly string[],
    first: number,
    after: string | null,
  ): Promise<Map<string, Page<Device>>> {
    const parameters = new Parameters()
    const ids = parameters.add(siteIds)
    const further = after ? `AND ${beyond(after, byName, parameters)}` : ''
    const rows: SortedRow[] = await this.source.query(
      `SELECT d.* FROM unnest(${ids}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
         SELECT ${this.#columns}, lower(d.name) AS sort FROM device d
         WHERE d.site_id = wanted.id AND d.deleted_at IS NULL ${further}
         ORDER BY lower(d.name), d.id LIMIT ${first + 1}) d`,
      parameters.values,
    )
    const bySite = Map.groupBy(rows, ({ siteId }) => siteId ?? '')
    return new Map(siteIds.map((id) => [id, devicePage(bySite.get(id) ?? [], first, byName)]))
  }

  async countsOfSites(siteIds: readonly string[]): Promise<Map<string, number>> {
    const rows: { id: string; n: number }[] = await this.source.query(
      `SELECT site_id AS id, count(*)::int AS n FROM device
       WHERE site_id = ANY($1::uuid[]) AND deleted_at IS NULL GROUP BY site_id`,
      [siteIds],
    )
    return new Map(rows.map(({ id, n }) => [id, n]))
  }
}

type SortedRow = Device & { sort: string | null }

/** A device by id, deleted or not, within a transaction. */
export async function readDevice(manager: EntityManager, id: string): Promise<Device> {
  const rows = await manager.query(
    `SELECT ${columnsOf(manager, Device, 'd')} FROM device d WHERE d.id = $1`,
    [id],
  )
  return hydrate(Device, rows)[0] as Device
}

const entry = <Value>(key: string, value: Value | undefined): [string, Value][] =>
  value === undefined ? [] : [[key, value]]

const where = (conditions: readonly string[]): string =>
  conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''

function devicePage(
  rows: readonly SortedRow[],
  first: number,
  { field, direction }: DeviceOrder,
): Page<Device> {
  if (rows.length === 0) return emptyPage
  return toPage(rows, first, {
    node: ({ sort: _, ...row }) => hydrate(Device, [row])[0] as Device,
    cursor: ({ sort, id }) => encodeCursor([field, direction, sort, id]),
  })
}

/** @throws SotpError BAD_USER_INPUT unless the text is a cursor of devices by name. */
export const checkDeviceCursor = (after: string): void => {
  beyond(after, byName, new Parameters())
}

/** The condition that a device lies behind the cursor. Unknown values come last in both directions. */
function beyond(after: string, { field, direction }: DeviceOrder, parameters: Parameters): string {
  const { sql, type, nullable } = orderKeys[field]
  const value = type === 'text' ? z.string() : z.string().regex(/^\d{4}-[\d:.+ -]+$/)
  const schema = z.tuple([
    z.literal(field),
    z.literal(direction),
    nullable ? value.nullable() : value,
    z.uuid(),
  ])
  const [, , sort, id] = decodeCursor(schema, after)
  const than = direction === 'ASC' ? '>' : '<'
  if (sort === null) return `(${sql} IS NULL AND d.id ${than} ${parameters.add(id)}::uuid)`
  const tuple = `(${sql}, d.id) ${than} (${parameters.add(sort)}::${type}, ${parameters.add(id)}::uuid)`
  return nullable ? `(${tuple} OR ${sql} IS NULL)` : tuple
}
