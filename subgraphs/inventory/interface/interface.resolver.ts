import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import { Device } from '../device/device.js'
import type { Loaders } from '../loaders.js'
import { Interface } from './interface.js'

@Resolver(() => Interface)
export class InterfaceResolver {
  constructor(private readonly loaders: Loaders) {}

  @Query(() => Interface, { nullable: true, description: 'One interface. Null: there is no such interface.' })
  @Requires('device.read')
  interface(
    @Arg('id', () => ID, { description: 'Which interface.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Interface | undefined> {
    return this.loaders.interface(context, id)
  }

  @FieldResolver(() => Device, { description: 'The device it belongs to.' })
  device(@Root() port: Interface, @Ctx() context: RequestContext): Promise<Device | undefined> {
    return this.loaders.device(context, port.deviceId)
  }
}
