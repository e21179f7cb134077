import type { CredentialKind } from '#core/contract/credentials.js'
import type { DiscoveryJob } from '#core/contract/discovery.js'
import type { Queue } from '#core/service/queue.js'
import type { DataSource } from '#db/source.js'

import type { DiscoveryRun } from './discovery-run.js'

/** Known devices that are asked for their neighbours at most. */
const seedsMax = 10_000

/** Gives a run to the collectors. A run that has its job gets no second. */
export async function addRun(
  source: DataSource,
  queue: Queue<DiscoveryJob>,
  run: DiscoveryRun,
): Promise<void> {
  const { id: runId, targets, exclude, within, options } = run
  const rows: { id: string; kind: CredentialKind }[] = await source.query(
    `SELECT c.id, c.kind FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, position)
     JOIN credential c USING (id) ORDER BY wanted.position`,
    [run.credentialIds],
  )
  const seeds = run.includeKnown ? await knownAddresses(source, run) : []
  const job = { v: 1, kind: 'discovery.job', runId, targets, exclude, within, options } as const
  await queue.add({ ...job, seeds, credentials: rows }, { jobId: runId })
}

/** Of a run at a site the devices that stand there; the collector leaves out what lies beyond the run's networks. */
async function knownAddresses(source: DataSource, { siteId }: DiscoveryRun): Promise<string[]> {
  const rows: { address: string }[] = await source.query(
    `SELECT address FROM device WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR site_id = $1)
       AND (monitoring #>> '{snmp,enabled}')::boolean ORDER BY id LIMIT ${seedsMax}`,
    [siteId],
  )
  return rows.map(({ address }) => address)
}
