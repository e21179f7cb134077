import { Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql'

import type { RequestContext } from '#core/service/request.js'

import { Device } from '../device/device.js'
import { ParentSource } from '../enums.js'
import type { Loaders } from '../loaders.js'
import { Link } from './link.js'

/** What a device knows of its place in the network. */
@Resolver(() => Device)
export class DeviceTopologyResolver {
  constructor(private readonly loaders: Loaders) {}

  @Directive('@listSize(assumedSize: 10)')
  @FieldResolver(() => [Link], {
    description: 'Its links, the surest first, 500 at most. Also those to neighbours that are not watched.',
  })
  neighbors(@Root() device: Device, @Ctx() context: RequestContext): Promise<Link[]> {
    return this.loaders.linksOf(context, device.id)
  }

  @Directive('@listSize(assumedSize: 2)')
  @FieldResolver(() => [Device], {
    description:
      'Devices whose failure, all together, would cut this one off: its neighbours on every shortest way to the root of the topology, unless they were set by hand.',
  })
  async parents(@Root() device: Device, @Ctx() context: RequestContext): Promise<Device[]> {
    const ids = device.manualParentIds ?? device.computedParentIds
    const found = await Promise.all(ids.map((id) => this.loaders.device(context, id)))
    return found.flatMap((parent) => (parent && !parent.deletedAt ? [parent] : []))
  }

  @FieldResolver(() => ParentSource, { description: 'Where its parents come from.' })
  parentSource(@Root() { manualParentIds }: Device): keyof typeof ParentSource {
    return manualParentIds ? 'MANUAL' : 'COMPUTED'
  }
}
