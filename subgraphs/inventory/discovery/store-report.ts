import type { DiscoveryReport, FoundHost } from '#core/contract/discovery.js'
import { count } from '#core/service/metrics.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { addressKey } from '../device/address.js'
import { lockRun, tellProgress } from './discovery.service.js'
import { DiscoveryRun, isOver } from './discovery-run.js'

/**
 * Keeps what a collector tells of a run. What comes again changes nothing; what comes late, of a run that is over, adds
 * the hosts and nothing else. Reports of a run that is gone are counted.
 */
export async function storeReport(source: DataSource, report: DiscoveryReport): Promise<void> {
  const { runId, state, probed, total, error } = report
  await source.transaction(async (manager) => {
    const run = await lockRun(manager, runId)
    if (!run) {
      count('sotp_inventory_discovery_reports_ignored_total')
      return
    }
    await storeHosts(manager, runId, report.found)
    const at = new Date(report.at)
    const isLate = isOver(run.state) || (run.reportedAt !== null && run.reportedAt > at && !isOver(state))
    if (!isLate) {
      const finishedAt = isOver(state) ? at : null
      await manager.update(
        DiscoveryRun,
        { id: runId },
        { state, probed, total, error, reportedAt: at, finishedAt },
      )
    }
    if (!isLate || report.found.length > 0) await tellProgress(manager, runId, isLate ? run.state : state)
  })
}

/** A host that is told again, by a run that was begun again, keeps its place. */
async function storeHosts(manager: EntityManager, runId: string, found: readonly FoundHost[]): Promise<void> {
  if (found.length === 0) return
  const rows = new Map(
    found.map((host) => {
      const key = addressKey(host.address)
      return [key, { address_key: key, found: host, chassis_id: host.chassisId }]
    }),
  )
  await manager.query(
    `INSERT INTO discovered_host (run_id, address_key, found, chassis_id)
     SELECT $1, address_key, found, chassis_id
     FROM jsonb_to_recordset($2::jsonb) AS r (address_key text, found jsonb, chassis_id text)
     ON CONFLICT (run_id, address_key) DO UPDATE SET found = excluded.found, chassis_id = excluded.chassis_id`,
    [runId, JSON.stringify([...rows.values()])],
  )
}
