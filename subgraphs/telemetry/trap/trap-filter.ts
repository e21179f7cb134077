import { Field, ID, InputType } from 'type-graphql'
import * as z from 'zod'

import { type Severity, severity } from '#core/contract/severity.js'
import { type TrapCategory, type TrapReceived, trapCategory } from '#core/contract/traps.js'
import { parseInput } from '#core/service/errors.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'

@InputType({
  description: 'Which traps. Everything given must fit; what is absent, null or empty limits nothing.',
})
export class TrapFilter {
  @Field(() => [ID], { nullable: true, description: 'Of any of these devices.' }) deviceIds?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'Of devices that are now at any of these sites.' })
  siteIds?: string[] | null
  @Field(() => [severity.enum], { nullable: true, description: 'Of any of these severities.' })
  severities?: Severity[] | null
  @Field(() => [trapCategory.enum], { nullable: true, description: 'About any of these things.' })
  categories?: TrapCategory[] | null
  @Field(() => [String], {
    nullable: true,
    description: 'With any of these names, as linkDown, or object identifiers.',
  })
  names?: string[] | null
  @Field(() => [String], { nullable: true, description: 'Sent from any of these IP addresses.' })
  sources?: string[] | null
  @Field(() => Boolean, { nullable: true, description: 'Only accepted ones, or only those that were not.' })
  accepted?: boolean | null
  @Field(() => String, {
    nullable: true,
    description: 'Whose summary, name, object identifier or source contains this, whatever the case.',
  })
  search?: string | null
  @Field(() => Date, { nullable: true, description: 'That came at this time or later.' }) from?: Date | null
  @Field(() => Date, { nullable: true, description: 'That came before this time.' }) to?: Date | null
}

const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .max(1000)
    .nullish()
    .transform((items) => (items && items.length > 0 ? items : null))
const ids = list(z.uuid('must be a UUID').toLowerCase())
const text = z.string().trim().min(1).max(200)

const schema = z.object({
  deviceIds: ids,
  siteIds: ids,
  severities: list(severity),
  categories: list(trapCategory),
  names: list(text),
  sources: list(text),
  accepted: z.boolean().nullish(),
  search: z.string().trim().max(200).nullish(),
  from: z.date().nullish(),
  to: z.date().nullish(),
})

/** A filter that was read. */
export type TrapQuery = z.infer<typeof schema>

/** @throws SotpError BAD_USER_INPUT */
export const parseTrapFilter = (filter: unknown): TrapQuery => parseInput(schema, filter ?? {}, 'filter')

/** The filter and the caller's scope as a condition over `t` (trap) and `d` (its device, maybe null), from $1 on. */
export function trapCondition(query: TrapQuery, scope: Scope): { sql: string; values: unknown[] } {
  const pattern = query.search ? `%${query.search.replaceAll(/[\\%_]/g, '\\$&')}%` : null
  return {
    sql: `($1::uuid[] IS NULL OR d.site_id = ANY($1)) AND ($2::uuid[] IS NULL OR t.device_id = ANY($2))
      AND ($3::uuid[] IS NULL OR d.site_id = ANY($3)) AND ($4::text[] IS NULL OR t.severity = ANY($4))
      AND ($5::text[] IS NULL OR t.category = ANY($5))
      AND ($6::text[] IS NULL OR t.name = ANY($6) OR t.oid = ANY($6)) AND ($7::text[] IS NULL OR t.source = ANY($7))
      AND ($8::boolean IS NULL OR (t.refusal IS NULL) = $8)
      AND ($9::text IS NULL OR t.summary ILIKE $9 OR t.name ILIKE $9 OR t.oid ILIKE $9 OR t.source ILIKE $9)
      AND ($10::timestamptz IS NULL OR t.at >= $10) AND ($11::timestamptz IS NULL OR t.at < $11)`,
    values: [
      siteIdsOf(scope),
      query.deviceIds,
      query.siteIds,
      query.severities,
      query.categories,
      query.names,
      query.sources,
      query.accepted ?? null,
      pattern,
      query.from ?? null,
      query.to ?? null,
    ],
  }
}

/** The same for one event in hand, but for the scope. */
export function matchesTrap(query: TrapQuery, { trap, siteId }: TrapReceived): boolean {
  const search = query.search?.toLowerCase()
  const texts = [trap.summary, trap.name, trap.oid, trap.source].map((one) => one?.toLowerCase() ?? '')
  const within = <T>(wanted: readonly T[] | null, ...values: (T | null)[]) =>
    wanted === null || values.some((value) => value !== null && wanted.includes(value))
  return (
    within(query.deviceIds, trap.deviceId) &&
    within(query.siteIds, siteId) &&
    within(query.severities, trap.severity) &&
    within(query.categories, trap.category) &&
    within(query.names, trap.name, trap.oid) &&
    within(query.sources, trap.source) &&
    (query.accepted ?? trap.refusal === null) === (trap.refusal === null) &&
    (!search || texts.some((one) => one.includes(search))) &&
    (!query.from || trap.at >= query.from.getTime()) &&
    (!query.to || trap.at < query.to.getTime())
  )
}
