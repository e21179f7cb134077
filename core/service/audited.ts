import { defaultFieldResolver, type GraphQLError, type GraphQLSchema } from 'graphql'

import type { AuditEvent } from '../contract/audit.js'
import { type Act, acting, eventOf, failureOf } from './audit.js'
import { namedTarget } from './audit-target.js'
import { SotpError } from './errors.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import type { RequestContext } from './request.js'

/** Writes events that stand beside no change, in a transaction of their own. */
export type WriteAudit = (events: readonly AuditEvent[]) => Promise<void>

export interface Auditing {
  /** Writes down what was refused in the answer to a query or an event of a subscription. Never fails. */
  denials(errors: readonly GraphQLError[], context: RequestContext): Promise<void>
}

/**
 * Makes each mutation of a schema an act that is written down: by the service that makes the change, in its transaction
 * (`db/audit/record.ts`); here where it was refused, failed or changed nothing.
 */
export function auditMutations(schema: GraphQLSchema, write: WriteAudit, log: Log): Auditing {
  const told = new WeakSet<object>()

  /** The client must get the answer it would have got; that the log has a gap is told to the operator. */
  async function note(event: AuditEvent): Promise<void> {
    try {
      await write([event])
    } catch (error) {
      count('sotp_audit_events_lost_total')
      log.error({ err: error, event }, 'audit event could not be written')
    }
  }

  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const inner = field.resolve ?? defaultFieldResolver
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
          if (isNews(error, context)) await note(failureOf(error))
          throw error
        }
      })
    }
  }

  return {
    async denials(errors, context) {
      const denied = new Map<string, AuditEvent>()
      for (const { originalError, path } of errors) {
        if (!(originalError instanceof SotpError) || originalError.code !== 'FORBIDDEN') continue
        if (told.has(originalError)) continue
        const key = `${originalError.permission} ${path?.[0]}`
        if (denied.has(key)) continue
        const label = (path ?? []).filter((step) => typeof step === 'string').join('.')
        const act: Act = { action: 'read', context, recorded: false }
        const target = { type: 'Field', id: null, label }
        denied.set(
          key,
          acting(act, () => failureOf(originalError, { target })),
        )
      }
      for (const event of denied.values()) await note(event)
    },
  }
}

/** Every page that opens asks for a session, and learns that nobody is signed in: no act of anybody. */
const isNews = (error: unknown, { identity }: RequestContext): boolean =>
  identity !== null || !(error instanceof SotpError) || error.code !== 'UNAUTHENTICATED'
