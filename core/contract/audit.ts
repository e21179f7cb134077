import * as z from 'zod'

/** How an act ended: done, refused for lack of a right or of proof, or failed for another reason. */
export const auditOutcome = z.enum(['ALLOWED', 'DENIED', 'FAILED'])
export type AuditOutcome = z.infer<typeof auditOutcome>

/** Who acted. SYSTEM is SOTP itself; ANONYMOUS is whoever had not signed in. */
export const actorKind = z.enum(['USER', 'API_TOKEN', 'SYSTEM', 'ANONYMOUS'])
export type ActorKind = z.infer<typeof actorKind>

/** What is audited beside mutations, whose action is the name of their field. */
export const otherActions = {
  read: 'Asked for something without the permission.',
  'credential.use': 'A collector opened a credential to use it.',
  'session.reuse': 'A refresh token came a second time: it was copied, and its session was ended.',
  'secrets.rekey': 'Every secret was sealed with a new key.',
  'user.first': 'The first administrator was made, or let in again, by the settings of the operator.',
} as const satisfies Record<string, string>
export type OtherAction = keyof typeof otherActions

/** What goes on by itself, by the thousand: a page that stays signed in, a collector that polls. */
export const routineActions: readonly string[] = ['refreshSession', 'credential.use']

export const auditActor = z.object({
  kind: actorKind,
  userId: z.uuid().nullable(),
  tokenId: z.uuid().nullable().describe('Of an API token'),
  label: z.string().max(400).describe('Name and e-mail address as they were then, or what was claimed'),
})
export type AuditActor = z.infer<typeof auditActor>

export const auditTarget = z.object({
  type: z.string().max(100).describe('Name of its type in the graph, as Device'),
  id: z.string().max(400).nullable(),
  label: z.string().max(400).describe('What it was called then'),
})
export type AuditTarget = z.infer<typeof auditTarget>

/** One act, as it is written down and never changed. Secrets in `before` and `after` are redacted before. */
export const auditEvent = z.object({
  v: z.literal(1),
  id: z.uuid(),
  at: z.int().describe('Unix time, ms'),
  actor: auditActor,
  action: z.string().max(100),
  target: auditTarget.nullable(),
  outcome: auditOutcome,
  reason: z.string().max(400).nullable().describe('Error code, or the permission that was missing'),
  ip: z.string().max(100).nullable(),
  requestId: z.string().max(200).nullable(),
  traceId: z.string().max(100).nullable(),
  before: z.json(),
  after: z.json(),
})
export type AuditEvent = z.infer<typeof auditEvent>
