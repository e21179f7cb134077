import type { DataSource } from '../source.js'
import type { Settled } from './kind.js'
import type { Layout } from './layout.js'
import { oldestOf, type Retention, type Tier, tiers } from './tiers.js'

/** Partitions are made this far ahead: a worker that cannot reach its timer for two days still finds a place. */
const aheadSeconds = 3 * 86_400
const lockName = 'sotp_store_maintain'
const lockNotAvailable = '55P03'

interface Partition {
  name: string
  from: number
  to: number
}

/** Samples in partitions of PostgreSQL itself. */
export const partitions = (settled: Settled): Layout => ({
  settled,
  async arrange() {},
  maintain: maintainPartitions,
  partitionOf: async (_, tier, at) =>
    nameOf(tier, Math.floor(at.getTime() / 1000 / tier.partitionSeconds) * tier.partitionSeconds),
  async openFor() {},
})

const nameOf = (tier: Tier, fromSeconds: number) =>
  `${tier.table}_${new Date(fromSeconds * 1000).toISOString().slice(0, 10).replaceAll('-', '')}`

function wanted(tier: Tier, retention: Retention, now: number): Partition[] {
  const length = tier.partitionSeconds
  const first = Math.floor(oldestOf(tier, retention, now) / 1000 / length) * length
  const last = Math.floor((now / 1000 + aheadSeconds) / length) * length
  return Array.from({ length: (last - first) / length + 1 }, (_, n) => {
    const from = first + n * length
    return { name: nameOf(tier, from), from, to: from + length }
  })
}

/**
 * Makes the partitions that the settings want and drops those that lie wholly before the oldest kept instant. Nothing here
 * stops readers or writers: a partition is attached, not created in place, and detached concurrently before it is dropped
 * (both take SHARE UPDATE EXCLUSIVE on the whole; creating or dropping in place would wait for every reader, with everybody
 * else waiting behind). Processes take turns; whoever waited finds everything done.
 */
async function maintainPartitions(
  source: DataSource,
  retention: Retention,
  now: number,
): Promise<{ made: string[]; dropped: string[] }> {
  const made: string[] = []
  const dropped: string[] = []
  const runner = source.createQueryRunner()
  const query = (sql: string, values?: unknown[]) => runner.query(sql, values)
  // Detaching concurrently cannot be part of a transaction, so the lock is the session's.
  await query('SELECT pg_advisory_lock(hashtext($1))', [lockName])
  try {
    await query(`SET lock_timeout = '10s'`)
    for (const tier of tiers) {
      const existing = await partitionNames(query, tier)
      const plan = wanted(tier, retention, now)
      for (const partition of plan) {
        if (existing.some(({ name }) => name === partition.name)) continue
        await make(query, tier, partition)
        made.push(partition.name)
      }
      const oldest = plan[0]?.name ?? ''
      for (const partition of existing) {
        // Names end with the date, so their order is the order of time.
        if (partition.name < oldest && (await drop(query, tier, partition))) dropped.push(partition.name)
      }
    }
  } finally {
    await query('RESET lock_timeout')
    await query('SELECT pg_advisory_unlock(hashtext($1))', [lockName])
    await runner.release()
  }
  return { made, dropped }
}

type Query = (sql: string, values?: unknown[]) => Promise<unknown>

async function make(query: Query, tier: Tier, { name, from, to }: Partition): Promise<void> {
  // Both or none, in one message: a table that is not attached would stand in the way of the next attempt.
  await query(
    `BEGIN; CREATE TABLE ${name} (LIKE ${tier.table} INCLUDING ALL);
     ALTER TABLE ${tier.table} ATTACH PARTITION ${name}
       FOR VALUES FROM ('${new Date(from * 1000).toISOString()}') TO ('${new Date(to * 1000).toISOString()}'); COMMIT`,
  ).catch(async (error: unknown) => {
    await query('ROLLBACK')
    throw error
  })
}

interface Existing {
  name: string
  state: 'attached' | 'detaching' | 'detached'
}

/** False: somebody still reads it; the next turn goes on where this one stopped. */
async function drop(query: Query, tier: Tier, { name, state }: Existing): Promise<boolean> {
  const how = state === 'detaching' ? 'FINALIZE' : 'CONCURRENTLY'
  try {
    if (state !== 'detached') await query(`ALTER TABLE ${tier.table} DETACH PARTITION ${name} ${how}`)
    await query(`DROP TABLE ${name}`)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === lockNotAvailable) return false
    throw error
  }
}

/**
 * Partitions of a tier, oldest first. A process that died while it dropped one leaves it half detached (`detaching`) or
 * standing by itself (`detached`).
 */
export async function partitionNames(query: Query, tier: Tier): Promise<Existing[]> {
  return (await query(
    `SELECT c.relname AS name,
       CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'detaching' ELSE 'attached' END AS state
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = $1::regclass
     WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = $1::regclass)
       AND c.relname ~ $2
     ORDER BY 1`,
    [tier.table, `^${tier.table}_[0-9]{8}$`],
  )) as Existing[]
}
