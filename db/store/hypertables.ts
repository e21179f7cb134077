import type { DataSource, EntityManager } from '../source.js'
import type { Settled } from './kind.js'
import type { Layout } from './layout.js'
import { daySeconds, oldestOf, type Retention, type Tier, tiers } from './tiers.js'

/** A chunk is compressed when it has ended this many of its lengths ago: later than nearly every late sample. */
const restLengths = 2
const lockNotAvailable = '55P03'
const restMs = (tier: Tier) => restLengths * tier.partitionSeconds * 1000

/**
 * Samples in hypertables of TimescaleDB, one chunk a partition's length. With the licence old chunks are compressed, one
 * batch of rows a series, which still takes late samples; and the database keeps retention even while SOTP is stopped.
 * Roll-ups are ours here, too: a continuous aggregate refreshes whole spans of time for one late sample, and forgets what it
 * held once the raw samples below it are dropped.
 */
export function hypertables(settled: Settled, extension: string): Layout {
  const isLicensed = settled.kind === 'timescale'
  return {
    settled,
    async arrange(manager) {
      for (const tier of tiers) {
        if (!(await isHypertable(manager, tier))) await make(manager, tier, extension)
        if (isLicensed)
          await manager.query(
            `ALTER TABLE ${tier.table} SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'series_id',
               timescaledb.orderby = 'at')`,
          )
      }
    },
    async maintain(source, retention, now) {
      const dropped: string[] = []
      for (const tier of tiers)
        dropped.push(
          ...(await dropChunks(source, { tier, oldest: oldestOf(tier, retention, now), extension })),
        )
      if (isLicensed) await keepPolicies(source, retention, extension)
      return { made: [], dropped }
    },
    async partitionOf(manager, tier, at) {
      const [chunk] = (await manager.query(
        `SELECT format('%I.%I', chunk_schema, chunk_name) AS name FROM timescaledb_information.chunks
         WHERE hypertable_schema = current_schema() AND hypertable_name = $1 AND range_start <= $2 AND range_end > $2`,
        [tier.table, at],
      )) as { name: string }[]
      return chunk?.name ?? null
    },
    async openFor(query, tier, oldest, now) {
      // A late batch of many series meets a compressed batch of each. The limit guards against statements that
      // unpack a whole table by mistake; here the number of rows is that of our own batch.
      if (isLicensed && oldest < now - restMs(tier))
        await query('SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0')
    },
  }
}

/** Names of the dropped. None where somebody reads one for long: nobody shall wait behind us, and the next turn comes. */
async function dropChunks(
  source: DataSource,
  { tier, oldest, extension }: { tier: Tier; oldest: number; extension: string },
): Promise<string[]> {
  try {
    return await source.transaction(async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = '2s'`)
      const rows = (await manager.query(
        `SELECT c::text AS name FROM ${extension}.drop_chunks($1::regclass, older_than => $2::timestamptz) AS c`,
        [tier.table, new Date(oldest)],
      )) as { name: string }[]
      return rows.map(({ name }) => name)
    })
  } catch (error) {
    if ((error as { code?: string }).code === lockNotAvailable) return []
    throw error
  }
}

async function isHypertable(manager: EntityManager, tier: Tier): Promise<boolean> {
  const rows = (await manager.query(
    `SELECT FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema() AND hypertable_name = $1`,
    [tier.table],
  )) as unknown[]
  return rows.length > 0
}

/** The partitioned table, empty, is replaced by a hypertable of the same columns and indices. */
async function make(manager: EntityManager, tier: Tier, extension: string): Promise<void> {
  const { table, partitionSeconds } = tier
  await manager.query(`ALTER TABLE ${table} RENAME TO ${table}_partitioned`)
  await manager.query(`CREATE TABLE ${table} (LIKE ${table}_partitioned INCLUDING ALL)`)
  await manager.query(`DROP TABLE ${table}_partitioned`)
  await manager.query(
    `SELECT ${extension}.create_hypertable($1::regclass, ${extension}.by_range('at', make_interval(secs => $2)),
       create_default_indexes => false)`,
    [table, partitionSeconds],
  )
}

/** Jobs of the database itself, brought in line with the settings. Both look twice a day. */
async function keepPolicies(source: DataSource, retention: Retention, extension: string): Promise<void> {
  const jobs = (await source.query(
    `SELECT hypertable_name AS table, proc_name AS proc, config FROM timescaledb_information.jobs
     WHERE hypertable_schema = current_schema()`,
  )) as { table: string; proc: string; config: Record<string, unknown> }[]
  for (const tier of tiers) {
    const own = jobs.filter(({ table }) => table === tier.table)
    const keep = `${tier.keepDays(retention)} days`
    const kept = own.find(({ proc }) => proc === 'policy_retention')
    if (kept?.config['drop_after'] !== keep) {
      await source.query(`SELECT ${extension}.remove_retention_policy($1::regclass, if_exists => true)`, [
        tier.table,
      ])
      await source.query(
        `SELECT ${extension}.add_retention_policy($1::regclass, drop_after => $2::interval)`,
        [tier.table, keep],
      )
    }
    if (!own.some(({ proc }) => proc === 'policy_compression'))
      await source.query(`CALL ${extension}.add_columnstore_policy($1::regclass, after => $2::interval)`, [
        tier.table,
        `${restMs(tier) / 1000 / daySeconds} days`,
      ])
  }
}
