import { Arg, Ctx, Directive, FieldResolver, Resolver, Root } from 'type-graphql'

import { batched, type RequestContext } from '#core/service/request.js'
import type { Sight } from '#db/sight.js'
import type { DataSource } from '#db/source.js'

import { Device } from '../device.js'
import { TimeRangeInput, timeRange } from '../time-range.js'
import { Availability, loadAvailability } from './availability.js'

@Resolver(() => Device)
export class AvailabilityResolver {
  constructor(
    private readonly source: DataSource,
    private readonly sight: Sight,
  ) {}

  @Directive('@cost(weight: 10)')
  @FieldResolver(() => Availability, {
    nullable: true,
    description:
      'How much of a time it was available, from its history. Null while telemetry does not answer.',
  })
  async availability(
    @Root() device: Device,
    @Arg('range', () => TimeRangeInput, { description: 'Of which time.' }) range: TimeRangeInput,
    @Ctx() context: RequestContext,
  ): Promise<Availability | undefined> {
    const span = timeRange(range, Date.now())
    if (!(await this.sight.device(context, device.id))) return undefined
    const load = batched(context, `telemetry.availability ${JSON.stringify(range)}`, (ids: string[]) =>
      loadAvailability(this.source, ids, span),
    )
    return load(device.id)
  }
}
