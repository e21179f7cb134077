import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'

import { authorizedScope, Requires, reachOf } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import { Device, DeviceConnection } from '../device/device.js'
import type { DeviceReader } from '../device/device-reader.js'
import { Interface } from '../interface/interface.js'
import type { Loaders } from '../loaders.js'
import { checkFirst } from '../page.js'
import { CreateLinkInput } from './link.input.js'
import { Link, LinkConnection, LinkEnd, Topology } from './link.js'
import type { LinkService } from './link.service.js'
import { checkLinkCursor, type LinkReader } from './link-reader.js'
import { TopologyChange } from './topology-change.js'

@ArgsType()
class PageArgs {
  @Field(() => Int, { defaultValue: 500, description: 'How many, 1 to 500.' })
  first!: number
  @Field(() => String, { nullable: true, description: 'Cursor to go on behind.' })
  after?: string | null
}

@Resolver(() => Topology)
export class TopologyResolver {
  constructor(private readonly parts: { links: LinkReader; devices: DeviceReader; service: LinkService }) {}

  @Query(() => Topology, {
    description: 'Devices and the links between them: of one site, or of all that you may see.',
  })
  @Requires('device.read')
  topology(
    @Arg('siteId', () => ID, { nullable: true, description: 'Which site. Null: all.' })
    siteId: string | null,
  ): Topology {
    return new Topology(siteId ?? null)
  }

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @FieldResolver(() => DeviceConnection, { description: 'The devices that are not deleted, by name.' })
  nodes(
    @Root() { siteId }: Topology,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Ctx() context: RequestContext,
  ): DeviceConnection {
    const scope = authorizedScope(context, 'device.read')
    const filter = siteId === null ? null : { siteIds: [siteId] }
    return new DeviceConnection(this.parts.devices.plan({ filter, first, after }, scope), () =>
      this.parts.devices.count(filter, scope),
    )
  }

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @FieldResolver(() => LinkConnection, {
    description:
      'The links of which at least one end is there; one whose other end you may not see is not there.',
  })
  links(
    @Root() { siteId }: Topology,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Ctx() context: RequestContext,
  ): LinkConnection {
    checkFirst(first)
    if (after) checkLinkCursor(after)
    const scope = authorizedScope(context, 'device.read')
    return new LinkConnection(this.parts.links.plan(siteId, { first, after }, scope), () =>
      this.parts.links.count(siteId, scope),
    )
  }

  @Mutation(() => Link, { description: 'Draws a link that no device tells of.' })
  @Requires('device.write')
  createLink(
    @Arg('input', () => CreateLinkInput, { description: 'The link.' }) input: CreateLinkInput,
    @Ctx() context: RequestContext,
  ): Promise<Link> {
    return this.parts.service.create(input, reachOf(context, 'device.write', 'device.read'))
  }

  @Mutation(() => Link, {
    description: 'Removes a link that was drawn by hand, or one that no device tells any more.',
  })
  @Requires('device.write')
  deleteLink(
    @Arg('id', () => ID, { description: 'Which link.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Link> {
    return this.parts.service.remove(id, reachOf(context, 'device.write', 'device.read'))
  }

  @Subscription(() => TopologyChange, {
    topics: 'topology.changed',
    description: 'Each change to a link of which you may see both ends.',
  })
  @Requires('device.read')
  topologyChanged(
    @Root() change: TopologyChange,
    @Arg('siteId', () => ID, { nullable: true, description: 'Of which site. Null: of all.' })
    _siteId: string | null,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'Cursor of the last change that was received: those since then come first. Null: from now on.',
    })
    _after: string | null,
  ): TopologyChange {
    return change
  }
}

@Resolver(() => LinkEnd)
export class LinkEndResolver {
  constructor(private readonly loaders: Loaders) {}

  @FieldResolver(() => Device, {
    nullable: true,
    description: 'The device. Null: nobody watches what is there, see `stranger`.',
  })
  device(@Root() { deviceId }: LinkEnd, @Ctx() context: RequestContext): Promise<Device | undefined> | null {
    return deviceId === null ? null : this.loaders.device(context, deviceId)
  }

  @FieldResolver(() => Interface, {
    nullable: true,
    description: 'Its port. Null: it is not known which.',
  })
  interface(
    @Root() { interfaceId }: LinkEnd,
    @Ctx() context: RequestContext,
  ): Promise<Interface | undefined> | null {
    return interfaceId === null ? null : this.loaders.interface(context, interfaceId)
  }
}
