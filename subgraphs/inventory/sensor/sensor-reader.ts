import * as z from 'zod'

import type { Scope } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'

import { decodeCursor, emptyPage, encodeCursor, type Page, toPage } from '../page.js'
import { columnsOf, hydrate, isUuid, Parameters, withinSql } from '../sql.js'
import type { SensorFilter } from './sensor.input.js'
import { Sensor } from './sensor.js'

const cursorSchema = z.tuple([z.string(), z.string(), z.uuid()])

export interface SensorListArgs {
  filter?: SensorFilter | null | undefined
  first: number
  after?: string | null | undefined
}

/** Reads the sensors that devices report now: each method is one statement, whatever the number of devices. */
export class SensorReader {
  readonly #columns: string
  constructor(private readonly source: DataSource) {
    this.#columns = columnsOf(source, Sensor, 's')
  }

  /** Sensors by id, also those their device no longer reports. */
  async byIds(ids: readonly string[], scope: Scope): Promise<Map<string, Sensor>> {
    const parameters = new Parameters()
    const conditions = [
      `s.id = ANY(${parameters.add(ids.filter(isUuid))}::uuid[])`,
      ...deviceWithin(scope, parameters),
    ]
    const rows = await this.source.query(
      `SELECT ${this.#columns} FROM sensor s WHERE ${conditions.join(' AND ')}`,
      parameters.values,
    )
    return new Map(hydrate(Sensor, rows).map((sensor) => [sensor.id, sensor]))
  }

  /** For each of many devices the same page of its sensors. */
  async pagesOfDevices(
    deviceIds: readonly string[],
    { filter, first, after }: SensorListArgs,
    scope: Scope,
  ): Promise<Map<string, Page<Sensor>>> {
    const parameters = new Parameters()
    const ids = parameters.add(deviceIds)
    const conditions = [
      's.device_id = wanted.id',
      ...filterSql(filter, parameters),
      ...deviceWithin(scope, parameters),
    ]
    if (after) {
      const [kind, name, id] = decodeCursor(cursorSchema, after)
      const key = `${parameters.add(kind)}::text, ${parameters.add(name)}::text, ${parameters.add(id)}::uuid`
      conditions.push(`(s.kind, s.name, s.id) > (${key})`)
    }
    const rows: Sensor[] = await this.source.query(
      `SELECT s.* FROM unnest(${ids}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
         SELECT ${this.#columns} FROM sensor s WHERE ${conditions.join(' AND ')}
         ORDER BY s.kind, s.name, s.id LIMIT ${first + 1}) s`,
      parameters.values,
    )
    const byDevice = Map.groupBy(hydrate(Sensor, rows), ({ deviceId }) => deviceId)
    return new Map(deviceIds.map((id) => [id, page(byDevice.get(id), first)]))
  }

  async countsOfDevices(
    deviceIds: readonly string[],
    filter: SensorFilter | null | undefined,
    scope: Scope,
  ): Promise<Map<string, number>> {
    const parameters = new Parameters()
    const conditions = [
      `s.device_id = ANY(${parameters.add(deviceIds)}::uuid[])`,
      ...filterSql(filter, parameters),
      ...deviceWithin(scope, parameters),
    ]
    const rows: { id: string; n: number }[] = await this.source.query(
      `SELECT s.device_id AS id, count(*)::int AS n FROM sensor s
       WHERE ${conditions.join(' AND ')} GROUP BY s.device_id`,
      parameters.values,
    )
    return new Map(rows.map(({ id, n }) => [id, n]))
  }
}

/** @throws SotpError BAD_USER_INPUT unless the text is a cursor of sensors. */
export const checkSensorCursor = (after: string): void => {
  decodeCursor(cursorSchema, after)
}

const page = (sensors: readonly Sensor[] | undefined, first: number): Page<Sensor> =>
  sensors
    ? toPage(sensors, first, {
        node: (sensor) => sensor,
        cursor: ({ kind, name, id }) => encodeCursor([kind, name, id]),
      })
    : emptyPage

function deviceWithin(scope: Scope, parameters: Parameters): string[] {
  const [within] = withinSql(scope, 'd.site_id', parameters)
  return within ? [`EXISTS (SELECT FROM device d WHERE d.id = s.device_id AND ${within})`] : []
}

function filterSql(filter: SensorFilter | null | undefined, parameters: Parameters): string[] {
  const kinds = filter?.kinds ?? []
  return kinds.length > 0 ? ['s.present', `s.kind = ANY(${parameters.add(kinds)}::text[])`] : ['s.present']
}
