import * as z from 'zod'

import type { EntityManager } from '../source.js'
import { hashOf, type Link, origin, type StoredEvent } from './chain.js'

/** What can have been done to the log; described in the graph. */
export const auditFaultReason = z.enum(['EDITED', 'MISSING', 'REORDERED', 'TRUNCATED', 'FORGED'])
export type AuditFaultReason = z.infer<typeof auditFaultReason>

/** The first place at which the log is not as it was written. */
export interface AuditFault {
  seq: bigint
  /** Of the event that stands there now; null: none does. */
  id: string | null
  reason: AuditFaultReason
  message: string
}

/** Whether an event is what must follow `before`. */
export const follows = (before: Link, event: StoredEvent): boolean =>
  event.seq === before.seq + 1n &&
  event.previousHash.equals(before.hash) &&
  hashOf(before.hash, event.seq, event.content).equals(event.hash)

/**
 * Says what was done where an event does not follow the one before. It may read the whole log for it, which only a log
 * that is broken makes necessary. `last` is the highest place known of.
 */
export async function faultAt(
  manager: EntityManager,
  before: Link & { id?: string },
  event: StoredEvent,
  last: bigint,
): Promise<AuditFault> {
  const { seq, id, content, previousHash, hash } = event
  const next = before.seq + 1n
  if (seq > next) {
    const now = await placeOf(manager, 'previous_hash = $1', [before.hash])
    if (now !== undefined)
      return { seq: next, id: null, reason: 'REORDERED', message: `event ${next} now stands at ${now}` }
    const which = seq - next === 1n ? `event ${next} is` : `events ${next} to ${seq - 1n} are`
    return { seq: next, id: null, reason: 'MISSING', message: `${which} not there` }
  }
  if (seq < next) return { seq, id, reason: 'REORDERED', message: `there is more than one event ${seq}` }
  if (previousHash.equals(before.hash)) {
    const from = await placeOf(
      manager,
      `seq <> $1 AND pg_catalog.sha256($2 || pg_catalog.int8send($1) || pg_catalog.convert_to(content, 'UTF8')) = $3`,
      [seq.toString(), before.hash, hash],
    )
    if (from !== undefined) {
      return {
        seq,
        id,
        reason: 'REORDERED',
        message: `event ${seq} says what is event ${from}'s, which says its`,
      }
    }
    return { seq, id, reason: 'EDITED', message: `event ${seq} is not what its hash says` }
  }
  if (hashOf(previousHash, seq, content).equals(hash)) return replaced(before, event)
  const was = await formerPlace(manager, event, last)
  if (was === undefined)
    return { seq, id, reason: 'EDITED', message: `event ${seq} does not follow the one before` }
  const neighbour = previousHash.equals(origin.hash)
    ? 0n
    : await placeOf(manager, 'hash = $1', [previousHash])
  return neighbour === undefined
    ? { seq, id, reason: 'MISSING', message: `event ${seq} was event ${was}; what stood before it is gone` }
    : { seq, id, reason: 'REORDERED', message: `event ${seq} was event ${was}` }
}

/** An event that fits itself, but was chained to another one than the one before: that one was put there later. */
function replaced(before: Link & { id?: string }, { seq, id }: StoredEvent): AuditFault {
  if (before.seq === 0n)
    return { seq, id, reason: 'EDITED', message: `event ${seq} is not the first of a chain` }
  return {
    seq: before.seq,
    id: before.id ?? null,
    reason: 'EDITED',
    message: `event ${before.seq} is not the one that event ${seq} was chained to`,
  }
}

async function placeOf(
  manager: EntityManager,
  condition: string,
  parameters: unknown[],
): Promise<string | undefined> {
  const [found] = (await manager.query(
    `SELECT seq FROM audit.event WHERE ${condition} ORDER BY seq LIMIT 1`,
    parameters,
  )) as { seq: string }[]
  return found?.seq
}

/** The place for which an event was sealed; undefined: for none, so it was edited. */
async function formerPlace(
  manager: EntityManager,
  { content, previousHash, hash }: StoredEvent,
  last: bigint,
): Promise<string | undefined> {
  const [found] = (await manager.query(
    `SELECT seq FROM generate_series(1, $1::bigint) AS seq
     WHERE pg_catalog.sha256($2 || pg_catalog.int8send(seq) || pg_catalog.convert_to($3, 'UTF8')) = $4 LIMIT 1`,
    [last.toString(), previousHash, content, hash],
  )) as { seq: string }[]
  return found?.seq
}
