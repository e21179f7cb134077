import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'
import * as z from 'zod'

import { metrics } from '#core/contract/metrics.js'
import { authorizedScope, Requires, reachOf } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import { batched, type RequestContext, signedIn } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'

import { AlertRule } from '../rule/rule.js'
import type { RuleService } from '../rule/rule.service.js'
import { Acknowledgement, Alert, AlertEvent, AlertTimelineEntry } from './alert.js'
import type { AlertService } from './alert.service.js'
import type { AlertCare, Carer } from './alert-care.js'
import { AlertFilter, parseAlertFilter } from './alert-filter.js'
import { AlertConnection, decodePlace, encodePlace } from './alert-page.js'
import { DeviceReference, InterfaceReference, SensorReference } from './references.js'

const pageSize = z.int().min(1).max(500)

/** Finds alerts by id, many with one look-up. */
export const alertLoader = (alerts: AlertService, context: RequestContext) =>
  batched<string, Alert>(context, 'alert', (ids) =>
    alerts.byIds(ids, scopeOf(context.identity, 'alert.read')),
  )

/** Finds the rules of alerts by id, deleted ones too, and whatever else they watch. */
const ruleLoader = (rules: RuleService, context: RequestContext) =>
  batched<string, AlertRule>(context, 'rule', (ids) => rules.byIds(ids, 'everywhere'))

const caring = (context: RequestContext): Carer => ({
  userId: signedIn(context).userId,
  reach: reachOf(context, 'alert.acknowledge', 'alert.read'),
})

@Resolver(() => Alert)
export class AlertResolver {
  constructor(
    private readonly service: AlertService,
    private readonly care: AlertCare,
    private readonly rules: RuleService,
  ) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => AlertConnection, { description: 'Alerts, the newest first. Needs `alert.read`.' })
  @Requires('alert.read')
  async alerts(
    @Arg('filter', () => AlertFilter, { nullable: true, description: 'Which; absent: all that ever fired.' })
    filter: AlertFilter | null | undefined,
    @Arg('first', () => Int, { defaultValue: 50, description: 'How many at most, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'The cursor to go on behind.' })
    after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AlertConnection> {
    const query = parseAlertFilter(filter, authorizedScope(context, 'alert.read'))
    const { alerts, hasNextPage } = await this.service.page(
      query,
      parseInput(pageSize, first, 'first'),
      after ? decodePlace(after) : null,
    )
    const edges = alerts.map((node) => ({ cursor: encodePlace(node), node }))
    const pageInfo = { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null }
    return { edges, nodes: alerts, pageInfo, query }
  }

  @Query(() => Alert, { nullable: true, description: 'One alert; null: there is none. Needs `alert.read`.' })
  @Requires('alert.read')
  async alert(
    @Arg('id', () => ID, { description: 'Which.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Alert | null> {
    return (await alertLoader(this.service, context)(parseInput(z.uuid(), id, 'id'))) ?? null
  }

  @Mutation(() => Alert, {
    description: 'Takes a firing alert on, until it resolves. Needs `alert.acknowledge`.',
  })
  @Requires('alert.acknowledge')
  acknowledgeAlert(
    @Arg('id', () => ID, { description: 'The alert.' }) id: string,
    @Arg('comment', () => String, { nullable: true, description: 'What to say, at most 2000 characters.' })
    comment: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<Alert> {
    return this.care.acknowledge(id, caring(context), comment)
  }

  @Mutation(() => Alert, { description: 'Takes an acknowledgement back. Needs `alert.acknowledge`.' })
  @Requires('alert.acknowledge')
  unacknowledgeAlert(
    @Arg('id', () => ID, { description: 'The alert.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Alert> {
    return this.care.unacknowledge(id, caring(context))
  }

  @Mutation(() => Alert, {
    description: 'Adds a comment to the timeline of an alert. Needs `alert.acknowledge`.',
  })
  @Requires('alert.acknowledge')
  commentAlert(
    @Arg('id', () => ID, { description: 'The alert.' }) id: string,
    @Arg('comment', () => String, { description: 'What to say, 1 to 2000 characters.' }) comment: string,
    @Ctx() context: RequestContext,
  ): Promise<Alert> {
    return this.care.comment(id, caring(context), comment)
  }

  @Subscription(() => AlertEvent, {
    topics: 'alert.changed',
    description:
      'What happens to alerts from now on, or from `after`. CONFLICT: history no longer reaches back to `after`; load the list again. Needs `alert.read`.',
  })
  @Requires('alert.read')
  alertChanged(
    @Root() event: AlertEvent,
    @Arg('filter', () => AlertFilter, {
      nullable: true,
      description: 'Only of alerts that fit it after the event; absent: of all.',
    })
    _filter: AlertFilter | null | undefined,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the last event that was seen.' })
    _after: string | null | undefined,
  ): AlertEvent {
    return event
  }

  @FieldResolver(() => AlertRule, {
    description: 'The rule that raised it, as it is now; it may be deleted.',
  })
  rule(@Root() { ruleId }: Alert, @Ctx() context: RequestContext): Promise<AlertRule | undefined> {
    return ruleLoader(this.rules, context)(ruleId)
  }

  @FieldResolver(() => DeviceReference, {
    nullable: true,
    description: 'The device it is about. Null while inventory does not answer.',
  })
  device(@Root() { deviceId }: Alert): DeviceReference {
    return { id: deviceId }
  }

  @FieldResolver(() => InterfaceReference, {
    nullable: true,
    description: 'The interface it is about; null: it is not about an interface.',
  })
  interface(@Root() { metric, instance }: Alert): InterfaceReference | null {
    return metrics[metric].scope === 'INTERFACE' && instance !== '' ? { id: instance } : null
  }

  @FieldResolver(() => SensorReference, {
    nullable: true,
    description: 'The sensor it is about; null: it is not about a sensor.',
  })
  sensor(@Root() { metric, instance }: Alert): SensorReference | null {
    return metrics[metric].scope === 'SENSOR' && instance !== '' ? { id: instance } : null
  }

  @FieldResolver(() => Acknowledgement, { nullable: true, description: 'Who took it on; null: nobody.' })
  acknowledgement(
    @Root() { acknowledgedBy, acknowledgedAt, acknowledgedComment }: Alert,
  ): Acknowledgement | null {
    return acknowledgedBy && acknowledgedAt
      ? { by: { id: acknowledgedBy }, at: acknowledgedAt, comment: acknowledgedComment }
      : null
  }

  @Directive('@listSize(assumedSize: 10)')
  @FieldResolver(() => [AlertTimelineEntry], { description: 'Its story, oldest first.' })
  async timeline(@Root() { id }: Alert, @Ctx() context: RequestContext): Promise<AlertTimelineEntry[]> {
    const load = batched<string, AlertTimelineEntry[]>(context, 'timeline', (ids) =>
      this.service.timelines(ids),
    )
    return (await load(id)) ?? []
  }
}

@Resolver(() => AlertConnection)
export class AlertConnectionResolver {
  constructor(private readonly service: AlertService) {}

  @Directive('@cost(weight: 5)')
  @FieldResolver(() => Int, {
    description: 'How many alerts there are on all pages; counted only when asked for.',
  })
  totalCount(@Root() { query }: AlertConnection): Promise<number> {
    return this.service.count(query)
  }
}
