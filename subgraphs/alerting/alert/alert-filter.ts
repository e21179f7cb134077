import { Field, ID, InputType } from 'type-graphql'
import * as z from 'zod'

import { type AlertSeverity, type AlertState, alertSeverity, alertState } from '#core/contract/alerts.js'
import { parseInput } from '#core/service/errors.js'
import { covers, type Scope, siteIdsOf } from '#core/service/scope.js'

import type { Alert } from './alert.js'

@InputType({
  description: 'Which alerts. Everything given must fit; what is absent, null or empty limits nothing.',
})
export class AlertFilter {
  @Field(() => [alertState.enum], {
    nullable: true,
    description:
      'In any of these states; absent: FIRING and RESOLVED, since a PENDING one may yet turn out to be nothing.',
  })
  states?: AlertState[] | null
  @Field(() => [alertSeverity.enum], { nullable: true, description: 'Of any of these severities.' })
  severities?: AlertSeverity[] | null
  @Field(() => [ID], { nullable: true, description: 'Of any of these devices.' })
  deviceIds?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'Of devices that are now in any of these sites.' })
  siteIds?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'Of any of these rules.' })
  ruleIds?: string[] | null
  @Field(() => Boolean, {
    nullable: true,
    description: 'Only acknowledged ones, or only those that are not.',
  })
  acknowledged?: boolean | null
  @Field(() => String, {
    nullable: true,
    description: 'Whose text or device name contains this, whatever the case.',
  })
  search?: string | null
  @Field(() => Date, { nullable: true, description: 'That began at this time or later.' })
  from?: Date | null
  @Field(() => Date, { nullable: true, description: 'That began before this time.' })
  to?: Date | null
}

const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .max(1000)
    .nullish()
    .transform((items) => (items && items.length > 0 ? items : undefined))
const ids = list(z.uuid().toLowerCase())

const schema = z.object({
  states: list(alertState),
  severities: list(alertSeverity),
  deviceIds: ids,
  siteIds: ids,
  ruleIds: ids,
  acknowledged: z.boolean().nullish(),
  search: z.string().trim().max(200).nullish(),
  from: z.date().nullish(),
  to: z.date().nullish(),
})

/** A filter that was read and completed. */
export interface AlertQuery extends Omit<z.infer<typeof schema>, 'states'> {
  states: AlertState[]
  /** Where the caller may see alerts: by the site at which the device is now. */
  scope: Scope
}

/** @throws SotpError BAD_USER_INPUT */
export function parseAlertFilter(filter: AlertFilter | null | undefined, scope: Scope): AlertQuery {
  const parsed = parseInput(schema, filter ?? {}, 'filter')
  return { ...parsed, states: parsed.states ?? ['FIRING', 'RESOLVED'], scope }
}

/** The filter as SQL over `a` (alert) and `d` (its device, maybe null), with its parameters by name. */
export function alertConditions(query: AlertQuery): { sql: string; parameters: Record<string, unknown> } {
  const parts = ['a.state = ANY(:states)']
  const parameters: Record<string, unknown> = { states: query.states }
  const add = (name: string, value: unknown, sql: string) => {
    if (value === undefined || value === null || value === '') return
    parts.push(sql)
    parameters[name] = value
  }
  add('within', siteIdsOf(query.scope), 'd.site_id = ANY(:within)')
  add('severities', query.severities, 'a.severity = ANY(:severities)')
  add('deviceIds', query.deviceIds, 'a.device_id = ANY(:deviceIds)')
  add('siteIds', query.siteIds, 'd.site_id = ANY(:siteIds)')
  add('ruleIds', query.ruleIds, 'a.rule_id = ANY(:ruleIds)')
  add('acknowledged', query.acknowledged, '(a.acknowledged_at IS NOT NULL) = :acknowledged')
  const pattern = query.search ? `%${query.search.replaceAll(/[\\%_]/g, '\\$&')}%` : undefined
  add('search', pattern, '(a.summary ILIKE :search OR d.name ILIKE :search)')
  add('from', query.from, 'a.starts_at >= :from')
  add('to', query.to, 'a.starts_at < :to')
  return { sql: parts.join(' AND '), parameters }
}

/** An alert with what the filter asks of its device. */
export interface FilteredAlert {
  alert: Alert
  siteId: string | null
  deviceName: string | null
}

/** The same filter for one alert in hand. */
export function matchesAlert(query: AlertQuery, { alert, siteId, deviceName }: FilteredAlert): boolean {
  const { severities, deviceIds, siteIds, ruleIds, acknowledged, from, to } = query
  const search = query.search?.toLowerCase()
  const texts = [alert.summary, deviceName ?? ''].map((text) => text.toLowerCase())
  return (
    covers(query.scope, siteId) &&
    query.states.includes(alert.state) &&
    (!severities || severities.includes(alert.severity)) &&
    (!deviceIds || deviceIds.includes(alert.deviceId)) &&
    (!siteIds || (siteId !== null && siteIds.includes(siteId))) &&
    (!ruleIds || ruleIds.includes(alert.ruleId)) &&
    (acknowledged === null ||
      acknowledged === undefined ||
      (alert.acknowledgedAt !== null) === acknowledged) &&
    (!search || texts.some((text) => text.includes(search))) &&
    (!from || alert.startsAt >= from) &&
    (!to || alert.startsAt < to)
  )
}
