import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import {
  type AlertEventKind,
  type AlertSeverity,
  type AlertState,
  alertEventKind,
  alertSeverity,
  alertState,
} from '#core/contract/alerts.js'
import type { MetricName } from '#core/contract/metrics.js'
import { Requires } from '#core/service/authorize.js'

import { UserReference } from './references.js'

registerEnumType(alertState.enum, {
  name: 'AlertState',
  description: 'Where an alert is in its life.',
  valuesConfig: {
    PENDING: {
      description: 'The condition is met, but not yet for as long as the rule asks. Nobody is told.',
    },
    FIRING: { description: 'The condition has held for as long as the rule asks.' },
    RESOLVED: { description: 'It is over. The same fault later is a new alert.' },
  },
})
registerEnumType(alertEventKind.enum, {
  name: 'AlertEventKind',
  description: 'What happened to an alert.',
  valuesConfig: {
    OPENED: { description: 'It began to fire.' },
    UPDATED: { description: 'A comment, a taken back acknowledgement or another severity.' },
    ACKNOWLEDGED: { description: 'Somebody took it on.' },
    RESOLVED: { description: 'It is over.' },
  },
})

@ObjectType({ description: 'Who took an alert on. It lasts until the alert resolves.' })
@Requires('alert.read')
export class Acknowledgement {
  @Field(() => UserReference, {
    nullable: true,
    description: 'Who acknowledged. Null while auth does not answer.',
  })
  by!: UserReference
  @Field(() => Date, { description: 'When.' })
  at!: Date
  @Field(() => String, { nullable: true, description: 'What they said; null: nothing.' })
  comment!: string | null
}

@ObjectType({ description: 'One line of the story of an alert.' })
@Requires('alert.read')
export class AlertTimelineEntry {
  @Field(() => Date, { description: 'When it happened.' })
  at!: Date
  @Field(() => String, {
    description: 'OPENED, FIRED, ACKNOWLEDGED, UNACKNOWLEDGED, COMMENTED, RULE_CHANGED or RESOLVED.',
  })
  kind!: string
  @Field(() => String, { description: 'What happened, in words; a comment as it was written.' })
  text!: string
  @Field(() => UserReference, { nullable: true, description: 'Who did it; null: SOTP itself.' })
  by!: UserReference | null
}

@ObjectType({ description: 'How a device is, by its alerts.' })
@Requires('alert.read')
export class DeviceHealth {
  @Field(() => alertSeverity.enum, {
    nullable: true,
    description: 'Worst severity of what fires; null: nothing.',
  })
  worst!: AlertSeverity | null
  @Field(() => Int, { description: 'How many alerts fire.' })
  firing!: number
  @Field(() => Int, { description: 'How many of those somebody has acknowledged.' })
  acknowledged!: number
}

/** One row of `alert`. The evaluator alone changes its state; people acknowledge and comment. */
@ObjectType({
  description: 'A fault that a rule found: one open alert for each rule, device and instance at a time.',
})
@Directive('@key(fields: "id")')
@Requires('alert.read')
@Entity('alert')
export class Alert {
  @Field(() => ID, { description: 'Its id.' })
  @PrimaryColumn({ type: 'uuid' })
  id!: string

  @Column({ type: 'uuid', name: 'rule_id' })
  ruleId!: string

  @Column({ type: 'text' })
  metric!: MetricName

  @Column({ type: 'uuid', name: 'device_id' })
  deviceId!: string

  /** Interface id; empty for a metric of the whole device. */
  @Column({ type: 'text' })
  instance!: string

  @Field(() => String, {
    description: 'Names the fault for ever: SHA-256, in hex, of its rule, device and instance.',
  })
  @Column({ type: 'text' })
  fingerprint!: string

  @Field(() => alertSeverity.enum, { description: 'How bad it is.' })
  @Column({ type: 'text' })
  severity!: AlertSeverity

  @Field(() => alertState.enum, { description: 'Where it is in its life.' })
  @Column({ type: 'text' })
  state!: AlertState

  @Field(() => String, { description: 'What is wrong, as the rule words it.' })
  @Column({ type: 'text' })
  summary!: string

  @Field(() => Float, {
    nullable: true,
    description:
      'The newest value that was judged, at most about 10 seconds behind while it is open; null: not known.',
  })
  @Column({ type: 'double precision', nullable: true })
  value!: number | null

  @Field(() => Date, { description: 'When the condition was first met.' })
  @Column({ type: 'timestamptz', name: 'starts_at' })
  startsAt!: Date

  @Field(() => Date, { nullable: true, description: 'When it began to fire; null: it has not.' })
  @Column({ type: 'timestamptz', name: 'fired_at', nullable: true })
  firedAt!: Date | null

  @Field(() => Date, { nullable: true, description: 'When it was over; null: it is not.' })
  @Column({ type: 'timestamptz', name: 'resolved_at', nullable: true })
  resolvedAt!: Date | null

  @Column({ type: 'uuid', name: 'acknowledged_by', nullable: true })
  acknowledgedBy!: string | null

  @Column({ type: 'timestamptz', name: 'acknowledged_at', nullable: true })
  acknowledgedAt!: Date | null

  @Column({ type: 'text', name: 'acknowledged_comment', nullable: true })
  acknowledgedComment!: string | null
}

@ObjectType({ description: 'Something happened to an alert.' })
@Requires('alert.read')
export class AlertEvent {
  @Field(() => alertEventKind.enum, { description: 'What happened.' })
  kind!: AlertEventKind
  @Field(() => Alert, { description: 'The alert as it is now.' })
  alert!: Alert
  @Field(() => String, { description: 'Give it as `after` to go on behind this event.' })
  cursor!: string
}
