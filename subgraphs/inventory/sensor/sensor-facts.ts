import type { SensorFacts } from '#core/contract/sensors.js'
import type { EntityManager } from '#db/source.js'

import { text } from '../reported.js'

/** A sensor that did not change is written again only for its `last_seen_at`, and not more often than this. */
const seenMinutes = 10

/**
 * Makes the sensors of a device those that it reports: three statements whatever their number. One that is gone is kept
 * with its id and its last time, but no longer listed. Returns how many rows were written, how many sensors went, and
 * whether one came, went or changed its name.
 */
export async function storeSensors(
  manager: EntityManager,
  deviceId: string,
  sensors: readonly SensorFacts[],
  at: Date,
): Promise<{ written: number; gone: number; renamed: boolean }> {
  const rows = [...new Map(sensors.map((sensor) => [sensor.id, sensor])).values()].map(
    ({ id, key, kind, name, measures, interfaceId, limits }) => ({
      id,
      key: text(key) ?? id,
      kind,
      name: text(name) ?? id,
      measures,
      interface_id: interfaceId,
      low_critical: limits.lowCritical,
      low_warning: limits.lowWarning,
      high_warning: limits.highWarning,
      high_critical: limits.highCritical,
    }),
  )
  const known: { id: string; name: string }[] = await manager.query(
    'SELECT id, name FROM sensor WHERE device_id = $1 AND present',
    [deviceId],
  )
  const names = new Map(known.map(({ id, name }) => [id, name]))
  const written: unknown[] = await manager.query(upsert, [JSON.stringify(rows), deviceId, at])
  const gone: [unknown[], number] = await manager.query(
    'UPDATE sensor SET present = false WHERE device_id = $1 AND present AND NOT id = ANY($2::uuid[])',
    [deviceId, rows.map(({ id }) => id)],
  )
  return {
    written: written.length + gone[1],
    gone: gone[1],
    renamed: gone[1] > 0 || rows.some(({ id, name }) => names.get(id) !== name),
  }
}

const columns = {
  key: 'text',
  kind: 'text',
  name: 'text',
  measures: 'boolean',
  interface_id: 'uuid',
  low_critical: 'float8',
  low_warning: 'float8',
  high_warning: 'float8',
  high_critical: 'float8',
}
const names = Object.keys(columns)
const of = (row: string) => names.map((column) => `${row}.${column}`).join(', ')
const typed = Object.entries(columns).map(([column, type]) => `${column} ${type}`)

const upsert = `
  INSERT INTO sensor AS s (id, device_id, present, last_seen_at, ${names.join(', ')})
  SELECT id, $2::uuid, true, $3::timestamptz, ${of('r')}
  FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, ${typed.join(', ')})
  ON CONFLICT (id) DO UPDATE SET present = true, last_seen_at = excluded.last_seen_at,
    ${names.map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE s.device_id = excluded.device_id AND (
    NOT s.present OR (${of('s')}) IS DISTINCT FROM (${of('excluded')})
    OR s.last_seen_at < excluded.last_seen_at - make_interval(mins => ${seenMinutes}))
  RETURNING s.id`
