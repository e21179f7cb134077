import { Directive, Field, ID, ObjectType } from 'type-graphql'

import { Public, Requires } from '#core/service/authorize.js'

/** What telemetry adds to inventory's devices, interfaces and sensors: see the resolvers in `state/` and `sample/`. */
@ObjectType({ description: 'A device that is watched.' })
@Directive('@key(fields: "id")')
@Requires('telemetry.read')
export class Device {
  @Field(() => ID, { description: 'The id of the device.' }) id!: string
  static of(id: string): Device {
    return Object.assign(new Device(), { id })
  }
}

@ObjectType({ description: 'A port of a device.' })
@Directive('@key(fields: "id")')
@Requires('telemetry.read')
export class Interface {
  @Field(() => ID, { description: 'The id of the interface.' }) id!: string
  static of(id: string): Interface {
    return Object.assign(new Interface(), { id })
  }
}

@ObjectType({ description: 'A sensor of a device.' })
@Directive('@key(fields: "id")')
@Requires('telemetry.read')
export class Sensor {
  @Field(() => ID, { description: 'The id of the sensor.' }) id!: string
  static of(id: string): Sensor {
    return Object.assign(new Sensor(), { id })
  }
}

@ObjectType({ description: 'Where a page of a list ends.' })
@Directive('@shareable')
@Public()
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' }) hasNextPage!: boolean
  @Field(() => String, { nullable: true, description: 'Give it as `after` to get the next page.' })
  endCursor!: string | null
}
