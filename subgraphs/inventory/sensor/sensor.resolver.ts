import { Arg, Args, Ctx, Directive, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import { Device } from '../device/device.js'
import { Interface } from '../interface/interface.js'
import type { Loaders } from '../loaders.js'
import { checkFirst } from '../page.js'
import { SensorArgs } from './sensor.input.js'
import { Sensor, SensorConnection } from './sensor.js'
import { checkSensorCursor } from './sensor-reader.js'

@Resolver(() => Sensor)
export class SensorResolver {
  constructor(private readonly loaders: Loaders) {}

  @Query(() => Sensor, { nullable: true, description: 'One sensor. Null: there is no such sensor.' })
  @Requires('device.read')
  sensor(
    @Arg('id', () => ID, { description: 'Which sensor.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Sensor | undefined> {
    return this.loaders.sensor(context, id)
  }

  @FieldResolver(() => Device, { description: 'The device it belongs to.' })
  device(@Root() sensor: Sensor, @Ctx() context: RequestContext): Promise<Device | undefined> {
    return this.loaders.device(context, sensor.deviceId)
  }

  @FieldResolver(() => Interface, {
    nullable: true,
    description: 'The port it belongs to, as an optical module does. Null: it belongs to none.',
  })
  interface(@Root() sensor: Sensor, @Ctx() context: RequestContext): Promise<Interface | undefined> | null {
    return sensor.interfaceId === null ? null : this.loaders.interface(context, sensor.interfaceId)
  }
}

/** What sensors add to a device. */
@Resolver(() => Device)
export class DeviceSensorsResolver {
  constructor(private readonly loaders: Loaders) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @FieldResolver(() => SensorConnection, { description: 'The sensors it reports now, by kind and name.' })
  sensors(
    @Root() device: Device,
    @Args(() => SensorArgs) { filter, first, after }: SensorArgs,
    @Ctx() context: RequestContext,
  ): SensorConnection {
    checkFirst(first)
    if (after) checkSensorCursor(after)
    return new SensorConnection(
      () => this.loaders.sensorsOf(context, device.id, { filter, first, after }),
      () => this.loaders.sensorCountOf(context, device.id, filter),
    )
  }
}
