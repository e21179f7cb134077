import { setTimeout as sleep } from 'node:timers/promises'

import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { lead } from '#db/lead.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { appendDeviceChanged } from './device-events.js'

/** As long, and as many of a device, as collectors recognise ports that are gone. */
const keptDays = 90
const keptMax = 2000
/** So many ports, and so many sensors, are forgotten in one transaction. */
const slice = 2000
const everyMs = 3_600_000
const retryMs = 60_000

const tables = ['interface', 'sensor'] as const

/**
 * Removes ports and sensors of a device that were gone for 90 days at this time, and those beyond the 2,000 that went
 * last: an agent whose sessions and tunnels come and go must not fill the disk. What became of these ports goes with
 * them. Returns their ids, some thousands at most: what is left is for the next call.
 */
export async function forgetGone(manager: EntityManager, deviceId: string, at: Date): Promise<string[]> {
  const forgotten: string[] = []
  for (const table of tables) {
    const [rows]: [{ id: string }[], number] = await manager.query(
      `DELETE FROM ${table} WHERE id IN (
         SELECT id FROM (
           SELECT id, last_seen_at, row_number() OVER (ORDER BY last_seen_at DESC, id) AS place
           FROM ${table} WHERE device_id = $1 AND NOT present) gone
         WHERE place > $2 OR last_seen_at < $3::timestamptz - make_interval(days => $4)
         ORDER BY place DESC LIMIT $5)
       RETURNING id`,
      [deviceId, keptMax, at, keptDays, slice],
    )
    count('sotp_inventory_forgotten_total', { what: table }, rows.length)
    forgotten.push(...rows.map(({ id }) => id))
  }
  return forgotten
}

export interface ForgetGoneOptions {
  source: DataSource
  databaseUrl: string
  log: Log
}

/** Does so each hour for all devices, in one process at a time: also of those whose ports no longer change. */
export const keepForgetting = ({ source, databaseUrl, log }: ForgetGoneOptions): AsyncDisposable =>
  lead({
    databaseUrl,
    name: 'sotp_inventory_forget',
    log,
    async work(signal) {
      while (!signal.aborted) {
        let pause = everyMs
        try {
          await forgetAll(source, signal)
        } catch (error) {
          pause = retryMs
          log.warn({ err: error }, 'ports that are gone could not be forgotten, will retry')
        }
        await sleep(pause, undefined, { signal, ref: false }).catch(() => {})
      }
    },
  })

/** Forgets what is gone of every device, slice by slice. */
export async function forgetAll(source: DataSource, signal?: AbortSignal): Promise<void> {
  const due = tables.map(
    (table) => `SELECT device_id AS id FROM ${table} WHERE NOT present GROUP BY device_id
      HAVING count(*) > $1 OR min(last_seen_at) < now() - make_interval(days => $2)`,
  )
  const devices: { id: string }[] = await source.query(due.join(' UNION '), [keptMax, keptDays])
  for (const { id } of devices) {
    let more = true
    while (more && !signal?.aborted) more = (await forgetSlice(source, id)) > 0
  }
}

const forgetSlice = (source: DataSource, deviceId: string): Promise<number> =>
  source.transaction(async (manager) => {
    await manager.query('SELECT 1 FROM device WHERE id = $1 FOR NO KEY UPDATE', [deviceId])
    const forgotten = await forgetGone(manager, deviceId, new Date())
    if (forgotten.length > 0) {
      await appendDeviceChanged(manager, 'UPDATED', [deviceId], { forgotten, relink: false })
    }
    return forgotten.length
  })
