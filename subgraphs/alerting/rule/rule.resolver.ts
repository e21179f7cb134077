import { Arg, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'

import { AlertRule, RuleScope } from './rule.js'
import type { RuleService } from './rule.service.js'
import { AlertRuleInput } from './rule-input.js'

@Resolver(() => AlertRule)
export class RuleResolver {
  constructor(private readonly rules: RuleService) {}

  @Directive('@listSize(assumedSize: 100)')
  @Query(() => [AlertRule], { description: 'Every rule, by name. Needs `alert.read`.' })
  @Requires('alert.read')
  alertRules(): Promise<AlertRule[]> {
    return this.rules.list()
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

  @FieldResolver(() => RuleScope, { description: 'Which devices it watches.' })
  scope(@Root() { scope }: AlertRule): RuleScope {
    const { siteIds, tags, kinds, deviceIds } = scope
    return {
      siteIds: siteIds ?? null,
      tags: tags ?? null,
      kinds: kinds ?? null,
      deviceIds: deviceIds ?? null,
    }
  }
}
