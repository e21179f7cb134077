import { Field, Float, ID, InputType, Int } from 'type-graphql'
import * as z from 'zod'

import { type AlertSeverity, alertSeverity } from '#core/contract/alerts.js'
import { type MetricName, metricName } from '#core/contract/metrics.js'
import { parseInput, SotpError } from '#core/service/errors.js'

import { type Comparison, comparison, recoveryFault } from './condition.js'
import type { AlertRule } from './rule.js'
import { type RuleScope, ruleScope } from './scope.js'
import { defaultTemplate, templateFault } from './summary.js'

@InputType({
  description: 'Which devices a rule watches. A list that is absent, null or empty limits nothing.',
})
export class RuleScopeInput {
  @Field(() => [ID], { nullable: true, description: 'Devices of any of these sites.' })
  siteIds?: string[] | null
  @Field(() => [String], { nullable: true, description: 'Devices with any of these tags.' })
  tags?: string[] | null
  @Field(() => [String], {
    nullable: true,
    description: 'Devices of any of these kinds, as in `DeviceKind`.',
  })
  kinds?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'These devices only.' })
  deviceIds?: string[] | null
}

@InputType({
  description:
    'A rule. Optional fields: absent keeps what an existing rule has; null, or absent in a new rule, takes the default.',
})
export class AlertRuleInput {
  @Field(() => String, { description: 'Its name, unique, at most 100 characters.' })
  name!: string
  @Field(() => Boolean, { nullable: true, description: 'Whether it raises alerts; default true.' })
  enabled?: boolean | null
  @Field(() => String, { description: 'Name of the metric to watch, as in `metricCatalog`.' })
  metric!: string
  @Field(() => comparison.enum, { description: 'How a value is compared with the threshold.' })
  comparison!: Comparison
  @Field(() => Float, { description: 'The threshold, in the unit of the metric; ratios are 0 to 1.' })
  threshold!: number
  @Field(() => Float, {
    nullable: true,
    description:
      'A firing alert ends only beyond this value, on the healthy side of the threshold; default: none.',
  })
  recoveryThreshold?: number | null
  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds the condition must hold before the alert fires, at most 604800 (a week); default 0.',
  })
  forSeconds?: number | null
  @Field(() => Int, {
    nullable: true,
    description: 'Seconds the condition must be over before the alert resolves, at most 604800; default 0.',
  })
  keepFiringSeconds?: number | null
  @Field(() => alertSeverity.enum, { description: 'Severity of its alerts.' })
  severity!: AlertSeverity
  @Field(() => RuleScopeInput, { nullable: true, description: 'Which devices it watches; default: all.' })
  scope?: RuleScopeInput | null
  @Field(() => String, {
    nullable: true,
    description:
      'Text of its alerts, at most 300 characters. Words that are filled in: {device}, {address}, {site}, {interface} (interface metrics only), {sensor} (sensor metrics only), {metric}, {value}, {threshold}, {rule}.',
  })
  summaryTemplate?: string | null
  @Field(() => String, { nullable: true, description: 'Where to read what to do: an http or https URL.' })
  runbookUrl?: string | null
}

const weekSeconds = 604_800
const seconds = z.int().min(0).max(weekSeconds).nullish()

const schema = z.object({
  name: z.string().trim().min(1).max(100),
  enabled: z.boolean().nullish(),
  metric: metricName,
  comparison,
  threshold: z.number(),
  recoveryThreshold: z.number().nullish(),
  forSeconds: seconds,
  keepFiringSeconds: seconds,
  severity: alertSeverity,
  scope: ruleScope.nullish(),
  summaryTemplate: z.string().trim().min(1).max(300).nullish(),
  runbookUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .max(2000)
    .nullish(),
})

/** What a person may decide about a rule. */
export interface RuleValues {
  name: string
  enabled: boolean
  metric: MetricName
  comparison: Comparison
  threshold: number
  recoveryThreshold: number | null
  forSeconds: number
  keepFiringSeconds: number
  severity: AlertSeverity
  scope: RuleScope
  summaryTemplate: string
  runbookUrl: string | null
}

/** Absent: what there is; null: the default. */
const pick = <Value>(given: Value | null | undefined, current: Value | undefined, byDefault: Value): Value =>
  given === undefined ? (current ?? byDefault) : (given ?? byDefault)

/** Reads a rule, completed from the one it changes. @throws SotpError BAD_USER_INPUT naming the faulty field. */
export function parseRule(input: AlertRuleInput, current?: AlertRule): RuleValues {
  const given = parseInput(schema, input)
  const ownText =
    current && current.summaryTemplate !== defaultTemplate(current.metric)
      ? current.summaryTemplate
      : undefined
  const values: RuleValues = {
    name: given.name,
    enabled: pick(given.enabled, current?.enabled, true),
    metric: given.metric,
    comparison: given.comparison,
    threshold: given.threshold,
    recoveryThreshold: pick<number | null>(given.recoveryThreshold, current?.recoveryThreshold, null),
    forSeconds: pick(given.forSeconds, current?.forSeconds, 0),
    keepFiringSeconds: pick(given.keepFiringSeconds, current?.keepFiringSeconds, 0),
    severity: given.severity,
    scope: pick(given.scope, current?.scope, {}),
    summaryTemplate: pick(given.summaryTemplate, ownText, defaultTemplate(given.metric)),
    runbookUrl: pick<string | null>(given.runbookUrl, current?.runbookUrl, null),
  }
  refuse('recoveryThreshold', recoveryFault(values.comparison, values.threshold, values.recoveryThreshold))
  refuse('summaryTemplate', templateFault(values.summaryTemplate, values.metric))
  return values
}

function refuse(name: string, fault: string | undefined): void {
  if (fault === undefined) return
  const field = `input.${name}`
  throw new SotpError('BAD_USER_INPUT', { message: `${field}: ${fault}`, field })
}
