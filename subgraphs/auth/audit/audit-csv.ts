import type { AuditEvent } from './audit-event.js'

const columns: Readonly<Record<string, (event: AuditEvent) => string | null>> = {
  seq: ({ seq }) => seq,
  at: ({ at }) => at.toISOString(),
  outcome: ({ outcome }) => outcome,
  action: ({ action }) => action,
  reason: ({ reason }) => reason,
  actorKind: ({ actor }) => actor.kind,
  actor: ({ actor }) => actor.label,
  actorId: ({ actor }) => actor.userId,
  tokenId: ({ actor }) => actor.tokenId,
  targetType: ({ target }) => target?.type ?? null,
  target: ({ target }) => target?.label ?? null,
  targetId: ({ target }) => target?.id ?? null,
  ip: ({ ip }) => ip,
  requestId: ({ requestId }) => requestId,
  traceId: ({ traceId }) => traceId,
  before: ({ before }) => before,
  after: ({ after }) => after,
  id: ({ id }) => id,
  hash: ({ hash }) => hash,
  previousHash: ({ previousHash }) => previousHash,
}

/**
 * One cell (RFC 4180 §2). What a spreadsheet would take for a formula gets an apostrophe in front, which makes it text
 * (OWASP, CSV Injection).
 */
function cell(value: string | null): string {
  const text = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value}` : (value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const line = (cells: readonly (string | null)[]): string => `${cells.map(cell).join(',')}\r\n`

/** The names of the columns. */
export const csvHeader = line(Object.keys(columns))

/** One event. */
export const csvRow = (event: AuditEvent): string => line(Object.values(columns).map((of) => of(event)))
