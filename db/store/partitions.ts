import type { DataSource } from '../source.js'
import { oldestOf, type Retention, type Tier, tiers } from './tiers.js'

/** Partitions are made this far ahead: a worker that cannot reach its timer for two days still finds a place. */
const aheadSeconds = 3 * 86_400
const lockName = 'sotp_store_maintain'

interface Partition {
  name: string
  from: number
  to: number
}

/** Name of the partition of a tier that holds an instant. */
export const partitionName = (tier: Tier, at: Date): string =>
  nameOf(tier, Math.floor(at.getTime() / 1000 / tier.partitionSeconds) * tier.partitionSeconds)

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
 * Makes the partitions that the settings want and drops those that lie wholly before the oldest kept instant.
 * Only one process does it at a time; a second one returns at once. A partition is attached, not created in place:
 * attaching does not stop readers and writers (SHARE UPDATE EXCLUSIVE), creating would.
 */
export async function maintainPartitions(
  source: DataSource,
  retention: Retention,
  now: number,
): Promise<{ made: string[]; dropped: string[] }> {
  const made: string[] = []
  const dropped: string[] = []
  await source.transaction(async (manager) => {
    // Whoever waited finds everything done; waiting is right, since the caller is about to write.
    await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lockName])
    await manager.query(`SET LOCAL lock_timeout = '10s'`)
    for (const tier of tiers) {
      const existing = new Set(await partitionNames((sql, values) => manager.query(sql, values), tier))
      const plan = wanted(tier, retention, now)
      for (const { name, from, to } of plan) {
        if (existing.has(name)) continue
        await manager.query(`CREATE TABLE ${name} (LIKE ${tier.table} INCLUDING ALL)`)
        await manager.query(
          `ALTER TABLE ${tier.table} ATTACH PARTITION ${name}
           FOR VALUES FROM ('${new Date(from * 1000).toISOString()}') TO ('${new Date(to * 1000).toISOString()}')`,
        )
        made.push(name)
      }
      const oldest = plan[0]?.name ?? ''
      for (const name of existing) {
        // Names end with the date, so their order is the order of time.
        if (name >= oldest) continue
        await manager.query(`DROP TABLE ${name}`)
        dropped.push(name)
      }
    }
  })
  return { made, dropped }
}

/** Partitions of a tier, oldest first. */
export async function partitionNames(
  query: (sql: string, values: unknown[]) => Promise<unknown>,
  tier: Tier,
): Promise<string[]> {
  const rows = (await query(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = $1::regclass ORDER BY 1`,
    [tier.table],
  )) as { name: string }[]
  return rows.map(({ name }) => name)
}
