import { Directive, Field, Float, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'

import { reachability, type DeviceState as State } from '#core/contract/telemetry.js'
import { Requires } from '#core/service/authorize.js'

import { Device } from '../device.js'

export const Reachability = reachability.enum
export type Reachability = keyof typeof Reachability
registerEnumType(Reachability, {
  name: 'Reachability',
  description: 'Whether a device answers.',
  valuesConfig: {
    UP: { description: 'It answers everything it is asked.' },
    DEGRADED: { description: 'It answers, but not as it should: `reason` says what is wrong.' },
    DOWN: { description: 'It answers nothing.' },
    UNREACHABLE: { description: 'It cannot be reached because something before it is down.' },
    UNKNOWN: { description: 'Nothing recent is known: not polled yet, paused, or the polls stopped.' },
  },
})

@ObjectType({
  description: 'Latest known state of a device. Figures are null when never measured or not answered.',
})
@Directive('@key(fields: "device { id }")')
@Requires('telemetry.read')
export class DeviceState {
  @Field(() => Device, {
    nullable: true,
    description: 'The device whose state this is. Null while inventory does not answer.',
  })
  device!: Device
  @Field(() => Reachability, { description: 'Whether it answers.' }) reachability!: Reachability
  @Field(() => String, {
    description:
      'Why the state is what it is: OK, NO_REPLY, PACKET_LOSS, AGENT_FAULT (ICMP answers, SNMP does not), AUTHENTICATION_FAILED, CREDENTIAL_MISSING, ICMP_FILTERED (SNMP answers, ICMP does not), PARENT_DOWN (everything before it on the way is silent, too), NEVER_POLLED, STALE, PAUSED.',
  })
  reason!: string
  @Field(() => Date, { description: 'When reachability last changed.' }) since!: Date
  @Field(() => Float, { nullable: true, description: 'Mean ICMP round-trip time of the last poll, ms.' })
  rttMs!: number | null
  @Field(() => Float, { nullable: true, description: 'Share of echo requests without a reply, 0 to 1.' })
  lossRatio!: number | null
  @Field(() => Float, { nullable: true, description: 'ICMP jitter of the last poll, ms.' })
  jitterMs!: number | null
  @Field(() => Float, { nullable: true, description: 'Mean processor load, 0 to 1.' })
  cpuRatio!: number | null
  @Field(() => Float, { nullable: true, description: 'Used share of memory, 0 to 1.' })
  memoryRatio!: number | null
  @Field(() => BigInt, { nullable: true, description: 'Seconds since its SNMP agent started.' })
  uptimeSeconds!: bigint | null
  @Field(() => Date, { nullable: true, description: 'When it was last polled; null: never.' })
  lastPolledAt!: Date | null
  @Field(() => Boolean, { description: 'Whether the last poll is too old to tell anything.' }) stale!: boolean
}

/** The state as the graph shows it. */
export const shownState = (state: State): DeviceState =>
  Object.assign(new DeviceState(), {
    ...state,
    device: Device.of(state.deviceId),
    since: new Date(state.since),
    uptimeSeconds: state.uptimeSeconds === null ? null : BigInt(Math.floor(state.uptimeSeconds)),
    lastPolledAt: state.lastPolledAt === null ? null : new Date(state.lastPolledAt),
    stale: state.reason === 'STALE',
  })

@InputType({ description: 'Which devices: those that fit every given list.' })
export class DeviceStateFilter {
  @Field(() => [ID], { nullable: true, description: 'Only these devices.' }) deviceIds?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'Only devices of these sites.' })
  siteIds?: string[] | null
  @Field(() => [Reachability], { nullable: true, description: 'Only devices in one of these states.' })
  reachability?: Reachability[] | null
}

const ids = z.array(z.uuid('must be a UUID')).max(10_000).nullish()
/** Checks what GraphQL's types do not. */
export const stateFilter = z
  .object({ deviceIds: ids, siteIds: ids, reachability: z.array(reachability).nullish() })
  .nullish()
export type StateFilter = z.infer<typeof stateFilter>

/** Whether a state fits a filter, for events; `states.ts` says the same in SQL. */
export const fits = (filter: StateFilter, state: State): boolean =>
  (!filter?.deviceIds || filter.deviceIds.includes(state.deviceId)) &&
  (!filter?.siteIds || (state.siteId !== null && filter.siteIds.includes(state.siteId))) &&
  (!filter?.reachability || filter.reachability.includes(state.reachability))
