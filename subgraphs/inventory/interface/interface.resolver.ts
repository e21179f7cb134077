import { Arg, Ctx, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import { Device } from '../device/device.js'
import type { Loaders } from '../loaders.js'
import { checkFirst } from '../page.js'
import { Interface } from './interface.js'
import { InterfaceChange } from './interface-change.js'

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

  @Directive('@listSize(slicingArguments: ["first"])')
  @FieldResolver(() => [InterfaceChange], {
    description: 'What became of it, newest first: it was renamed, exchanged or given other hardware.',
  })
  changes(
    @Root() port: Interface,
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 500.' }) first: number,
    @Ctx() context: RequestContext,
  ): Promise<InterfaceChange[]> {
    checkFirst(first)
    return this.loaders.interfaceChangesOf(context, 'interface_id', port.id, first)
  }
}
