import { Directive, Field, Float, Int, ObjectType } from 'type-graphql'

import type { ConnectionTestAnswer, SnmpTest } from '#core/contract/discovery.js'
import { Requires } from '#core/service/authorize.js'

import { SnmpVersion } from '../enums.js'

const reasons =
  'NO_REPLY, UNREACHABLE, AUTHENTICATION_FAILED, CREDENTIAL_MISSING, MALFORMED_RESPONSE, INCOMPLETE, ADDRESS_UNRESOLVED or INTERNAL'
const told = (what: string) => `${what}. Null: not told.`

@ObjectType({ description: 'What ping answered.' })
@Requires('discovery.run')
class IcmpTest {
  @Field(() => Boolean, { description: 'Whether anything came back.' })
  ok!: boolean
  @Field(() => Int, { description: 'Echo requests sent.' })
  sent!: number
  @Field(() => Int, { description: 'Replies received.' })
  received!: number
  @Field(() => Float, { nullable: true, description: 'Mean round-trip time, in ms. Null: no reply.' })
  rttMs!: number | null
  @Field(() => String, { nullable: true, description: `Why not: ${reasons}. Null: it worked.` })
  reason!: string | null
  @Field(() => String, { nullable: true, description: told('The same in words') })
  detail!: string | null
}

@ObjectType({ description: 'What an agent answered to one version of SNMP with one credential.' })
@Requires('discovery.run')
export class SnmpTestResult {
  credentialId!: string | null
  @Field(() => SnmpVersion, { description: 'The version.' })
  version!: keyof typeof SnmpVersion
  @Field(() => Int, { description: 'The UDP port.' })
  port!: number
  @Field(() => Boolean, {
    description: 'Whether it is the way that was asked for; else it was tried because that failed.',
  })
  configured!: boolean
  @Field(() => Boolean, { description: 'Whether the agent answered.' })
  ok!: boolean
  @Field(() => Float, { description: 'How long it took, in ms.' })
  durationMs!: number
  @Field(() => String, { nullable: true, description: told('sysName (RFC 3418)') })
  sysName!: string | null
  @Field(() => String, { nullable: true, description: told('sysDescr (RFC 3418)') })
  sysDescr!: string | null
  @Field(() => String, { nullable: true, description: told('sysObjectID (RFC 3418)') })
  sysObjectId!: string | null
  @Field(() => String, { nullable: true, description: told('Manufacturer, from sysObjectID') })
  vendor!: string | null
  @Field(() => String, { nullable: true, description: told('Model') })
  model!: string | null
  @Field(() => Float, { nullable: true, description: told('sysUpTime (RFC 3418), in ms') })
  upTimeMs!: number | null
  @Field(() => String, { nullable: true, description: `Why not: ${reasons}. Null: it worked.` })
  reason!: string | null
  @Field(() => String, {
    nullable: true,
    description: told('The same in words, as usmStatsUnknownUserNames'),
  })
  detail!: string | null
}

@ObjectType({ description: 'What a device really answered.' })
@Requires('discovery.run')
export class ConnectionTest {
  @Field(() => String, { description: 'The address that was asked.' })
  address!: string
  @Field(() => String, { nullable: true, description: 'What it stands for. Null: it could not be resolved.' })
  ip!: string | null
  @Field(() => IcmpTest, { nullable: true, description: 'Ping. Null: not asked for.' })
  icmp!: IcmpTest | null
  @Directive('@listSize(assumedSize: 20)')
  @Field(() => [SnmpTestResult], {
    description:
      'SNMP: the way that was asked for, and, if that failed, every other version and credential. Empty: not asked for.',
  })
  snmp!: SnmpTestResult[]

  static of(address: string, { ip, ping, snmp }: ConnectionTestAnswer): ConnectionTest {
    return Object.assign(new ConnectionTest(), {
      address,
      ip,
      icmp: ping && Object.assign(new IcmpTest(), { ...ping, ok: ping.reason === null }),
      snmp: snmp.map((one: SnmpTest) =>
        Object.assign(new SnmpTestResult(), { ...one, ok: one.reason === null }),
      ),
    })
  }
}
