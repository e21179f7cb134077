import { Field, ID, InputType } from 'type-graphql'
import * as z from 'zod'

import { type AuditOutcome, auditOutcome, routineActions } from '#core/contract/audit.js'
import { parseInput } from '#core/service/errors.js'

@InputType({
  description: 'Which audit events. Everything given must fit; what is absent, null or empty limits nothing.',
})
export class AuditFilter {
  @Field(() => ID, { nullable: true, description: 'Done by this user, or by an API token of theirs.' })
  actorId?: string | null

  @Field(() => String, { nullable: true, description: 'This action, as `createDevice`.' })
  action?: string | null

  @Field(() => String, { nullable: true, description: 'On something of this type, as `Device`.' })
  targetType?: string | null

  @Field(() => ID, { nullable: true, description: 'On the thing with this id.' })
  targetId?: string | null

  @Field(() => auditOutcome.enum, { nullable: true, description: 'That ended so.' })
  outcome?: AuditOutcome | null

  @Field(() => Date, { nullable: true, description: 'That happened at this time or later.' })
  from?: Date | null

  @Field(() => Date, { nullable: true, description: 'That happened before this time.' })
  to?: Date | null

  @Field(() => Boolean, {
    nullable: true,
    description:
      'False leaves out what went on by itself as it should: sessions that were renewed, credentials that collectors opened.',
  })
  routine?: boolean | null

  @Field(() => String, {
    nullable: true,
    description:
      'Whose actor, action, target or address contains this, at most 200 characters; one or two of them are looked for among the newest 100000 events only.',
  })
  search?: string | null
}

const schema = z.object({
  actorId: z.uuid().nullish(),
  action: z.string().max(100).nullish(),
  targetType: z.string().max(100).nullish(),
  targetId: z.string().max(400).nullish(),
  outcome: auditOutcome.nullish(),
  from: z.date().nullish(),
  to: z.date().nullish(),
  routine: z.boolean().nullish(),
  search: z.string().trim().max(200).nullish(),
})

/** A filter that was read. */
export type AuditQuery = z.infer<typeof schema>

/** @throws SotpError BAD_USER_INPUT */
export const parseAuditFilter = (filter: AuditFilter | null | undefined): AuditQuery =>
  parseInput(schema, filter ?? {}, 'filter')

const indexedMin = 3
const unindexedRows = 100_000

/** The filter as SQL over `audit.event`; `parameters` grows by what it needs. */
export function auditConditions(query: AuditQuery, parameters: unknown[]): string {
  const parts = ['true']
  const add = (value: unknown, sql: (parameter: string) => string) => {
    if (value === undefined || value === null || value === '') return
    parameters.push(value)
    parts.push(sql(`$${parameters.length}`))
  }
  add(query.actorId, (id) => `actor_id = ${id}::uuid`)
  add(query.action, (action) => `action = ${action}`)
  add(query.targetType, (type) => `target_type = ${type}`)
  add(query.targetId, (id) => `target_id = ${id}`)
  add(query.outcome, (outcome) => `outcome = ${outcome}`)
  add(query.from?.getTime(), (from) => `at_ms >= ${from}`)
  add(query.to?.getTime(), (to) => `at_ms < ${to}`)
  const routine = query.routine === false ? routineActions : undefined
  add(routine, (actions) => `NOT (outcome = 'ALLOWED' AND action = ANY(${actions}))`)
  const pattern = query.search ? `%${query.search.replaceAll(/[\\%_]/g, '\\$&')}%` : undefined
  add(pattern, (search) => `words ILIKE ${search}`)
  // The index knows nothing shorter than three characters; without it, all is read that is looked at.
  if (query.search && query.search.length < indexedMin)
    parts.push(`seq > (SELECT max(seq) - ${unindexedRows} FROM audit.event)`)
  return parts.join(' AND ')
}
