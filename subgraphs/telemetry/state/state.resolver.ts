import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'
import * as z from 'zod'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'
import type { Sight } from '#db/sight.js'

import { Device, PageInfo } from '../device.js'
import { newRecord, type StateChangeRow } from './device-record.js'
import { DeviceState, DeviceStateFilter, Reachability, shownState, stateFilter } from './device-state.js'
import { DeviceStateEvent } from './state-stream.js'
import type { States } from './states.js'

@ObjectType({ description: 'A change of reachability.' })
@Requires('telemetry.read')
export class StateChange {
  @Field(() => Date, { description: 'When.' }) at!: Date
  @Field(() => Device, {
    nullable: true,
    description: 'Of which device. Null while inventory does not answer.',
  })
  device!: Device
  @Field(() => Reachability, { description: 'What it was before.' }) from!: Reachability
  @Field(() => Reachability, { description: 'What it became.' }) to!: Reachability
  @Field(() => String, { description: 'Why; see `DeviceState.reason`.' }) reason!: string
}

@ObjectType({ description: 'A page of changes, newest first.' })
@Requires('telemetry.read')
export class StateChangeConnection {
  @Field(() => [StateChange], { description: 'The changes.' }) nodes!: StateChange[]
  @Field(() => PageInfo, { description: 'Where the page ends.' }) pageInfo!: PageInfo
}

const shownChange = ({ deviceId, at, ...change }: StateChangeRow): StateChange =>
  Object.assign(new StateChange(), { ...change, at: new Date(at), device: Device.of(deviceId) })

export interface StateParts {
  states: States
  sight: Sight
}

/**
 * The state of one device, as one of many read together. A device nobody polled or announced yet is
 * UNKNOWN; one that the caller may not see has none.
 */
export async function loadState(
  { states, sight }: StateParts,
  context: RequestContext,
  deviceId: string,
): Promise<DeviceState | undefined> {
  const load = batched(context, 'telemetry.state', (ids: string[]) =>
    states.byDevice(ids, scopeOf(context.identity, 'telemetry.read')),
  )
  const found = await load(deviceId)
  if (found) return shownState(found)
  if (!(await sight.device(context, deviceId))) return undefined
  const { verdict, figures } = newRecord(deviceId, null, Date.now())
  return shownState({ deviceId, siteId: null, ...verdict, ...figures, lastPolledAt: null })
}

const filterDescription = 'Only devices that fit; everything when left out.'

@ArgsType()
class StateChangesArguments {
  @Field(() => DeviceStateFilter, { nullable: true, description: filterDescription })
  filter!: DeviceStateFilter | null
  @Field(() => Int, { defaultValue: 50, description: 'How many, up to 500.' }) first!: number
  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  after!: string | null
}

@ArgsType()
class StateStreamArguments {
  @Field(() => DeviceStateFilter, { nullable: true, description: filterDescription })
  filter!: DeviceStateFilter | null
  @Field(() => String, { nullable: true, description: 'Cursor of the last event you have.' })
  after!: string | null
}

@Resolver(() => Device)
export class StateResolver {
  constructor(private readonly parts: StateParts) {}

  @Directive('@listSize(assumedSize: 1000)')
  @Query(() => [DeviceState], { description: 'Latest known states of all devices that are watched.' })
  @Requires('telemetry.read')
  async deviceStates(
    @Arg('filter', () => DeviceStateFilter, { nullable: true, description: filterDescription })
    filter: DeviceStateFilter | null,
    @Ctx() context: RequestContext,
  ): Promise<DeviceState[]> {
    const scope = authorizedScope(context, 'telemetry.read')
    return (await this.parts.states.list(parseInput(stateFilter, filter, 'filter'), scope)).map(shownState)
  }

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @Query(() => StateChangeConnection, {
    description: 'History of reachability, newest first. `filter.reachability` is what the devices became.',
  })
  @Requires('telemetry.read')
  async stateChanges(
    @Args(() => StateChangesArguments) { filter, first, after }: StateChangesArguments,
    @Ctx() context: RequestContext,
  ): Promise<StateChangeConnection> {
    const size = parseInput(z.int().min(1).max(500), first, 'first')
    const query = {
      filter: parseInput(stateFilter, filter, 'filter'),
      scope: authorizedScope(context, 'telemetry.read'),
    }
    const page = await this.parts.states.changes(query, size, after ?? null)
    const pageInfo = Object.assign(new PageInfo(), {
      hasNextPage: page.hasNextPage,
      endCursor: page.endCursor,
    })
    return Object.assign(new StateChangeConnection(), { nodes: page.changes.map(shownChange), pageInfo })
  }

  @Subscription(() => DeviceStateEvent, {
    topics: 'device.state',
    description:
      'Starts with the state of every device that fits (SNAPSHOT), then LIVE, then each change, each with a cursor. Reconnecting with `after` tells what was missed; where history no longer reaches, the first event is RESYNC and a new snapshot follows. No change is lost or repeated.',
  })
  @Requires('telemetry.read')
  deviceStateChanged(
    @Root() event: DeviceStateEvent,
    @Args(() => StateStreamArguments) _args: StateStreamArguments,
  ): DeviceStateEvent {
    return event
  }

  @FieldResolver(() => DeviceState, {
    nullable: true,
    description: 'Its latest known state. Null while telemetry does not answer.',
  })
  state(@Root() device: Device, @Ctx() context: RequestContext): Promise<DeviceState | undefined> {
    return loadState(this.parts, context, device.id)
  }
}
