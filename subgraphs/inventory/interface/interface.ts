import { Directive, Field, ID, Int, ObjectType } from 'type-graphql'
import { Column, Entity, PrimaryColumn } from 'typeorm'

import { Requires } from '#core/service/authorize.js'
import { MacAddress } from '#core/service/scalars.js'

import { type Page, PageInfo, pageInfo } from '../page.js'

@Entity('interface')
@ObjectType({ description: 'A port of a device; it keeps its id when a reboot renumbers the ports.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
export class Interface {
  @PrimaryColumn({ type: 'uuid' })
  @Field(() => ID, {
    description: 'Its id. It stays when the port is renumbered, renamed or given other hardware.',
  })
  id!: string

  @Column({ type: 'uuid', name: 'device_id' })
  deviceId!: string

  @Column({ type: 'int', name: 'if_index' })
  @Field(() => Int, { description: 'ifIndex (RFC 2863); a reboot may change it.' })
  ifIndex!: number

  @Column({ type: 'text' })
  @Field(() => String, { description: 'ifName, else ifDescr.' })
  name!: string

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'ifAlias: what an operator wrote. Null: nothing.' })
  alias!: string | null

  @Column({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'ifDescr. Null: not reported.' })
  description!: string | null

  @Column({ type: 'text', nullable: true })
  @Field(() => MacAddress, { nullable: true, description: 'ifPhysAddress. Null: it has none.' })
  mac!: string | null

  @Column({ type: 'int' })
  @Field(() => Int, { description: 'ifType (IANAifType): 6 is Ethernet.' })
  type!: number

  @Column({ type: 'bigint', name: 'speed_bps', nullable: true })
  @Field(() => BigInt, { nullable: true, description: 'Line rate in bit/s. Null: not reported.' })
  speedBps!: string | null

  @Column({ type: 'int', nullable: true })
  @Field(() => Int, { nullable: true, description: 'ifMtu in bytes. Null: not reported.' })
  mtu!: number | null

  @Column({ type: 'boolean', name: 'admin_up' })
  @Field(() => Boolean, { description: 'Whether the port is switched on (ifAdminStatus up).' })
  adminUp!: boolean

  @Column({ type: 'timestamptz', name: 'last_seen_at' })
  @Field(() => Date, { description: 'When the device last reported this port.' })
  lastSeenAt!: Date
}

@ObjectType({ description: 'A page of interfaces, by ifIndex. Each part is read only when it is asked for.' })
@Requires('device.read')
export class InterfaceConnection {
  #page: Promise<Page<Interface>> | undefined
  constructor(
    private readonly load: () => Promise<Page<Interface>>,
    private readonly count: () => Promise<number>,
  ) {}

  private page(): Promise<Page<Interface>> {
    this.#page ??= this.load()
    return this.#page
  }

  @Field(() => [Interface], { description: 'The interfaces.' })
  async nodes(): Promise<Interface[]> {
    return (await this.page()).nodes
  }

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  async pageInfo(): Promise<PageInfo> {
    return pageInfo(await this.page())
  }

  @Directive('@cost(weight: 5)')
  @Field(() => Int, { description: 'How many interfaces there are on all pages.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}
