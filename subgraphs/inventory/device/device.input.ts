import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'

import type { DeviceKind as Kind, DeviceStatus as Status } from '#core/contract/devices.js'

import { DeviceKind, DeviceOrderField, DeviceStatus, OrderDirection, SnmpVersion } from '../enums.js'

const any = 'An empty list does not restrict.'

@InputType({ description: 'Which devices: those that fit every condition given.' })
export class DeviceFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Text anywhere in name, address, vendor, model or sysName, ignoring case.',
  })
  search?: string | null
  @Field(() => [ID], { nullable: true, description: `In one of these sites. ${any}` })
  siteIds?: string[] | null
  @Field(() => [DeviceKind], { nullable: true, description: `Of one of these kinds. ${any}` })
  kinds?: Kind[] | null
  @Field(() => [DeviceStatus], {
    nullable: true,
    description: 'In one of these statuses. Without it, or empty: all that are not deleted.',
  })
  statuses?: Status[] | null
  @Field(() => [String], { nullable: true, description: `With at least one of these tags. ${any}` })
  tags?: string[] | null
  @Field(() => [String], { nullable: true, description: `Of one of these vendors, ignoring case. ${any}` })
  vendors?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'One of these devices. An empty list fits none.' })
  ids?: string[] | null
}

@InputType({ description: 'In which order.' })
export class DeviceOrder {
  @Field(() => DeviceOrderField, { description: 'By what.' })
  field!: DeviceOrderField
  @Field(() => OrderDirection, { defaultValue: 'ASC', description: 'In which direction.' })
  direction!: OrderDirection
}

@ArgsType()
export class DevicesArgs {
  @Field(() => DeviceFilter, { nullable: true, description: 'Which devices. Null: all not deleted.' })
  filter?: DeviceFilter | null
  @Field(() => DeviceOrder, { nullable: true, description: 'In which order. Null: by name.' })
  orderBy?: DeviceOrder | null
  @Field(() => Int, { defaultValue: 50, description: 'How many, 1 to 500.' })
  first!: number
  @Field(() => String, { nullable: true, description: 'Cursor to go on behind.' })
  after?: string | null
}

const kept = 'Left out: as it is, or the default.'

@InputType({ description: 'How to ping a device. What is left out stays as it is, or gets its default.' })
export class IcmpInput {
  @Field(() => Boolean, { nullable: true, description: `Whether to ping it. ${kept} Default true.` })
  enabled?: boolean | null
  @Field(() => Int, { nullable: true, description: `Seconds between polls, 5 to 3600. ${kept} Default 30.` })
  intervalSeconds?: number | null
  @Field(() => Int, { nullable: true, description: `Echo requests of one poll, 1 to 10. ${kept} Default 3.` })
  packets?: number | null
  @Field(() => Int, {
    nullable: true,
    description: `Wait for each reply, 100 to 10000 ms. ${kept} Default 1000.`,
  })
  timeoutMs?: number | null
}

@InputType({
  description: 'How to poll a device by SNMP. What is left out stays as it is, or gets its default.',
})
export class SnmpInput {
  @Field(() => Boolean, { nullable: true, description: `Whether to poll it. ${kept} Default true.` })
  enabled?: boolean | null
  @Field(() => SnmpVersion, {
    nullable: true,
    description: `Version of the protocol. ${kept} Default: what the first credential is for, else V2C.`,
  })
  version?: keyof typeof SnmpVersion | null
  @Field(() => Int, { nullable: true, description: `UDP port of the agent. ${kept} Default 161.` })
  port?: number | null
  @Field(() => Int, { nullable: true, description: `Seconds between polls, 5 to 3600. ${kept} Default 60.` })
  intervalSeconds?: number | null
  @Field(() => Int, {
    nullable: true,
    description: `Wait for each reply, 100 to 30000 ms. ${kept} Default 2000.`,
  })
  timeoutMs?: number | null
  @Field(() => Int, { nullable: true, description: `Repeats of a request, 0 to 5. ${kept} Default 1.` })
  retries?: number | null
  @Field(() => Int, { nullable: true, description: `Rows of one GETBULK, 1 to 100. ${kept} Default 25.` })
  maxRepetitions?: number | null
  @Field(() => Int, {
    nullable: true,
    description: `Objects of one request, 2 to 100. ${kept} Default 20.`,
  })
  maxOidsPerRequest?: number | null
  @Field(() => String, {
    nullable: true,
    description: `SNMPv3: the agent's context, up to 32 characters; empty for its default one. ${kept} Default empty.`,
  })
  contextName?: string | null
  @Field(() => Boolean, {
    nullable: true,
    description: `Whether tables are read by GETBULK; false for agents whose GETBULK is broken. ${kept} Default true.`,
  })
  bulk?: boolean | null
  @Field(() => Boolean, {
    nullable: true,
    description: `Whether tables that are out of order are read all the same. ${kept} Default false.`,
  })
  allowNonIncreasing?: boolean | null
  @Field(() => Boolean, {
    nullable: true,
    description: `Whether to read its neighbour tables (LLDP, CDP, ARP, bridge). ${kept} Default true.`,
  })
  neighbors?: boolean | null
  @Field(() => Int, {
    nullable: true,
    description: `Rows its bridge table may have to be read and used, 0 to 19000. ${kept} Default 10000.`,
  })
  fdbRowsMax?: number | null
}

@InputType({ description: 'How to watch a device.' })
export class MonitoringInput {
  @Field(() => IcmpInput, {
    nullable: true,
    description: 'How to ping it. Left out: as it is, or the defaults.',
  })
  icmp?: IcmpInput | null
  @Field(() => SnmpInput, {
    nullable: true,
    description:
      'How to poll it by SNMP. Null: not at all. Left out: as it is; for a new device the defaults if it has credentials, else not at all.',
  })
  snmp?: SnmpInput | null
}

@InputType({ description: 'A new device.' })
export class CreateDeviceInput {
  @Field(() => String, { description: 'Name, 1 to 255 characters, unique among devices.' })
  name!: string
  @Field(() => String, { description: 'IPv4 address, IPv6 address or host name, unique among devices.' })
  address!: string
  @Field(() => ID, { nullable: true, description: 'Its site. Null: none.' })
  siteId?: string | null
  @Field(() => DeviceKind, { nullable: true, description: 'What it is for. Default OTHER.' })
  kind?: Kind | null
  @Field(() => [String], { nullable: true, description: 'Free labels, up to 50 of 1 to 64 characters.' })
  tags?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'Credentials to try, in this order.' })
  credentialIds?: string[] | null
  @Field(() => MonitoringInput, { nullable: true, description: 'How to watch it. Default: ping it.' })
  monitoring?: MonitoringInput | null
}

@InputType({ description: 'A change to a device. What is left out stays as it is.' })
export class UpdateDeviceInput {
  @Field(() => ID, { description: 'Which device.' })
  id!: string
  @Field(() => String, { nullable: true, description: 'New name.' })
  name?: string | null
  @Field(() => String, { nullable: true, description: 'New address.' })
  address?: string | null
  @Field(() => ID, { nullable: true, description: 'New site. Null: none.' })
  siteId?: string | null
  @Field(() => DeviceKind, { nullable: true, description: 'What it is for.' })
  kind?: Kind | null
  @Field(() => DeviceStatus, {
    nullable: true,
    description: 'New status; not DELETED: that is what deleteDevice is for.',
  })
  status?: Status | null
  @Field(() => [String], { nullable: true, description: 'All labels from now on.' })
  tags?: string[] | null
  @Field(() => [ID], { nullable: true, description: 'All credentials to try from now on, in this order.' })
  credentialIds?: string[] | null
  @Field(() => MonitoringInput, { nullable: true, description: 'Changes to how it is watched.' })
  monitoring?: MonitoringInput | null
  @Field(() => [ID], {
    nullable: true,
    description:
      'Devices that it is reached through, up to 20, instead of those that follow from the topology. Null: those that follow.',
  })
  parentIds?: string[] | null
}
