import { Directive, Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import type { DeviceKind as Kind, Monitoring, DeviceStatus as Status } from '#core/contract/devices.js'
import { Requires } from '#core/service/authorize.js'

import { DeviceKind, DeviceStatus, SnmpVersion } from '../enums.js'
import { type Page, PageInfo, pageInfo } from '../page.js'

@ObjectType({ description: 'How a device is pinged.' })
@Requires('device.read')
class IcmpSettings {
  @Field(() => Boolean, { description: 'Whether it is pinged.' })
  enabled!: boolean
  @Field(() => Int, { description: 'Time between polls, in seconds (5 to 3600).' })
  intervalSeconds!: number
  @Field(() => Int, { description: 'Echo requests of one poll (1 to 10).' })
  packets!: number
  @Field(() => Int, { description: 'How long to wait for each reply, in ms (100 to 10000).' })
  timeoutMs!: number
}

@ObjectType({ description: 'How a device is polled by SNMP.' })
@Requires('device.read')
class SnmpSettings {
  @Field(() => Boolean, { description: 'Whether it is polled.' })
  enabled!: boolean
  @Field(() => SnmpVersion, { description: 'Version of the protocol.' })
  version!: keyof typeof SnmpVersion
  @Field(() => Int, { description: 'UDP port of the agent.' })
  port!: number
  @Field(() => Int, { description: 'Time between polls, in seconds (5 to 3600).' })
  intervalSeconds!: number
  @Field(() => Int, { description: 'How long to wait for each reply, in ms (100 to 30000).' })
  timeoutMs!: number
  @Field(() => Int, { description: 'How often a request without reply is repeated (0 to 5).' })
  retries!: number
  @Field(() => Int, { description: 'Rows asked for in one GETBULK (1 to 100).' })
  maxRepetitions!: number
  @Field(() => Int, { description: 'Objects asked for in one request (2 to 100).' })
  maxOidsPerRequest!: number
  @Field(() => String, { description: "SNMPv3: the agent's context. Empty: its default one." })
  contextName!: string
  @Field(() => Boolean, { description: 'Whether tables are read by GETBULK, else by GETNEXT.' })
  bulk!: boolean
  @Field(() => Boolean, { description: 'Whether tables that are out of order are read all the same.' })
  allowNonIncreasing!: boolean
  @Field(() => Boolean, { description: 'Whether its neighbour tables (LLDP, CDP, ARP, bridge) are read.' })
  neighbors!: boolean
  @Field(() => Int, {
    description: 'Rows its bridge table may have to be of use (0 to 19000). 0: it is not read.',
  })
  fdbRowsMax!: number
}

@ObjectType({ description: 'How a device is watched.' })
@Requires('device.read')
class MonitoringSettings {
  @Field(() => IcmpSettings, { description: 'How it is pinged.' })
  icmp!: IcmpSettings
  @Field(() => SnmpSettings, { nullable: true, description: 'How it is polled by SNMP. Null: it is not.' })
  snmp!: SnmpSettings | null
}

@ObjectType({ description: 'What SOTP knows of one kind of device, and reads it by.' })
@Requires('device.read')
export class DeviceProfile {
  @Field(() => ID, { description: 'Its id: the name of its file.' })
  id!: string
  @Field(() => String, { description: 'What people call it.' })
  name!: string
}

const reported = (what: string) => `${what}, as the device reports it. Null: not known.`

@Entity('device')
@ObjectType({ description: 'Something in the network that is watched.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
export class Device {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, { description: 'Its id; it never changes.' })
  id!: string

  @Column({ type: 'text' })
  @Field(() => String, { description: 'Its name, unique among devices that are not deleted.' })
  name!: string

  @Column({ type: 'text' })
  @Field(() => String, {
    description: 'IPv4 address, IPv6 address or host name it is polled at; unique like the name.',
  })
  address!: string

  @Column({ type: 'text', name: 'address_key' })
  addressKey!: string

  @Column({ type: 'uuid', name: 'site_id', nullable: true })
  siteId!: string | null

  @Column({ type: 'text' })
  @Field(() => DeviceKind, { description: 'What it is for.' })
  kind!: Kind

  /** The status it has, or had before it was deleted. */
  @Column({ type: 'text', name: 'status' })
  storedStatus!: Exclude<Status, 'DELETED'>

  @Column({ type: 'text', array: true })
  @Field(() => [String], { description: 'Free labels.' })
  tags!: string[]

  @Column({ type: 'jsonb' })
  @Field(() => MonitoringSettings, { description: 'How it is watched.' })
  monitoring!: Monitoring

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'Manufacturer, from sysObjectID. Null: not known.' })
  vendor!: string | null

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: reported('Model') })
  model!: string | null

  @Column({ type: 'text', name: 'os_version', nullable: true })
  @Field(() => String, { nullable: true, description: reported('Version of its operating system') })
  osVersion!: string | null

  @Column({ type: 'text', name: 'serial_number', nullable: true })
  @Field(() => String, { nullable: true, description: reported('Serial number') })
  serialNumber!: string | null

  @Column({ type: 'text', name: 'sys_object_id', nullable: true })
  @Field(() => String, { nullable: true, description: reported('sysObjectID (RFC 3418)') })
  sysObjectId!: string | null

  @Column({ type: 'text', name: 'sys_descr', nullable: true })
  @Field(() => String, { nullable: true, description: reported('sysDescr (RFC 3418)') })
  sysDescr!: string | null

  @Column({ type: 'text', name: 'sys_name', nullable: true })
  @Field(() => String, { nullable: true, description: reported('sysName (RFC 3418)') })
  sysName!: string | null

  @Column({ type: 'text', name: 'profile_id', nullable: true })
  profileId!: string | null

  @Column({ type: 'text', name: 'profile_name', nullable: true })
  profileName!: string | null

  @Field(() => DeviceProfile, {
    nullable: true,
    description: 'The profile that its SNMP agent is read by. Null: it was not read yet.',
  })
  get profile(): DeviceProfile | null {
    if (this.profileId === null) return null
    return Object.assign(new DeviceProfile(), {
      id: this.profileId,
      name: this.profileName ?? this.profileId,
    })
  }

  @Column({ type: 'timestamptz', name: 'facts_at', nullable: true })
  factsAt!: Date | null

  @Column({ type: 'timestamptz', name: 'created_at' })
  @Field(() => Date, { description: 'When it was added.' })
  createdAt!: Date

  @Column({ type: 'timestamptz', name: 'updated_at' })
  @Field(() => Date, { description: 'When it last changed.' })
  updatedAt!: Date

  @Column({ type: 'timestamptz', name: 'deleted_at', nullable: true })
  @Field(() => Date, { nullable: true, description: 'When it was deleted. Null: it is not.' })
  deletedAt!: Date | null

  /** Parents that follow from the topology. */
  @Column({ type: 'uuid', name: 'computed_parent_ids', array: true, default: () => "'{}'" })
  computedParentIds!: string[]

  /** Parents that somebody set; null: nobody did. */
  @Column({ type: 'uuid', name: 'manual_parent_ids', array: true, nullable: true })
  manualParentIds!: string[] | null

  @Field(() => DeviceStatus, { description: 'Whether it is watched.' })
  get status(): Status {
    return this.deletedAt ? 'DELETED' : this.storedStatus
  }
}

@ObjectType({ description: 'A device in a list.' })
@Requires('device.read')
export class DeviceEdge {
  @Field(() => String, { description: 'Pass it as `after` to go on behind this device.' })
  cursor!: string
  @Field(() => Device, { description: 'The device.' })
  node!: Device
}

@ObjectType({ description: 'A page of devices. Each part is read only when it is asked for.' })
@Requires('device.read')
export class DeviceConnection {
  #page: Promise<Page<Device>> | undefined
  constructor(
    private readonly load: () => Promise<Page<Device>>,
    private readonly count: () => Promise<number>,
  ) {}

  private page(): Promise<Page<Device>> {
    this.#page ??= this.load()
    return this.#page
  }

  @Field(() => [DeviceEdge], { description: 'The devices with their cursors.' })
  async edges(): Promise<DeviceEdge[]> {
    const { nodes, cursors } = await this.page()
    return nodes.map((node, index) => Object.assign(new DeviceEdge(), { node, cursor: cursors[index] }))
  }

  @Field(() => [Device], { description: 'The devices.' })
  async nodes(): Promise<Device[]> {
    return (await this.page()).nodes
  }

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  async pageInfo(): Promise<PageInfo> {
    return pageInfo(await this.page())
  }

  @Directive('@cost(weight: 5)')
  @Field(() => Int, { description: 'How many devices there are on all pages.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
