import { ArgsType, Field, InputType, Int } from 'type-graphql'

import type { SensorKind as Kind } from '#core/contract/sensors.js'

import { SensorKind } from '../enums.js'

@InputType({ description: 'Which sensors: those that fit every condition given.' })
export class SensorFilter {
  @Field(() => [SensorKind], { nullable: true, description: 'Of any of these kinds. Null or empty: of all.' })
  kinds?: Kind[] | null
}

@ArgsType()
export class SensorArgs {
  @Field(() => SensorFilter, { nullable: true, description: 'Which sensors. Null: all.' })
  filter?: SensorFilter | null
  @Field(() => Int, { defaultValue: 100, description: 'How many, 1 to 500.' })
  first!: number
  @Field(() => String, { nullable: true, description: 'Cursor to go on behind.' })
  after?: string | null
}
