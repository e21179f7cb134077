import type { EntityManager } from '../source.js'
import { type EventRow, type Link, origin, storedColumns, storedEvent } from './chain.js'

/** Which part of the chain is looked at. */
export interface Range {
  /** What the first event must follow; undefined: it is not there. */
  before: (Link & { id?: string }) | undefined
  /** Place of `before`. */
  beforeSeq: bigint
  /** The last place that is looked at, by what the head knows. */
  end: bigint
  /** Whether it goes to the end of the log, whatever stands there. */
  open: boolean
  /** What was sealed last, as the head remembers it. */
  head: Link
}

/** A span of time in Unix time, ms. */
export interface Span {
  from?: number | undefined
  to?: number | undefined
}

/**
 * The places of the events of a span of time, and one neighbour behind; or of all that follow a known place. Events are
 * in the order in which they were sealed, so that some of another time may stand between.
 */
export async function rangeOf(manager: EntityManager, of: Span | Link): Promise<Range> {
  const { from, to }: Span = 'seq' in of ? {} : of
  const [row] = (await manager.query(
    `SELECT head.seq AS head, head.hash,
       (SELECT min(seq) FROM audit.event WHERE at_ms >= $1) AS first,
       (SELECT max(seq) FROM audit.event WHERE at_ms < $2) AS last,
       (SELECT max(seq) FROM audit.event) AS highest
     FROM (VALUES (0)) AS one LEFT JOIN audit.head ON true`,
    [from ?? null, to ?? null],
  )) as [Record<'head' | 'first' | 'last' | 'highest', string | null> & { hash: Buffer | null }]
  const head: Link = row.hash && row.head !== null ? { seq: BigInt(row.head), hash: row.hash } : origin
  if ('seq' in of) return { before: of, beforeSeq: of.seq, end: head.seq, open: true, head }
  const behind = BigInt(row.last ?? 0) + 1n
  const end = to !== undefined && behind < head.seq ? behind : head.seq
  const beforeSeq = from === undefined ? 0n : row.first ? BigInt(row.first) - 1n : BigInt(row.highest ?? 0)
  return { before: await linkAt(manager, beforeSeq), beforeSeq, end, open: to === undefined, head }
}

async function linkAt(manager: EntityManager, seq: bigint): Promise<(Link & { id?: string }) | undefined> {
  if (seq === 0n) return origin
  const [row] = (await manager.query(`SELECT ${storedColumns} FROM audit.event WHERE seq = $1`, [
    seq.toString(),
  ])) as EventRow[]
  return row && storedEvent(row)
}
