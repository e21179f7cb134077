import { Field, Float, Int, ObjectType } from 'type-graphql'

import type { DeviceKind as Kind } from '#core/contract/devices.js'
import type { FoundHost, Sameness } from '#core/contract/discovery.js'
import { Requires } from '#core/service/authorize.js'

import { DeviceKind, DuplicateSign, Protocol, SnmpVersion } from '../enums.js'

const told = (what: string) => `${what}. Null: not told.`

/** A host as it is stored, in the run that found it. */
export interface HostRow {
  runId: string
  /** Decimal: its place in the order in which hosts were found. */
  position: string
  found: FoundHost
  /** What it was accepted as. */
  deviceId: string | null
}

@ObjectType({ description: 'A host that answered.' })
@Requires('discovery.run')
export class DiscoveredHost {
  constructor(readonly row: HostRow) {}

  @Field(() => String, { description: 'The address it was found at.' })
  get address(): string {
    return this.row.found.address
  }

  @Field(() => String, { description: 'Pass it as `after` to go on behind this host.' })
  get cursor(): string {
    return this.row.position
  }

  @Field(() => [Protocol], { description: 'What it answers.' })
  get respondsTo(): (keyof typeof Protocol)[] {
    const { rttMs, snmp, snmpFailure } = this.row.found
    const hasAgent = snmp !== null || snmpFailure !== null
    return [...(rttMs !== null ? ['ICMP' as const] : []), ...(hasAgent ? ['SNMP' as const] : [])]
  }

  @Field(() => Float, { nullable: true, description: 'Round-trip time of ping, in ms. Null: no reply.' })
  get rttMs(): number | null {
    return this.row.found.rttMs
  }

  @Field(() => SnmpVersion, { nullable: true, description: 'Version of SNMP that worked. Null: none did.' })
  get snmpVersion(): keyof typeof SnmpVersion | null {
    return this.row.found.snmp?.version ?? null
  }

  @Field(() => Int, { nullable: true, description: 'UDP port of its agent. Null: none answered.' })
  get snmpPort(): number | null {
    return this.row.found.snmp?.port ?? null
  }

  @Field(() => String, {
    nullable: true,
    description: 'Why its agent let us not in. Null: it did, or there is none that says so.',
  })
  get snmpFailure(): string | null {
    return this.row.found.snmpFailure
  }

  @Field(() => String, { nullable: true, description: told('sysName (RFC 3418)') })
  get sysName(): string | null {
    return this.row.found.sysName
  }

  @Field(() => String, { nullable: true, description: told('sysDescr (RFC 3418)') })
  get sysDescr(): string | null {
    return this.row.found.sysDescr
  }

  @Field(() => String, { nullable: true, description: told('sysObjectID (RFC 3418)') })
  get sysObjectId(): string | null {
    return this.row.found.sysObjectId
  }

  @Field(() => String, { nullable: true, description: 'Manufacturer, from sysObjectID. Null: not known.' })
  get vendor(): string | null {
    return this.row.found.vendor
  }

  @Field(() => String, { nullable: true, description: told('Model') })
  get model(): string | null {
    return this.row.found.model
  }

  @Field(() => String, { nullable: true, description: told('Version of its operating system') })
  get osVersion(): string | null {
    return this.row.found.osVersion
  }

  @Field(() => String, { nullable: true, description: told('Serial number') })
  get serialNumber(): string | null {
    return this.row.found.serialNumber
  }

  @Field(() => String, { nullable: true, description: told('Chassis id of LLDP (IEEE 802.1AB)') })
  get chassisId(): string | null {
    return this.row.found.chassisId
  }

  @Field(() => [String], { description: 'Its other addresses.' })
  get addresses(): string[] {
    return this.row.found.addresses
  }

  @Field(() => String, {
    nullable: true,
    description: 'Address of the neighbour that named it. Null: it was a target.',
  })
  get foundVia(): string | null {
    return this.row.found.via
  }

  @Field(() => String, {
    nullable: true,
    description: 'Address of an earlier host of this run that is the same device. Null: none is.',
  })
  get duplicateOf(): string | null {
    return this.row.found.duplicateOf
  }

  @Field(() => DuplicateSign, { nullable: true, description: 'What says so. Null: nothing does.' })
  get duplicateBy(): Sameness | null {
    return this.row.found.duplicateBy
  }

  @Field(() => String, { description: 'A name for it: what it calls itself, else its address.' })
  get suggestedName(): string {
    return suggestedName(this.row.found)
  }

  @Field(() => DeviceKind, { description: 'What it seems to be for.' })
  get suggestedKind(): Kind {
    return this.row.found.kind
  }
}

export const suggestedName = ({ sysName, address }: FoundHost): string =>
  sysName
    ?.replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 255) || address
