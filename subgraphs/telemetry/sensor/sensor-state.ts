import { Ctx, Field, FieldResolver, Float, ObjectType, Resolver, Root, registerEnumType } from 'type-graphql'

import { sensorStatus, sensorStatusValue } from '#core/contract/sensors.js'
import { Requires } from '#core/service/authorize.js'
import { batched, type RequestContext } from '#core/service/request.js'
import type { Sight } from '#db/sight.js'
import type { DataSource } from '#db/source.js'

import { Sensor } from '../device.js'

const SensorStatus = sensorStatus.enum
type SensorStatus = keyof typeof SensorStatus
registerEnumType(SensorStatus, {
  name: 'SensorStatus',
  description: 'How a sensor is, by the word of its device, else by its limits.',
  valuesConfig: {
    OK: { description: 'It is well.' },
    WARNING: { description: 'Somebody should have a look.' },
    CRITICAL: { description: 'It has failed, or is beyond what it may be.' },
  },
})

@ObjectType({
  description: 'What a sensor said last. What it did not say at its last reading is null, not old.',
})
@Requires('telemetry.read')
export class SensorState {
  @Field(() => Float, { nullable: true, description: 'What it measured, in its unit. Null: nothing.' })
  value!: number | null
  @Field(() => SensorStatus, { nullable: true, description: 'How it is. Null: nobody can tell.' })
  status!: SensorStatus | null
  @Field(() => Date, { description: 'When it was read.' }) at!: Date
}

const statuses = new Map<number, SensorStatus>(
  sensorStatus.options.map((status) => [sensorStatusValue[status], status]),
)

async function loadStates(source: DataSource, ids: string[]): Promise<Map<string, SensorState>> {
  const rows = (await source.query(
    'SELECT id, at, value, status FROM sensor_state WHERE id = ANY($1::text[])',
    [ids],
  )) as { id: string; at: Date; value: number | null; status: number | null }[]
  return new Map(
    rows.map(({ id, at, value, status }) => {
      const word = status === null ? null : (statuses.get(status) ?? null)
      return [id, Object.assign(new SensorState(), { value, at, status: word })]
    }),
  )
}

@Resolver(() => Sensor)
export class SensorStateResolver {
  constructor(
    private readonly source: DataSource,
    private readonly sight: Sight,
  ) {}

  @FieldResolver(() => SensorState, {
    nullable: true,
    description: 'What it said last; null when it was never read.',
  })
  async state(@Root() sensor: Sensor, @Ctx() context: RequestContext): Promise<SensorState | undefined> {
    if (!(await this.sight.sensor(context, sensor.id))) return undefined
    return batched(context, 'telemetry.sensor', (ids: string[]) => loadStates(this.source, ids))(sensor.id)
  }
}
