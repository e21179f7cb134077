import * as z from 'zod'

import type { Scope } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import { decodeCursor, emptyPage, encodeCursor, type Page, toPage } from '../page.js'
import { columnsOf, containing, hydrate, isUuid, Parameters, withinSql } from '../sql.js'
import type { InterfaceFilter } from './interface.input.js'
import { Interface } from './interface.js'
import { InterfaceChange } from './interface-change.js'

const cursorSchema = z.tuple([z.int32(), z.uuid()])

export interface InterfaceListArgs {
  filter?: InterfaceFilter | null | undefined
  first: number
  after?: string | null | undefined
}

/** Reads the ports that devices report now: each method is one statement, whatever the number of devices. */
export class InterfaceReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, Interface, 'i')
  }

  /** Interfaces by id, also those their device no longer reports. */
  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, Interface>> {
    const parameters = new Parameters()
    const conditions = [
      `i.id = ANY(${parameters.add(ids.filter(isUuid))}::uuid[])`,
      ...deviceWithin(scope, parameters),
    ]
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM interface i WHERE ${conditions.join(' AND ')}`,
      parameters.values,
    )
    return new Map(hydrate(Interface, rows).map((port) => [port.id, port]))
  }

  /** For each of many devices the same page of its interfaces. */
  async pagesOfDevices(
    deviceIds: readonly string[],
    { filter, first, after }: InterfaceListArgs,
    scope: Scope,
  ): Promise<Map<string, Page<Interface>>> {
    const parameters = new Parameters()
    const ids = parameters.add(deviceIds)
    const conditions = [
      'i.device_id = wanted.id',
      ...filterSql(filter, parameters),
      ...deviceWithin(scope, parameters),
    ]
    if (after) {
      const [ifIndex, id] = decodeCursor(cursorSchema, after)
      conditions.push(`(i.if_index, i.id) > (${parameters.add(ifIndex)}::int, ${parameters.add(id)}::uuid)`)
    }
    const rows: Interface[] = await this.source.query(
      `SELECT i.* FROM unnest(${ids}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
         SELECT ${this.#columns} FROM interface i WHERE ${conditions.join(' AND ')}
         ORDER BY i.if_index, i.id LIMIT ${first + 1}) i`,
      parameters.values,
    )
    const byDevice = Map.groupBy(hydrate(Interface, rows), ({ deviceId }) => deviceId)
    return new Map(deviceIds.map((id) => [id, page(byDevice.get(id), first)]))
  }

  /** For each of many devices or interfaces what became of their ports, newest first. */
  async changesOf(
    by: 'device_id' | 'interface_id',
    ids: readonly string[],
    first: number,
    scope: Scope,
  ): Promise<Map<string, InterfaceChange[]>> {
    const parameters = new Parameters()
    const wanted = parameters.add(ids.filter(isUuid))
    const [within] = withinSql(scope, 'd.site_id', parameters)
    const rows: (InterfaceChange & { owner: string })[] = await this.source.query(
      `SELECT wanted.id AS owner, c.* FROM unnest(${wanted}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
         SELECT c.device_id AS "deviceId", c.interface_id AS "interfaceId", c.kind, c.at, c.before, c.after, c.ports
         FROM interface_change c JOIN device d ON d.id = c.device_id
         WHERE c.${by} = wanted.id ${within ? `AND ${within}` : ''} ORDER BY c.id DESC LIMIT ${first}) c`,
      parameters.values,
    )
    const found = new Map<string, InterfaceChange[]>()
    for (const { owner, ...change } of rows) {
      const changes = found.get(owner) ?? []
      changes.push(Object.assign(new InterfaceChange(), change))
      found.set(owner, changes)
    }
    return found
  }

  async countsOfDevices(
    deviceIds: readonly string[],
    filter: InterfaceFilter | null | undefined,
    scope: Scope,
  ): Promise<Map<string, number>> {
    const parameters = new Parameters()
    const conditions = [
      `i.device_id = ANY(${parameters.add(deviceIds)}::uuid[])`,
      ...filterSql(filter, parameters),
      ...deviceWithin(scope, parameters),
    ]
    const rows: { id: string; n: number }[] = await this.source.query(
      `SELECT i.device_id AS id, count(*)::int AS n FROM interface i
       WHERE ${conditions.join(' AND ')} GROUP BY i.device_id`,
      parameters.values,
    )
    return new Map(rows.map(({ id, n }) => [id, n]))
  }
}

/** @throws SotpError BAD_USER_INPUT unless the text is a cursor of interfaces. */
export const checkInterfaceCursor = (after: string): void => {
  decodeCursor(cursorSchema, after)
}

const page = (ports: readonly Interface[] | undefined, first: number): Page<Interface> =>
  ports
    ? toPage(ports, first, {
        node: (port) => port,
        cursor: ({ ifIndex, id }) => encodeCursor([ifIndex, id]),
      })
    : emptyPage

function deviceWithin(scope: Scope, parameters: Parameters): string[] {
  const [within] = withinSql(scope, 'd.site_id', parameters)
  return within ? [`EXISTS (SELECT FROM device d WHERE d.id = i.device_id AND ${within})`] : []
}

function filterSql(filter: InterfaceFilter | null | undefined, parameters: Parameters): string[] {
  const { search, adminUp } = filter ?? {}
  const conditions = ['i.present']
  if (search?.trim()) {
    const pattern = parameters.add(containing(search.trim()))
    conditions.push(`(i.name ILIKE ${pattern} OR i.alias ILIKE ${pattern} OR i.description ILIKE ${pattern})`)
  }
  if (adminUp !== null && adminUp !== undefined) conditions.push(`i.admin_up = ${parameters.add(adminUp)}`)
  return conditions
}
