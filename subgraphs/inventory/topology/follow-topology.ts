import { setTimeout as sleep } from 'node:timers/promises'

import type { Log } from '#core/service/log.js'
import { count, observeSeconds } from '#core/service/metrics.js'
import { lead } from '#db/lead.js'
import type { DataSource } from '#db/source.js'

import { clearDue, readDue } from './due.js'
import { keepDays } from './keep.js'
import { appendTopologyChanged } from './link-store.js'
import { refreshParents } from './parents-store.js'
import { relink } from './relink.js'

const idleMs = 500
const retryMs = 1000
/** Devices of one transaction. */
const batch = 50
/** Parents are worked out over the whole network: not more often than this, nor for more than a tenth of the time. */
const parentsEveryMs = 2000
const agedEveryMs = 600_000

export interface FollowTopologyOptions {
  source: DataSource
  databaseUrl: string
  log: Log
}

/** Keeps links and parents in line with what devices say, in one process at a time. */
export function followTopology({ source, databaseUrl, log }: FollowTopologyOptions): AsyncDisposable {
  async function work(signal: AbortSignal): Promise<void> {
    // What a predecessor left half done is found by looking once.
    const state = { parentsDue: true, parentsAt: 0, agedAt: 0, size: batch }
    while (!signal.aborted) {
      try {
        const done = await step(state)
        if (done === 0) await sleep(idleMs, undefined, { signal }).catch(() => {})
      } catch (error) {
        if (signal.aborted) return
        log.warn({ err: error }, 'topology could not be worked out, will retry')
        await sleep(retryMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  async function step(state: { parentsDue: boolean; parentsAt: number; agedAt: number; size: number }) {
    if (Date.now() - state.agedAt >= agedEveryMs) {
      if ((await forgetOld(source)) > 0) state.parentsDue = true
      state.agedAt = Date.now()
    }
    const due = await readDue(source.manager, state.size)
    if (due.length > 0) {
      const began = performance.now()
      try {
        const changed = await source.transaction(async (manager) => {
          const { created, updated, deleted } = await relink(
            manager,
            due.map(({ deviceId }) => deviceId),
          )
          await clearDue(manager, due)
          return created.length + updated.length + deleted.length
        })
        count('sotp_inventory_links_changed_total', {}, changed)
        state.size = batch
        state.parentsDue = true
      } catch (error) {
        // One device whose words cannot be worked with must not hold up all others.
        if (due.length === 1) {
          count('sotp_inventory_relink_failed_total')
          await clearDue(source.manager, due)
        }
        state.size = 1
        throw error
      }
      observeSeconds('sotp_inventory_relink_seconds', (performance.now() - began) / 1000)
    }
    if (state.parentsDue && due.length < state.size && Date.now() >= state.parentsAt) {
      const began = Date.now()
      const changed = await refreshParents(source)
      const now = Date.now()
      state.parentsDue = changed < 0
      state.parentsAt = now + Math.max(parentsEveryMs, (now - began) * 10)
    }
    return due.length
  }

  return lead({ databaseUrl, name: 'sotp_inventory_topology', work, log })
}

/** Forgets links that nobody has told for `keepDays`; those made by hand stay. Returns how many. */
async function forgetOld(source: DataSource): Promise<number> {
  return source.transaction(async (manager) => {
    const [rows]: [{ id: string; deviceIds: string[] }[], number] = await manager.query(
      `DELETE FROM link l WHERE NOT 'MANUAL' = ANY(evidence)
         AND last_seen_at < now() - make_interval(days => ${keepDays})
         AND NOT EXISTS (SELECT FROM neighbor_report r WHERE r.device_id = ANY(l.told_by)
           AND r.at >= now() - make_interval(days => ${keepDays}))
       RETURNING id, array_remove(ARRAY[device_id, far_device_id], NULL) AS "deviceIds"`,
    )
    await appendTopologyChanged(manager, { created: [], updated: [], deleted: rows })
    return rows.length
  })
}
