import { type AuditEvent, auditEvent } from '#core/contract/audit.js'
import { type Change, currentAct, eventOf } from '#core/service/audit.js'

/** Whatever can run a statement: a TypeORM manager within a transaction, or a pool. */
interface Queryable {
  query(sql: string, parameters: unknown[]): Promise<unknown>
}

/** Wakes whoever seals what was written. */
export const auditChannel = 'sotp_audit'

/**
 * Writes down a change within the transaction that makes it: either both are there afterwards, or neither. Who did it
 * and what it was is known from the mutation that runs; outside of one, `change` says it.
 */
export async function recordAudit(manager: Queryable, change: Change): Promise<void> {
  await writeAudit(manager, [eventOf(change)])
  const act = currentAct()
  if (act) act.recorded = true
}

/** Writes down events that are already made. One that is written again under its id counts once. */
export async function writeAudit(manager: Queryable, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return
  const contents = events.map((event) => canonical(auditEvent.parse(event)))
  await manager.query(
    `WITH written AS (INSERT INTO audit.inbox (content) SELECT unnest($1::text[]) RETURNING 1)
     SELECT pg_notify('${auditChannel}', '') FROM (SELECT count(*) FROM written) AS done`,
    [contents],
  )
}

/** The text that is hashed: JSON with the keys of every object in order, and nothing between (RFC 8785). */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`
}
