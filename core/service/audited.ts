import { type ASTNode, defaultFieldResolver, type GraphQLError, type GraphQLSchema, Kind } from 'graphql'

import type { AuditEvent, OtherAction } from '../contract/audit.js'
import { type Act, acting, eventOf, failureOf } from './audit.js'
import { namedTarget } from './audit-target.js'
import { fieldAccess } from './authorize.js'
import { codeOf, SotpError } from './errors.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import type { RequestContext } from './request.js'

/** Writes events that stand beside no change, in a transaction of their own. */
export type WriteAudit = (events: readonly AuditEvent[]) => Promise<void>

export interface Auditing {
  /**
   * Writes down what was refused in the answer to a query or an event of a subscription. Never fails. What stands in
   * `noted` is left out, and what is written is added: a stream is refused the same thing with each of its events.
   */
  denials(errors: readonly GraphQLError[], context: RequestContext, noted?: Set<string>): Promise<void>
}

export interface AuditingOptions {
  /** Its mutations become acts. */
  schema: GraphQLSchema
  /** The same with what its fields state of their access. */
  annotated: GraphQLSchema
  write: WriteAudit
  log: Log
}

/**
 * Makes each mutation of a schema an act that is written down: by the service that makes the change, in its transaction
 * (`db/audit/record.ts`); here where it was refused, failed or changed nothing.
 */
export function auditMutations({ schema, annotated, write, log }: AuditingOptions): Auditing {
  const told = new WeakSet<object>()
  const isRepeat = openRepeats()

  /** The client must get the answer it would have got; that the log has a gap is told to the operator. */
  async function note(event: AuditEvent): Promise<void> {
    if (event.actor.kind === 'ANONYMOUS' && !toldEach.has(event.reason) && isRepeat(event)) {
      count('sotp_audit_repeats_total')
      return
    }
    try {
      await write([event])
    } catch (error) {
      count('sotp_audit_events_lost_total')
      log.error({ err: error, event }, 'audit event could not be written')
    }
  }

  const stated = annotated.getMutationType()
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const inner = field.resolve ?? defaultFieldResolver
    const own = stated?.getFields()[field.name]
    const isPublic = stated && own && fieldAccess(stated, own)?.permission === 'public'
    field.resolve = (source, args, context: RequestContext, info) => {
      const target = namedTarget(field, args)
      const act: Act = { action: field.name, context, recorded: false, about: { target } }
      return acting(act, async () => {
        try {
          const result = await inner(source, args, context, info)
          if (!act.recorded) await note(eventOf(act.about ?? { target: null }))
          return result
        } catch (error) {
          if (error instanceof SotpError) told.add(error)
          // Every page that opens asks for a session, and learns that nobody is signed in: no act of anybody.
          const isNews = !isPublic || context.identity !== null || codeOf(error) !== 'UNAUTHENTICATED'
          if (isNews) await note(failureOf(error))
          throw error
        }
      })
    }
  }

  return {
    async denials(errors, context, noted = new Set()) {
      for (const { originalError, path, nodes } of errors) {
        if (!(originalError instanceof SotpError) || !refusals.has(originalError.code)) continue
        if (told.has(originalError)) continue
        const key = `${originalError.permission} ${path?.[0]}`
        if (noted.has(key)) continue
        noted.add(key)
        const act: Act = { action: 'read' satisfies OtherAction, context, recorded: false }
        const target = { type: 'Field', id: null, label: fieldLabel(path, nodes?.[0]) }
        await note(acting(act, () => failureOf(originalError, { target })))
      }
    },
  }
}

/** The way to a field as it was asked for, and its name where that was hidden behind an alias. */
function fieldLabel(path: GraphQLError['path'], node: ASTNode | undefined): string {
  const steps = (path ?? []).filter((step) => typeof step === 'string')
  const name = node?.kind === Kind.FIELD ? node.name.value : undefined
  return `${steps.join('.')}${name === undefined || name === steps.at(-1) ? '' : ` (${name})`}`
}

const refusals = new Set<string>(['FORBIDDEN', 'UNAUTHENTICATED'])

/** Of strangers, too: the lock-out bounds the one, and the other is a fault of ours. */
const toldEach = new Set<string | null>(['INVALID_CREDENTIALS', 'INTERNAL_SERVER_ERROR'])

const repeatsMs = 60_000
const repeatsMax = 10_000

/**
 * Whether the same came from an address within the last minute. Somebody who is not signed in may ask as often as they
 * like, and must not be able to fill the log with it.
 */
function openRepeats(): (event: AuditEvent) => boolean {
  const seenAt = new Map<string, number>()
  return ({ ip, action, at, outcome, reason }) => {
    const key = `${ip} ${action} ${outcome} ${reason}`
    const last = seenAt.get(key)
    if (last !== undefined && at - last < repeatsMs) return true
    seenAt.delete(key)
    seenAt.set(key, at)
    if (seenAt.size > repeatsMax) seenAt.delete(seenAt.keys().next().value ?? '')
    return false
  }
}
