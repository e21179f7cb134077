import type { KnownPort } from '#core/contract/interface-identity.js'
import type { KnownPorts } from '#core/service/known-ports.js'
import type { DataSource } from '#db/source.js'

const slice = 200

interface Row extends Omit<KnownPort, 'goneAt'> {
  deviceId: string
  goneAt: Date | null
}

/**
 * Gives collectors back by what they recognise ports, where Redis lost it: of devices with ports whose id does not
 * follow from their name. The ids of all others are found again by name alone.
 */
export async function restoreKnownPorts(source: DataSource, known: KnownPorts): Promise<void> {
  const devices = (await source.query('SELECT DISTINCT device_id AS id FROM interface WHERE renamed')) as {
    id: string
  }[]
  const missing = await known.missing(devices.map(({ id }) => id))
  for (let from = 0; from < missing.length; from += slice) {
    const rows = (await source.query(
      `SELECT device_id AS "deviceId", id, key, name, description, alias, mac, type, if_index AS "ifIndex",
         CASE WHEN present THEN NULL ELSE last_seen_at END AS "goneAt"
       FROM interface WHERE device_id = ANY($1::uuid[]) ORDER BY device_id, if_index`,
      [missing.slice(from, from + slice)],
    )) as Row[]
    for (const [deviceId, ports] of Map.groupBy(rows, (row) => row.deviceId)) {
      await known.restore(
        deviceId,
        ports.map(({ deviceId: _, goneAt, ...port }) => ({ ...port, goneAt: goneAt?.getTime() ?? null })),
      )
    }
  }
}
