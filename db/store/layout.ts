import type { DataSource, EntityManager } from '../source.js'
import { hypertables } from './hypertables.js'
import { type Settled, settleKind, type WantedKind } from './kind.js'
import { partitions } from './partitions.js'
import type { Retention, Tier } from './tiers.js'

/** What differs between the kinds of store; all else, and every answer, is the same. */
export interface Layout {
  settled: Settled
  /** Turns the tables as the migrations made them, still empty, into this kind's. */
  arrange(manager: EntityManager): Promise<void>
  /** Makes room ahead of time and drops what lies wholly before the oldest kept instant. */
  maintain(
    source: DataSource,
    retention: Retention,
    now: number,
  ): Promise<{ made: string[]; dropped: string[] }>
  /** The table that holds a tier's rows of an instant; null: none does. */
  partitionOf(manager: EntityManager, tier: Tier, at: Date): Promise<string | null>
  /** Prepares a transaction for writing rows of a tier as old as `oldest` (Unix time, ms). */
  openFor(query: (sql: string) => Promise<unknown>, tier: Tier, oldest: number, now: number): Promise<void>
}

const layoutOf = (settled: Settled): Layout =>
  settled.extension === null ? partitions(settled) : hypertables(settled, settled.extension)

/** The layout of this database, decided at first use. @throws ConfigError, see `settleKind` */
export async function openLayout(source: DataSource, wanted: WantedKind): Promise<Layout> {
  return layoutOf(await settleKind(source, wanted, (manager, settled) => layoutOf(settled).arrange(manager)))
}
