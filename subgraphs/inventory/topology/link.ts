import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql'

import type { LinkEvidence as Evidence } from '#core/contract/topology.js'
import { Requires } from '#core/service/authorize.js'

import { LinkEvidence } from '../enums.js'
import { type Page, PageInfo, pageInfo } from '../page.js'

@ObjectType({ description: 'A neighbour that is not watched, as the device that hears it describes it.' })
@Requires('device.read')
export class UnwatchedNeighbor {
  @Field(() => String, { nullable: true, description: 'Its name, or what it calls its chassis.' })
  name!: string | null
  @Field(() => String, { nullable: true, description: 'Its management address. Null: it tells none.' })
  address!: string | null
  @Field(() => String, { nullable: true, description: 'Its sysDescr, or what CDP calls its platform.' })
  platform!: string | null
  @Field(() => [String], { description: 'What it says it does, as BRIDGE, ROUTER or TELEPHONE.' })
  capabilities!: string[]
}

@ObjectType({ description: 'Where a link ends.' })
@Requires('device.read')
export class LinkEnd {
  deviceId!: string | null
  interfaceId!: string | null
  @Field(() => String, {
    nullable: true,
    description: 'The port as it is called in the tables. Null: it is not known.',
  })
  port!: string | null
  @Field(() => UnwatchedNeighbor, {
    nullable: true,
    description: 'Who is there, when it is no device that is watched. Null: it is one.',
  })
  stranger!: UnwatchedNeighbor | null
}

@ObjectType({ description: 'A cable between two devices, as it follows from what they say.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
export class Link {
  @Field(() => ID, { description: 'Its id: derived from its ends.' })
  id!: string
  @Field(() => LinkEnd, { description: 'One end; always a device that is watched.' })
  from!: LinkEnd
  @Field(() => LinkEnd, { description: 'The other end.' })
  to!: LinkEnd
  @Field(() => [LinkEvidence], { description: 'How it is known.' })
  evidence!: Evidence[]
  @Field(() => Float, {
    description:
      'How sure it is, 0 to 1: told by both ends 1 (CDP 0.95), by one 0.8 (0.75), placed by a bridge table 0.7; half when it is shared. Sinks to 0 within 7 days when nobody tells it any more; then it is forgotten.',
  })
  confidence!: number
  @Field(() => Boolean, {
    description: 'Others are behind the same port, as behind a switch that is not managed: no direct cable.',
  })
  isShared!: boolean
  @Field(() => Boolean, {
    description: 'Whether a device tells it now. False: it was the last that was known.',
  })
  isCurrent!: boolean
  @Field(() => Date, { description: 'When it was first seen.' })
  firstSeenAt!: Date
  @Field(() => Date, { description: 'When a device last told it.' })
  lastSeenAt!: Date
}

@ObjectType({ description: 'A page of links, by id. Each part is read only when it is asked for.' })
@Requires('device.read')
export class LinkConnection {
  #page: Promise<Page<Link>> | undefined
  constructor(
    private readonly load: () => Promise<Page<Link>>,
    private readonly count: () => Promise<number>,
  ) {}

  private page(): Promise<Page<Link>> {
    this.#page ??= this.load()
    return this.#page
  }

  @Field(() => [Link], { description: 'The links.' })
  async nodes(): Promise<Link[]> {
    return (await this.page()).nodes
  }

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  async pageInfo(): Promise<PageInfo> {
    return pageInfo(await this.page())
  }

  @Directive('@cost(weight: 5)')
  @Field(() => Int, { description: 'How many links there are on all pages.' })
  totalCount(): Promise<number> {
    return this.count()
  }
}

@ObjectType({ description: 'Devices and the links between them, of everywhere or of one site.' })
@Requires('device.read')
export class Topology {
  constructor(readonly siteId: string | null) {}
}
