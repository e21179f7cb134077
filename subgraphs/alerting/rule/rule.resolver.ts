import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { covers, scopeOf } from '#core/service/scope.js'
import type { Sight } from '#db/sight.js'

import { AlertRule, RuleScope } from './rule.js'
import type { RuleService } from './rule.service.js'
import { AlertRuleInput } from './rule-input.js'

/** Finds by id the rules that may watch a device the caller sees. */
export const seenRuleLoader = (rules: RuleService, context: RequestContext) =>
  batched<string, AlertRule>(context, 'rule.seen', (ids) =>
    rules.byIds(ids, scopeOf(context.identity, 'alert.read')),
  )

@Resolver(() => AlertRule)
export class RuleResolver {
  constructor(
    private readonly rules: RuleService,
    private readonly sight: Sight,
  ) {}

  @Directive('@listSize(assumedSize: 100)')
  @Query(() => [AlertRule], {
    description: 'Every rule that may watch a device you see, by name. Needs `alert.read`.',
  })
  @Requires('alert.read')
  alertRules(@Ctx() context: RequestContext): Promise<AlertRule[]> {
    return this.rules.list(authorizedScope(context, 'alert.read'))
  }

  @Mutation(() => AlertRule, {
    description: 'Adds a rule; it works within 2 seconds. Needs `alert.rule.write`.',
  })
  @Requires('alert.rule.write')
  createAlertRule(
    @Arg('input', () => AlertRuleInput, { description: 'The new rule.' }) input: AlertRuleInput,
  ): Promise<AlertRule> {
    return this.rules.create(input)
  }

  @Mutation(() => AlertRule, {
    description:
      'Changes a rule; it works within 2 seconds. Open alerts that it no longer covers resolve. Needs `alert.rule.write`.',
  })
  @Requires('alert.rule.write')
  updateAlertRule(
    @Arg('id', () => ID, { description: 'The rule.' }) id: string,
    @Arg('input', () => AlertRuleInput, { description: 'What it shall be.' }) input: AlertRuleInput,
  ): Promise<AlertRule> {
    return this.rules.update(id, input)
  }

  @Mutation(() => AlertRule, {
    description:
      'Deletes a rule and resolves its open alerts. A built-in rule can only be disabled: CONFLICT. Needs `alert.rule.write`.',
  })
  @Requires('alert.rule.write')
  deleteAlertRule(@Arg('id', () => ID, { description: 'The rule.' }) id: string): Promise<AlertRule> {
    return this.rules.delete(id)
  }

  @FieldResolver(() => RuleScope, {
    description: 'Which devices it watches; of sites and devices only those you see are named.',
  })
  async scope(@Root() { scope }: AlertRule, @Ctx() context: RequestContext): Promise<RuleScope> {
    const { siteIds, tags, kinds, deviceIds } = scope
    const within = scopeOf(context.identity, 'alert.read')
    const seen = await Promise.all((deviceIds ?? []).map((id) => this.sight.device(context, id)))
    return {
      siteIds: siteIds?.filter((id) => covers(within, id)) ?? null,
      tags: tags ?? null,
      kinds: kinds ?? null,
      deviceIds: deviceIds?.filter((_, index) => seen[index]) ?? null,
    }
  }
}
