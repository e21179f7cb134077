import type { DataSource } from '#db/source.js'

import { age } from '../state/device-record.js'
import { lockStale, saveChanges, saveRecords, tell } from './records.js'

/**
 * Makes every device STALE that nobody has polled for too long; returns how many. STALE is UNKNOWN, not DOWN: when a
 * collector dies, the network has not.
 */
export async function sweepStale(source: DataSource, now: number): Promise<number> {
  return source.transaction(async (manager) => {
    const steps = (await lockStale(manager, new Date(now)))
      .map((record) => age(record, now))
      .filter(({ noticeable }) => noticeable)
    if (steps.length === 0) return 0
    const records = steps.map(({ record }) => record)
    await saveRecords(manager, records)
    await saveChanges(
      manager,
      steps.flatMap(({ changes }) => changes),
    )
    await tell(manager, records)
    return records.length
  })
}
