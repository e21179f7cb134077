import {
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Int,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'

import { metrics } from '#core/contract/metrics.js'
import { Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'
import type { Sight } from '#db/sight.js'

import { Device, Interface, Sensor } from '../device.js'
import { TimeRangeInput } from '../time-range.js'
import { Aggregate, MetricDefinition, SampleBatch, Series, shownSeries } from './series.js'
import type { SeriesOwner, SeriesReader } from './series.service.js'

@ArgsType()
class SeriesArguments {
  // Each is up to some thousand points, which have no cost of their own.
  @Directive('@cost(weight: 10)')
  @Field(() => [String], { description: 'Names from `metricCatalog`, up to 32.' })
  metrics!: string[]
  @Field(() => TimeRangeInput, { description: 'Of which time.' }) range!: TimeRangeInput
  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds between two points; the finest sensible one when left out. It grows where only coarser figures are kept.',
  })
  step!: number | null
  @Field(() => Int, {
    defaultValue: 500,
    description: 'At most so many points when `step` is left out, 2 to 5000.',
  })
  maxPoints!: number
  @Field(() => [Aggregate], { defaultValue: [Aggregate.AVG], description: 'One series for each.' })
  aggregate!: Aggregate[]
}

@ArgsType()
class SamplesArguments {
  @Field(() => ID, { description: 'Of which device.' }) deviceId!: string
  @Field(() => [String], { description: 'Names from `metricCatalog`, up to 32.' }) metrics!: string[]
  @Field(() => String, { nullable: true, description: 'Cursor of the last batch you have.' })
  after!: string | null
}

/** Series of what the caller may see, as they are shown. */
export class SeriesReading {
  constructor(
    private readonly reader: SeriesReader,
    private readonly sight: Sight,
  ) {}

  /** Null: there is no such thing that they may see. @throws SotpError BAD_USER_INPUT naming the argument */
  async series(
    of: SeriesOwner,
    context: RequestContext,
    id: string,
    args: SeriesArguments,
  ): Promise<Series[] | null> {
    if (!(await this.sight[of](context, id))) return null
    const found = await this.reader.of(of, context, id, args)
    return found.flatMap((one) => shownSeries(one, args.aggregate))
  }
}

@Resolver(() => Device)
export class SeriesResolver {
  constructor(private readonly reading: SeriesReading) {}

  @Directive('@listSize(assumedSize: 40)')
  @Query(() => [MetricDefinition], { description: 'Every metric that SOTP stores.' })
  @Requires('telemetry.read')
  metricCatalog(): MetricDefinition[] {
    return Object.entries(metrics).map(([name, metric]) =>
      Object.assign(new MetricDefinition(), { name, ...metric }),
    )
  }

  @Subscription(() => SampleBatch, {
    topics: 'samples.stored',
    description:
      'Samples of the named metrics as they are stored. `after` tells those that were missed, as far as they can still be told; read `series` for what lies further back.',
  })
  @Requires('telemetry.read')
  samples(@Root() batch: SampleBatch, @Args(() => SamplesArguments) _args: SamplesArguments): SampleBatch {
    return batch
  }

  @FieldResolver(() => [Series], {
    nullable: true,
    description:
      'Its metrics over time. A metric of interfaces or sensors gives one series for each. Null while telemetry does not answer.',
  })
  @Directive('@listSize(assumedSize: 8)')
  series(
    @Root() device: Device,
    @Args(() => SeriesArguments) args: SeriesArguments,
    @Ctx() context: RequestContext,
  ): Promise<Series[] | null> {
    return this.reading.series('device', context, device.id, args)
  }
}

@Resolver(() => Interface)
export class InterfaceSeriesResolver {
  constructor(private readonly reading: SeriesReading) {}

  @FieldResolver(() => [Series], {
    nullable: true,
    description: 'Its metrics over time. Null while telemetry does not answer.',
  })
  @Directive('@listSize(assumedSize: 4)')
  series(
    @Root() port: Interface,
    @Args(() => SeriesArguments) args: SeriesArguments,
    @Ctx() context: RequestContext,
  ): Promise<Series[] | null> {
    return this.reading.series('interface', context, port.id, args)
  }
}

@Resolver(() => Sensor)
export class SensorSeriesResolver {
  constructor(private readonly reading: SeriesReading) {}

  @FieldResolver(() => [Series], {
    nullable: true,
    description: 'Its metrics over time. Null while telemetry does not answer.',
  })
  @Directive('@listSize(assumedSize: 2)')
  series(
    @Root() sensor: Sensor,
    @Args(() => SeriesArguments) args: SeriesArguments,
    @Ctx() context: RequestContext,
  ): Promise<Series[] | null> {
    return this.reading.series('sensor', context, sensor.id, args)
  }
}
