import { Field, ID, InputType, Int } from 'type-graphql'

import type { DeviceKind as Kind } from '#core/contract/devices.js'

import { MonitoringInput } from '../device/device.input.js'
import { DeviceKind } from '../enums.js'

@InputType({ description: 'Where and how to look for devices.' })
export class DiscoveryInput {
  @Field(() => [String], {
    description:
      'Networks and single addresses to probe, 1 to 100, as 10.0.0.0/24, 10.0.1.7 or 2001:db8::/120; 65536 addresses together at most.',
  })
  targets!: string[]
  @Field(() => [String], { nullable: true, description: 'Networks and addresses never to probe, up to 100.' })
  exclude?: string[] | null
  @Field(() => [ID], {
    nullable: true,
    description: 'Credentials to try, in this order, up to 10. None: SNMP is not asked.',
  })
  credentialIds?: string[] | null
  @Field(() => ID, { nullable: true, description: 'Site of what is found. Null: none.' })
  siteId?: string | null
  @Field(() => Boolean, {
    defaultValue: true,
    description: 'Whether to go on to what LLDP, CDP and ARP tables name, until nothing new is named.',
  })
  useNeighbors!: boolean
  @Field(() => [String], {
    nullable: true,
    description: 'Networks in which neighbours may be probed, of any size, up to 100. Null: the targets.',
  })
  within?: string[] | null
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether to ask the known devices in those networks for their neighbours, too.',
  })
  includeKnown!: boolean
  @Field(() => Boolean, { nullable: true, description: 'Whether to ping. Default true.' })
  ping?: boolean | null
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether to ask by SNMP also what does not answer ping. Slower. Default false.',
  })
  probeSilent?: boolean | null
  @Field(() => [Int], { nullable: true, description: 'UDP ports of agents, 1 to 5. Default 161.' })
  ports?: number[] | null
  @Field(() => Int, { nullable: true, description: 'Wait for each reply, 100 to 10000 ms. Default 1000.' })
  timeoutMs?: number | null
  @Field(() => Int, { nullable: true, description: 'Repeats of an SNMP request, 0 to 3. Default 1.' })
  retries?: number | null
  @Field(() => Int, { nullable: true, description: 'Packets each second, 1 to 2000. Default 200.' })
  packetsPerSecond?: number | null
}

@InputType({ description: 'What a host shall be called.' })
export class DiscoveredNameInput {
  @Field(() => String, { description: 'Address of the host.' })
  address!: string
  @Field(() => String, { nullable: true, description: 'Name. Null: the suggested one.' })
  name?: string | null
  @Field(() => DeviceKind, { nullable: true, description: 'What it is for. Null: what it seems to be for.' })
  kind?: Kind | null
}

@InputType({ description: 'How hosts become devices.' })
export class AcceptInput {
  @Field(() => [DiscoveredNameInput], {
    nullable: true,
    description: 'Names and kinds that differ from the suggested ones.',
  })
  named?: DiscoveredNameInput[] | null
  @Field(() => ID, { nullable: true, description: 'Their site. Left out: the site of the run. Null: none.' })
  siteId?: string | null
  @Field(() => [String], { nullable: true, description: 'Free labels, up to 50 of 1 to 64 characters.' })
  tags?: string[] | null
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Accepts also hosts that seem to be a known device, or another host of the run.',
  })
  allowDuplicates!: boolean
}

@InputType({ description: 'What to try to reach: a device as it is set up, or an address as it would be.' })
export class TestConnectionInput {
  @Field(() => ID, { nullable: true, description: 'A device, with its address, settings and credentials.' })
  deviceId?: string | null
  @Field(() => String, { nullable: true, description: 'An address; in place of a device.' })
  address?: string | null
  @Field(() => MonitoringInput, {
    nullable: true,
    description: 'How to ask. Left out: as the device is set up, or by the defaults.',
  })
  monitoring?: MonitoringInput | null
  @Field(() => [ID], {
    nullable: true,
    description: 'Credentials to try, up to 10. Left out: those of the device.',
  })
  credentialIds?: string[] | null
}
