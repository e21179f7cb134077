import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'

import { snmpVersion } from '#core/contract/devices.js'
import { severity } from '#core/contract/severity.js'
import { type TrapReceived, trapCategory, trapKind, trapRefusal, varbindType } from '#core/contract/traps.js'
import { Requires } from '#core/service/authorize.js'

import { Device, PageInfo } from '../device.js'

const described = (texts: Record<string, string>) =>
  Object.fromEntries(Object.entries(texts).map(([value, description]) => [value, { description }]))

registerEnumType(severity.enum, {
  name: 'Severity',
  description: 'How grave a message of a device is: the eight of syslog (RFC 5424), gravest first.',
  valuesConfig: described({
    EMERGENCY: 'It cannot be used.',
    ALERT: 'Somebody must act at once.',
    CRITICAL: 'Something important failed.',
    ERROR: 'Something failed.',
    WARNING: 'Something may fail.',
    NOTICE: 'Normal, but worth knowing.',
    INFO: 'For information.',
    DEBUG: 'For whoever looks for a fault.',
  }),
})
registerEnumType(trapKind.enum, {
  name: 'TrapKind',
  description: 'Whether the sender was told that it arrived.',
  valuesConfig: described({ TRAP: 'Sent once, without an answer.', INFORM: 'Acknowledged to its sender.' }),
})
registerEnumType(trapCategory.enum, {
  name: 'TrapCategory',
  description: 'What a trap is about.',
  valuesConfig: described({
    SYSTEM: 'The device itself: restarts, load, redundancy.',
    LINK: 'Ports and tunnels.',
    ROUTING: 'Routing protocols.',
    TOPOLOGY: 'Neighbours, spanning trees, stacks.',
    SECURITY: 'Somebody did what they must not.',
    ENVIRONMENT: 'Temperature, fans, parts.',
    POWER: 'Power supplies and batteries.',
    CONFIGURATION: 'Somebody changed it.',
    OTHER: 'Anything else, or not known.',
  }),
})
registerEnumType(trapRefusal.enum, {
  name: 'TrapRefusal',
  description: 'Why a datagram was not accepted.',
  valuesConfig: described({
    UNKNOWN_COMMUNITY: 'No credential has its community.',
    UNKNOWN_USER: 'No credential has its SNMPv3 user.',
    SECURITY_LEVEL: 'It was signed or encrypted otherwise than its credential says.',
    AUTHENTICATION_FAILED: 'Its digest is wrong: another key, or changed on the way.',
    NOT_IN_TIME_WINDOW: 'It is older than what its sender sent before: perhaps recorded and sent again.',
    DECRYPTION_FAILED: 'It could not be decrypted: another key.',
    MALFORMED: 'It is no SNMP message.',
    TOO_LARGE: 'It is larger than is read.',
    UNSUPPORTED: 'It is an SNMP message, but nothing that is sent to a receiver of traps.',
  }),
})
registerEnumType(varbindType.enum, {
  name: 'VarbindType',
  description: 'Type of the value of a variable binding (RFC 2578, RFC 3416).',
  valuesConfig: described({
    INTEGER: 'A signed number of 32 bits.',
    OCTET_STRING: 'Text, or other octets.',
    OBJECT_IDENTIFIER: 'An object identifier.',
    IP_ADDRESS: 'An IPv4 address.',
    COUNTER32: 'A counter of 32 bits.',
    GAUGE32: 'An unsigned number of 32 bits.',
    TIME_TICKS: 'Hundredths of a second.',
    OPAQUE: 'Octets of another encoding.',
    COUNTER64: 'A counter of 64 bits.',
    NULL: 'No value.',
    NO_SUCH_OBJECT: 'The sender has no such object.',
    NO_SUCH_INSTANCE: 'The sender has no such instance.',
    END_OF_MIB_VIEW: 'There is nothing behind it.',
  }),
})
registerEnumType(snmpVersion.enum, {
  name: 'SnmpVersion',
  description: 'Version of SNMP.',
  valuesConfig: described({
    V1: 'SNMPv1 (RFC 1157): no 64-bit counters.',
    V2C: 'SNMPv2c (RFC 1901): community string.',
    V3: 'SNMPv3 with the user-based security model (RFC 3414).',
  }),
})

@ObjectType({ description: 'A variable binding: what a trap says.' })
@Requires('telemetry.read')
export class TrapVarbind {
  @Field(() => String, { description: 'Its object identifier.' }) oid!: string
  @Field(() => String, { nullable: true, description: 'Its name and index, as ifName.3; null: not known.' })
  name!: string | null
  @Field(() => varbindType.enum, { description: 'Type of its value.' })
  type!: keyof typeof varbindType.enum
  @Field(() => String, {
    description: 'A number in decimal; text as it is; other octets as 0x and hexadecimal digits.',
  })
  value!: string
}

@ObjectType({ description: 'An SNMP trap or inform that was received, with its repeats.' })
@Requires('telemetry.read')
export class Trap {
  @Field(() => ID, { description: 'The id of the trap.' }) id!: string
  @Field(() => Date, { description: 'When it reached the collector.' }) at!: Date
  @Field(() => Date, { description: 'When it was stored: later than `at` where it had to wait.' })
  receivedAt!: Date
  @Field(() => Date, { description: 'When the same came last.' }) lastAt!: Date
  @Field(() => Int, {
    description: 'How often the same came again from the same source, each soon after the last.',
  })
  repeats!: number
  @Field(() => String, { description: 'IP address that sent it.' }) source!: string
  @Field(() => Device, {
    nullable: true,
    description: 'The device with that address, or that a proxy speaks for. Null: not known.',
  })
  device!: Device | null
  @Field(() => snmpVersion.enum, {
    nullable: true,
    description: 'Version of SNMP; null: it could not be read.',
  })
  version!: keyof typeof snmpVersion.enum | null
  @Field(() => trapKind.enum, { nullable: true, description: 'Trap or inform; null: it could not be read.' })
  kind!: keyof typeof trapKind.enum | null
  @Field(() => String, {
    nullable: true,
    description: 'Its snmpTrapOID; that of a v1 trap by RFC 3584. Null: it could not be read.',
  })
  oid!: string | null
  @Field(() => String, { nullable: true, description: 'What its MIB calls it; null: not known.' })
  name!: string | null
  @Field(() => severity.enum, { description: 'How grave it is.' }) severity!: keyof typeof severity.enum
  @Field(() => trapCategory.enum, { description: 'What it is about.' })
  category!: keyof typeof trapCategory.enum
  @Field(() => String, { description: 'What it says, in one line.' }) summary!: string
  @Field(() => Float, { nullable: true, description: 'Seconds that its agent had been running, as it says.' })
  upTimeSeconds!: number | null
  @Field(() => String, { nullable: true, description: 'The address that the agent itself or a proxy gives.' })
  agentAddress!: string | null
  @Field(() => String, { nullable: true, description: 'snmpEngineID of SNMPv3, hexadecimal.' })
  engineId!: string | null
  @Field(() => String, { nullable: true, description: 'User of SNMPv3.' }) user!: string | null
  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [TrapVarbind], { description: 'What it says, without sysUpTime and snmpTrapOID.' })
  varbinds!: TrapVarbind[]
  @Field(() => Boolean, {
    description: 'Whether its sender was believed: nothing follows from one that was not.',
  })
  accepted!: boolean
  @Field(() => trapRefusal.enum, { nullable: true, description: 'Why it was not accepted.' })
  reason!: keyof typeof trapRefusal.enum | null
  @Field(() => String, { nullable: true, description: 'The same in words.' }) detail!: string | null
}

@ObjectType({ description: 'A page of traps, newest first.' })
@Requires('telemetry.read')
export class TrapConnection {
  @Field(() => [Trap], { description: 'The traps.' }) nodes!: Trap[]
  @Field(() => PageInfo, { description: 'Where the page ends.' }) pageInfo!: PageInfo
}

/** The trap as the graph shows it. */
export const shownTrap = (trap: TrapReceived['trap'], storedAt: number): Trap =>
  Object.assign(new Trap(), {
    ...trap,
    at: new Date(trap.at),
    lastAt: new Date(trap.lastAt),
    receivedAt: new Date(storedAt),
    device: trap.deviceId === null ? null : Device.of(trap.deviceId),
    upTimeSeconds: trap.upTimeTicks === null ? null : trap.upTimeTicks / 100,
    accepted: trap.refusal === null,
    reason: trap.refusal,
    varbinds: trap.varbinds.map((one) => Object.assign(new TrapVarbind(), one)),
  })
