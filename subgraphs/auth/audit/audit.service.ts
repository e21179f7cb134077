import * as z from 'zod'

import { auditEvent } from '#core/contract/audit.js'
import { SotpError } from '#core/service/errors.js'
import { type Anchor, type AnchorSeal, readAnchors } from '#db/audit/anchor.js'
import { type EventRow, storedColumns } from '#db/audit/chain.js'
import type { Span } from '#db/audit/range.js'
import { type Verification, verifyAudit } from '#db/audit/verify.js'
import type { DataSource } from '#db/source.js'

import { csvHeader, csvRow } from './audit-csv.js'
import type { AuditEvent } from './audit-event.js'
import { type AuditQuery, auditConditions } from './audit-filter.js'

/** Rows read at once for a table, and how long its text may become: what is longer holds the event loop as one answer. */
const tableRows = 200
const tableCharactersMax = 2_000_000

/** The audit log, for reading. Nothing here or elsewhere can change it. */
export class AuditService {
  /** One verification after the other: each reads the whole log. */
  #verifying: Promise<unknown> = Promise.resolve()
  readonly #verifications = new Map<string, Promise<Verification>>()

  constructor(
    private readonly source: DataSource,
    private readonly seal: AnchorSeal,
  ) {}

  /** Events below a place, the newest first. */
  async list(query: AuditQuery, limit: number, after: string | undefined): Promise<AuditEvent[]> {
    const parameters: unknown[] = [limit]
    const conditions = auditConditions(query, parameters)
    const below = after === undefined ? 'true' : `seq < $${parameters.push(after)}`
    const rows = (await this.source.query(
      `SELECT ${storedColumns} FROM audit.event WHERE ${below} AND ${conditions} ORDER BY seq DESC LIMIT $1`,
      parameters,
    )) as EventRow[]
    return rows.map(shown)
  }

  async byId(id: string): Promise<AuditEvent | null> {
    const [row] = (await this.source.query(`SELECT ${storedColumns} FROM audit.event WHERE id = $1`, [
      id,
    ])) as EventRow[]
    return row ? shown(row) : null
  }

  /** A table of at most `limit` events; it ends sooner where its text would become too long. */
  async csv(
    query: AuditQuery,
    limit: number,
    after: string | undefined,
  ): Promise<{ text: string; last: AuditEvent | undefined; hasNextPage: boolean }> {
    let text = csvHeader
    let last: AuditEvent | undefined
    for (let left = limit; ; ) {
      const wanted = Math.min(left, tableRows)
      const events = await this.list(query, wanted + 1, last?.seq ?? after)
      for (const event of events.slice(0, wanted)) {
        text += csvRow(event)
        last = event
        left -= 1
        if (text.length > tableCharactersMax) left = 0
        if (left === 0) break
      }
      const hasNextPage = events.at(-1) !== last && events.length > 0
      if (left === 0 || !hasNextPage) return { text, last, hasNextPage }
    }
  }

  /** Whoever asks for the same while it is found out gets the same answer. */
  verify({ from, to }: Span): Promise<Verification> {
    const key = `${from}-${to}`
    const running = this.#verifications.get(key)
    if (running !== undefined) return running
    const verification = this.#verifying
      .catch(() => {})
      .then(() => verifyAudit({ source: this.source, seal: this.seal, from, to }))
      .finally(() => this.#verifications.delete(key))
    this.#verifying = verification
    this.#verifications.set(key, verification)
    return verification
  }

  /** Places that were signed, the oldest first. */
  anchors({ from, to }: Span): Promise<Anchor[]> {
    return readAnchors(
      this.source.manager,
      '($1::bigint IS NULL OR at_ms >= $1) AND ($2::bigint IS NULL OR at_ms < $2)',
      [from ?? null, to ?? null],
    )
  }

  /** Every action there is an event of, each found by one step along its index. */
  async actions(): Promise<string[]> {
    const rows = (await this.source.query(
      `WITH RECURSIVE known (action) AS (
         (SELECT action FROM audit.event ORDER BY action LIMIT 1)
         UNION ALL
         SELECT (SELECT action FROM audit.event WHERE action > known.action ORDER BY action LIMIT 1)
         FROM known WHERE known.action IS NOT NULL
       ) SELECT action FROM known WHERE action IS NOT NULL`,
    )) as { action: string }[]
    return rows.map(({ action }) => action)
  }
}

/** What was changed is any JSON, and was checked when it was written: that takes a millisecond for a long one. */
const storedContent = auditEvent.extend({ before: z.unknown(), after: z.unknown() })

/**
 * What is shown is read from the text that was hashed, and from nothing else.
 * @throws SotpError where it is no event, since somebody changed it
 */
function shown({ seq, content, hash, previous_hash: previousHash }: EventRow): AuditEvent {
  const { data, error } = storedContent.safeParse(JSON.parse(content))
  if (!data) {
    throw new SotpError('INTERNAL_SERVER_ERROR', {
      cause: error,
      message: `Audit event ${seq} cannot be read; verifyAuditLog tells whether it was changed.`,
    })
  }
  const { id, at, actor, action, target, outcome, reason, ip, requestId, traceId, before, after } = data
  return {
    id,
    seq,
    at: new Date(at),
    actor,
    action,
    target,
    outcome,
    reason,
    ip,
    requestId,
    traceId,
    before: before === null ? null : JSON.stringify(before),
    after: after === null ? null : JSON.stringify(after),
    hash: hash.toString('hex'),
    previousHash: previousHash.toString('hex'),
  }
}
