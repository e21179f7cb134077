import type { Permission } from '#core/contract/permissions.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { scopeOf, siteIdsOf } from '#core/service/scope.js'

import type { DataSource } from './source.js'

/**
 * Whether the caller may see a device, a port or a sensor, by the site where the device stands now: one look-up for all that a
 * request asks of, none for whoever sees everything. Whether it exists at all is for inventory to say.
 */
export interface Sight {
  device(context: RequestContext, id: string): Promise<boolean>
  interface(context: RequestContext, id: string): Promise<boolean>
  sensor(context: RequestContext, id: string): Promise<boolean>
}

export interface SightOptions {
  source: DataSource
  /** What the caller needs to see a device here. */
  permission: Permission
  /** The caller's table that knows of each port (`id`, as text) its device (`device_id`). */
  interfaceTable: string
  /** The same of each sensor. */
  sensorTable: string
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Reads the projection that `followDevices` keeps in the caller's schema. */
export function openSight({ source, permission, interfaceTable, sensorTable }: SightOptions): Sight {
  const find = (name: string, statement: string) => {
    return async (context: RequestContext, id: string): Promise<boolean> => {
      const scope = scopeOf(context.identity, permission)
      if (scope === 'everywhere') return true
      const load = batched<string, true>(context, name, async (ids) => {
        const known = ids.filter((one) => uuid.test(one))
        const rows = (await source.query(statement, [known, siteIdsOf(scope)])) as { id: string }[]
        return new Map(rows.map((row) => [row.id, true]))
      })
      return (await load(id.toLowerCase())) ?? false
    }
  }
  const part = (name: string, table: string) =>
    find(
      name,
      `SELECT i.id FROM ${table} i JOIN device d ON d.id = i.device_id
       WHERE i.id = ANY($1::text[]) AND d.site_id = ANY($2::uuid[])`,
    )
  return {
    device: find(
      'sight.device',
      'SELECT id FROM device WHERE id = ANY($1::uuid[]) AND site_id = ANY($2::uuid[])',
    ),
    interface: part('sight.interface', interfaceTable),
    sensor: part('sight.sensor', sensorTable),
  }
}
