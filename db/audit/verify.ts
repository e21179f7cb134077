import type { DataSource, EntityManager } from '../source.js'
import { type Anchor, type AnchorSeal, readAnchors } from './anchor.js'
import { type EventRow, type Link, type StoredEvent, storedColumns, storedEvent } from './chain.js'
import { type AuditFault, faultAt, follows } from './fault.js'
import { type Range, rangeOf } from './range.js'

export interface VerifyOptions {
  source: DataSource
  seal: AnchorSeal
  /** Only events of this time or later (Unix time, ms), and how they join the ones before. */
  from?: number | undefined
  /** Only events before this time, and how they join the ones behind. */
  to?: number | undefined
  /** Only what follows this place, of which its hash is known from elsewhere. */
  after?: Link | undefined
}

export interface Verification {
  /** Events recomputed, up to the first that does not fit. */
  checked: number
  anchorsChecked: number
  /** Anchors that were signed with a key which is not at hand. */
  anchorsUnknown: number
  /** The first and the last event that fitted; null: there was none. */
  first: Link | null
  last: Link | null
  fault: AuditFault | null
}

/** Few enough that the event loop is never held for long, whatever the events say. */
const batchRows = 200

/**
 * Recomputes the chain, here and not by the database, whose functions belong to whoever may have changed it; compares
 * it with what the head remembers and with the anchors that were signed. Reads one state of the log, in small batches.
 */
export const verifyAudit = ({ source, seal, after, ...span }: VerifyOptions): Promise<Verification> =>
  source.transaction('REPEATABLE READ', async (manager) => {
    const range = await rangeOf(manager, after ?? span)
    const found: Verification = {
      checked: 0,
      anchorsChecked: 0,
      anchorsUnknown: 0,
      first: null,
      last: null,
      fault: null,
    }
    found.fault = await firstFault(manager, { range, seal, found })
    return found
  })

interface Walk {
  range: Range
  seal: AnchorSeal
  /** Grows as the walk goes on. */
  found: Verification
}

async function firstFault(manager: EntityManager, { range, seal, found }: Walk): Promise<AuditFault | null> {
  const { before, beforeSeq, end, open, head } = range
  if (!before) return cutOff(manager, beforeSeq, beforeSeq)
  if (beforeSeq > head.seq) return cutOff(manager, head.seq + 1n, beforeSeq)
  const anchors = await anchorsOf(manager, range)
  let previous: Link & { id?: string } = before
  for await (const events of batchesOf(manager, range)) {
    for (const event of events) {
      if (!follows(previous, event)) return faultAt(manager, previous, event, head.seq)
      found.checked += 1
      found.first ??= event
      found.last = event
      const anchor = anchors.get(event.seq)
      const fault = (anchor && anchorFault(anchor, event, { seal, found })) ?? headFault(head, event)
      if (fault) return fault
      previous = event
    }
  }
  if (previous.seq < end) return cutOff(manager, previous.seq + 1n, end)
  if (!open) return null
  const beyond = [...anchors.values()].find((anchor) => anchor.seq > previous.seq && seal.holds(anchor))
  return beyond ? cutOff(manager, previous.seq + 1n, beyond.seq) : null
}

async function* batchesOf(
  manager: EntityManager,
  { beforeSeq, end, open }: Range,
): AsyncGenerator<StoredEvent[]> {
  await manager.query(
    `DECLARE audit_walk NO SCROLL CURSOR FOR
     SELECT ${storedColumns} FROM audit.event WHERE seq > $1 AND ($2 OR seq <= $3) ORDER BY seq`,
    [beforeSeq.toString(), open, end.toString()],
  )
  for (;;) {
    const rows = (await manager.query(`FETCH ${batchRows} FROM audit_walk`)) as EventRow[]
    yield rows.map(storedEvent)
    if (rows.length < batchRows) return
  }
}

/** With whether the anchor that it names as the one before is there. */
type JoinedAnchor = Anchor & { joins: boolean }

async function anchorsOf(
  manager: EntityManager,
  { beforeSeq, end, open }: Range,
): Promise<ReadonlyMap<bigint, JoinedAnchor>> {
  const anchors = await readAnchors(manager, 'seq > $1 AND ($2 OR seq <= $3)', [
    beforeSeq.toString(),
    open,
    end.toString(),
  ])
  const before = await readAnchors(manager, 'seq = $1', [(anchors[0]?.previousSeq ?? 0n).toString()])
  const known = new Set([0n, ...[...before, ...anchors].map(({ seq }) => seq)])
  return new Map(anchors.map((anchor) => [anchor.seq, { ...anchor, joins: known.has(anchor.previousSeq) }]))
}

function anchorFault(
  anchor: JoinedAnchor,
  { seq, id, hash }: StoredEvent,
  { seal, found }: Omit<Walk, 'range'>,
): AuditFault | undefined {
  const holds = seal.holds(anchor)
  const forged = (message: string): AuditFault => ({ seq, id, reason: 'FORGED', message })
  if (holds === undefined) {
    found.anchorsUnknown += 1
    return undefined
  }
  found.anchorsChecked += 1
  if (!holds) return forged(`the anchor at event ${seq} was not signed by this SOTP`)
  if (!anchor.hash.equals(hash))
    return forged(`event ${seq} is not the one that was signed: the chain was made anew before or here`)
  if (!anchor.joins) return forged(`the anchor at event ${anchor.previousSeq} is gone`)
  return undefined
}

function headFault(head: Link, { seq, id, hash }: StoredEvent): AuditFault | null {
  const forged = (message: string): AuditFault => ({ seq, id, reason: 'FORGED', message })
  if (seq > head.seq) return forged(`event ${seq} was not added by SOTP, or the head was put back`)
  if (seq === head.seq && !hash.equals(head.hash))
    return forged(`event ${seq} is not the one that the head remembers: the chain was made anew`)
  return null
}

/** What stood at a place is not there: nor anything behind, where the end was cut off. */
async function cutOff(manager: EntityManager, seq: bigint, known: bigint): Promise<AuditFault> {
  const [{ more }] = (await manager.query('SELECT EXISTS (SELECT FROM audit.event WHERE seq > $1) AS more', [
    seq.toString(),
  ])) as [{ more: boolean }]
  return more
    ? { seq, id: null, reason: 'MISSING', message: `event ${seq} is not there` }
    : {
        seq,
        id: null,
        reason: 'TRUNCATED',
        message: `event ${seq} is not there, nor any behind; there were ${known} at least`,
      }
}
