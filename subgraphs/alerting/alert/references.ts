import { Directive, Field, ID, ObjectType } from 'type-graphql'

import { Public, Requires } from '#core/service/authorize.js'

@ObjectType('Device', { description: 'A device, with its alerts.' })
@Directive('@key(fields: "id")')
@Requires('alert.read')
export class DeviceReference {
  @Field(() => ID, { description: 'Its id.' })
  id!: string
}

@ObjectType('Interface', { description: 'An interface of a device, with its alerts.' })
@Directive('@key(fields: "id")')
@Requires('alert.read')
export class InterfaceReference {
  @Field(() => ID, { description: 'Its id.' })
  id!: string
}

@ObjectType('Sensor', { description: 'A sensor of a device.' })
@Directive('@key(fields: "id", resolvable: false)')
@Requires('alert.read')
export class SensorReference {
  @Field(() => ID, { description: 'Its id.' })
  id!: string
}

@ObjectType('User', { description: 'A user of SOTP.' })
@Directive('@key(fields: "id", resolvable: false)')
@Public()
export class UserReference {
  @Field(() => ID, { description: 'Their id.' })
  id!: string
}
