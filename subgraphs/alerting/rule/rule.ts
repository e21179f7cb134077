import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import { type AlertSeverity, alertSeverity } from '#core/contract/alerts.js'
import type { MetricName } from '#core/contract/metrics.js'
import { Requires } from '#core/service/authorize.js'

import { type Comparison, comparison } from './condition.js'
import type { RuleScope as Scope } from './scope.js'

registerEnumType(comparison.enum, {
  name: 'Comparison',
  description: 'How a value is compared with a threshold.',
  valuesConfig: {
    GREATER: { description: 'The value is greater than the threshold.' },
    GREATER_OR_EQUAL: { description: 'The value is the threshold or greater.' },
    LESS: { description: 'The value is less than the threshold.' },
    LESS_OR_EQUAL: { description: 'The value is the threshold or less.' },
    EQUAL: { description: 'The value is exactly the threshold; for states.' },
    NOT_EQUAL: { description: 'The value is anything but the threshold; for states.' },
  },
})
registerEnumType(alertSeverity.enum, {
  name: 'AlertSeverity',
  description: 'How bad it is.',
  valuesConfig: {
    INFO: { description: 'Worth knowing; nobody needs to act.' },
    WARNING: { description: 'Somebody should look at it soon.' },
    CRITICAL: { description: 'Somebody must act now.' },
  },
})

@ObjectType({
  description:
    'Which devices a rule watches. Each list that is not null must name the device; all null: every device.',
})
@Requires('alert.read')
export class RuleScope {
  @Field(() => [ID], { nullable: true, description: 'Devices of any of these sites; null: of every site.' })
  siteIds!: string[] | null
  @Field(() => [String], {
    nullable: true,
    description: 'Devices with any of these tags; null: whatever tags.',
  })
  tags!: string[] | null
  @Field(() => [String], {
    nullable: true,
    description: 'Devices of any of these kinds; null: of every kind.',
  })
  kinds!: string[] | null
  @Field(() => [ID], { nullable: true, description: 'These devices only; null: every device.' })
  deviceIds!: string[] | null
}

/** One row of `rule`. Columns without a field are not public. */
@ObjectType({
  description: 'When to raise an alert. A deleted rule stays readable through the alerts it raised.',
})
@Directive('@key(fields: "id")')
@Requires('alert.read')
@Entity('rule')
export class AlertRule {
  @Field(() => ID, { description: 'Its id.' })
  @PrimaryColumn({ type: 'uuid' })
  id!: string

  @Field(() => String, { description: 'Its name, unique among the rules that exist.' })
  @Column({ type: 'text' })
  name!: string

  @Field(() => Boolean, { description: 'Whether it raises alerts. Disabling it resolves its open alerts.' })
  @Column({ type: 'boolean' })
  enabled!: boolean

  @Field(() => String, { description: 'Name of the metric it watches, as in `metricCatalog`.' })
  @Column({ type: 'text' })
  metric!: MetricName

  @Field(() => comparison.enum, { description: 'How a value is compared with the threshold.' })
  @Column({ type: 'text' })
  comparison!: Comparison

  @Field(() => Float, { description: 'The threshold, in the unit of the metric; ratios are 0 to 1.' })
  @Column({ type: 'double precision' })
  threshold!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'A firing alert ends only beyond this value (hysteresis); null: as soon as the threshold is not met.',
  })
  @Column({ type: 'double precision', name: 'recovery_threshold', nullable: true })
  recoveryThreshold!: number | null

  @Field(() => Int, { description: 'Seconds the condition must hold before the alert fires.' })
  @Column({ type: 'integer', name: 'for_seconds' })
  forSeconds!: number

  @Field(() => Int, { description: 'Seconds the condition must be over before the alert resolves.' })
  @Column({ type: 'integer', name: 'keep_firing_seconds' })
  keepFiringSeconds!: number

  @Field(() => alertSeverity.enum, { description: 'Severity of its alerts.' })
  @Column({ type: 'text' })
  severity!: AlertSeverity

  /** Only the lists that limit; the resolver fills in the others. */
  @Column({ type: 'jsonb' })
  scope!: Scope

  @Field(() => String, {
    description:
      'Text of its alerts. Words in braces are filled in: {device}, {address}, {site}, {interface}, {metric}, {value}, {threshold}, {rule}.',
  })
  @Column({ type: 'text', name: 'summary_template' })
  summaryTemplate!: string

  @Field(() => String, {
    nullable: true,
    description: 'Where to read what to do, http or https; null: nowhere.',
  })
  @Column({ type: 'text', name: 'runbook_url', nullable: true })
  runbookUrl!: string | null

  @Field(() => Boolean, { description: 'It came with SOTP: it can be changed and disabled, not deleted.' })
  @Column({ type: 'boolean', name: 'built_in' })
  builtIn!: boolean

  /** Grows by one with each change. */
  @Column({ type: 'integer' })
  version!: number

  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt!: Date

  @Column({ type: 'timestamptz', name: 'deleted_at', nullable: true })
  deletedAt!: Date | null
}
