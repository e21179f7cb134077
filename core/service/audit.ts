import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'

import type { ActorKind, AuditActor, AuditEvent, AuditOutcome, AuditTarget } from '../contract/audit.js'
import type { Identity } from '../contract/identity.js'
import { codeOf, SotpError } from './errors.js'
import type { RequestContext } from './request.js'
import { cleaned, seen } from './seen.js'
import { currentTraceId } from './trace.js'

/** A mutation that is under way: what its audit event says of it beside the change itself. */
export interface Act {
  /** Name of the mutation. */
  action: string
  context: RequestContext
  /** Whether an event was written within a transaction of the act. */
  recorded: boolean
  /** What is known before it is done, to be told where it is refused or fails. */
  about?: Change
}

const acts = new AsyncLocalStorage<Act>()

/** Runs a mutation as an act; what it records within is told to be of whoever asked for it. */
export const acting = <Result>(act: Act, work: () => Result): Result => acts.run(act, work)

/** The mutation that this code runs for; undefined in workers. */
export const currentAct = (): Act | undefined => acts.getStore()

/** Tells whom or what the act that runs is about, so that the log says it even where the act is refused or fails. */
export function aboutAct(change: Change): void {
  const act = currentAct()
  if (act) act.about = change
}

/** What was changed, as the code that changes it tells. */
export interface Change {
  target: AuditTarget | null
  /** The parts that matter, before and after; null where there was or is nothing. Secrets are redacted anyhow. */
  before?: unknown
  after?: unknown
  /** Who did it, where that is not whoever asked: somebody who signs in, or SOTP itself. */
  actor?: AuditActor
  /** What was done, where that is not the mutation. */
  action?: string
}

/** SOTP itself, by the part that acted. */
export const systemActor = (label: string): AuditActor => ({
  kind: 'SYSTEM',
  userId: null,
  tokenId: null,
  label,
})

/** A user who acts before they have an identity: by signing in. */
export const userActor = ({ id, name, email }: { id: string; name: string; email: string }): AuditActor => ({
  kind: 'USER',
  userId: id,
  tokenId: null,
  label: labelOf(name, email),
})

/** Somebody who is not signed in, with what they claim to be. */
export const anonymousActor = (claim = ''): AuditActor => ({
  kind: 'ANONYMOUS',
  userId: null,
  tokenId: null,
  label: clip(claim),
})

/** The event of a change. @throws Error where neither an act nor the change says who did what */
export function eventOf(change: Change, outcome: AuditOutcome = 'ALLOWED', reason?: string): AuditEvent {
  const act = currentAct()
  const action = change.action ?? act?.action
  const actor = change.actor ?? (act && actorOf(act.context.identity))
  if (action === undefined || !actor) throw new Error('nobody says who did this, and what it was')
  const context = act?.context
  const { target } = change
  return {
    v: 1,
    id: randomUUID(),
    at: Date.now(),
    actor: { ...actor, label: clip(actor.label) },
    action,
    target: target && {
      type: target.type,
      id: target.id === null ? null : clip(target.id),
      label: clip(target.label),
    },
    outcome,
    reason: reason === undefined ? null : clip(reason),
    ip: context?.ip == null ? null : clip(context.ip, 100),
    requestId: context ? clip(context.requestId, 200) : null,
    traceId: currentTraceId() ?? null,
    before: seen(change.before),
    after: seen(change.after),
  }
}

/** The event of an act that was refused or failed. */
export function failureOf(
  error: unknown,
  change: Change = currentAct()?.about ?? { target: null },
): AuditEvent {
  const code = codeOf(error)
  const permission = error instanceof SotpError ? error.permission : undefined
  return eventOf(change, denials.has(code) ? 'DENIED' : 'FAILED', permission ?? code)
}

const denials = new Set<string>([
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'INVALID_CREDENTIALS',
  'SECOND_FACTOR_REQUIRED',
  'OIDC_FAILED',
  'REGISTRATION_CLOSED',
  'RATE_LIMITED',
])

const kinds: Record<Identity['kind'], ActorKind> = { USER: 'USER', API_TOKEN: 'API_TOKEN', VIEW: 'ANONYMOUS' }

function actorOf(identity: Identity | null): AuditActor {
  if (!identity) return anonymousActor()
  const { kind, userId, sessionId, name, email } = identity
  return {
    kind: kinds[kind],
    userId: kind === 'VIEW' ? null : userId,
    tokenId: kind === 'API_TOKEN' ? sessionId : null,
    label: labelOf(name, email),
  }
}

const labelOf = (name: string, email: string): string => (email === '' ? name : `${name} <${email}>`)
const clip = (text: string, max = 400): string => cleaned(text.slice(0, max))
