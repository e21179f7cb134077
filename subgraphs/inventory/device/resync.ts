import type { Log } from '#core/service/log.js'
import type { DataSource } from '#db/source.js'

import { appendDeviceChanged } from './device-events.js'

const pageSize = 500
const deletedDays = 30

/**
 * Tells every device again, and those deleted in the last 30 days, for a room whose projection has a gap. Pages are
 * transactions of their own, so that nobody else's change waits for all of them.
 */
export async function tellAll(source: DataSource, log: Log): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000'
  let told = 0
  for (;;) {
    const rows: { id: string }[] = await source.query(
      `SELECT id FROM device WHERE id > $1
         AND (deleted_at IS NULL OR deleted_at > now() - make_interval(days => ${deletedDays}))
       ORDER BY id LIMIT ${pageSize}`,
      [after],
    )
    const ids = rows.map(({ id }) => id)
    await source.transaction((manager) => appendDeviceChanged(manager, 'UPDATED', ids, { withPorts: true }))
    told += ids.length
    if (ids.length < pageSize) break
    after = ids.at(-1) ?? after
  }
  log.info({ devices: told }, 'told all devices again')
}
