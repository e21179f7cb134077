import type { DeviceChanged } from '#core/contract/devices.js'
import type { EntityManager } from '#db/source.js'
import type { Store } from '#db/store/store.js'

/** Ports and sensors of one statement. */
const slice = 1000

/**
 * Drops latest figures and series of ports and sensors that inventory has forgotten, since nobody can ask for them any
 * more; their samples go as they grow old. One that was measured since then is back under its id, and stays.
 */
export async function dropForgotten(
  manager: EntityManager,
  events: readonly DeviceChanged[],
  store: Store,
): Promise<void> {
  for (const { device, at, forgotten = [] } of events) {
    for (let from = 0; from < forgotten.length; from += slice) {
      const rows: { id: string }[] = await manager.query(
        `SELECT id FROM unnest($1::text[]) AS f (id)
         WHERE NOT EXISTS (SELECT FROM interface_state s WHERE s.id = f.id AND s.at >= $2)
           AND NOT EXISTS (SELECT FROM sensor_state s WHERE s.id = f.id AND s.at >= $2)`,
        [forgotten.slice(from, from + slice), new Date(at)],
      )
      const ids = rows.map(({ id }) => id)
      await manager.query('DELETE FROM interface_state WHERE id = ANY($1::text[])', [ids])
      await manager.query('DELETE FROM sensor_state WHERE id = ANY($1::text[])', [ids])
      await store.dropSeries(manager, device.id, ids)
    }
  }
}
