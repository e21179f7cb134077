import {
  Arg,
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
import * as z from 'zod'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'
import type { Sight } from '#db/sight.js'

import { Device, PageInfo } from '../device.js'
import { Trap, TrapConnection } from './trap.js'
import { parseTrapFilter, TrapFilter } from './trap-filter.js'
import { TrapEvent } from './trap-stream.js'
import type { TrapPage, Traps } from './traps.js'

@ArgsType()
class TrapsArguments {
  @Field(() => TrapFilter, { nullable: true, description: 'Only traps that fit; all when left out.' })
  filter!: TrapFilter | null
  @Field(() => Int, { defaultValue: 50, description: 'How many, up to 500.' }) first!: number
  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  after!: string | null
}

@ArgsType()
class TrapStreamArguments {
  @Field(() => TrapFilter, { nullable: true, description: 'Only traps that fit; all when left out.' })
  filter!: TrapFilter | null
  @Field(() => String, { nullable: true, description: 'Cursor of the last event you have.' })
  after!: string | null
}

const pageSize = z.int().min(1).max(500)

const connectionOf = ({ traps, hasNextPage, endCursor }: TrapPage): TrapConnection => {
  const pageInfo = Object.assign(new PageInfo(), { hasNextPage, endCursor })
  return Object.assign(new TrapConnection(), { nodes: traps, pageInfo })
}

@Resolver(() => Trap)
export class TrapResolver {
  constructor(private readonly reader: Traps) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @Query(() => TrapConnection, {
    description:
      'SNMP traps and informs, newest first. Those of unknown senders are told to who sees every device.',
  })
  @Requires('telemetry.read')
  async traps(
    @Args(() => TrapsArguments) { filter, first, after }: TrapsArguments,
    @Ctx() context: RequestContext,
  ): Promise<TrapConnection> {
    const scope = authorizedScope(context, 'telemetry.read')
    const paging = { first: parseInput(pageSize, first, 'first'), after: after ?? null }
    return connectionOf(await this.reader.list(parseTrapFilter(filter), scope, paging))
  }

  @Query(() => Trap, { nullable: true, description: 'One trap; null where there is none that you may see.' })
  @Requires('telemetry.read')
  async trap(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Trap | null> {
    const scope = authorizedScope(context, 'telemetry.read')
    return this.reader.byId(parseInput(z.uuid('must be a UUID'), id, 'id'), scope)
  }

  @Subscription(() => TrapEvent, {
    topics: 'trap.received',
    description:
      'Traps as they are stored, and again when they are repeated. Reconnecting with `after` tells what was missed, nothing twice; where history no longer reaches back it fails with CONFLICT: read `traps` again.',
  })
  @Requires('telemetry.read')
  trapReceived(
    @Root() event: TrapEvent,
    @Args(() => TrapStreamArguments) _args: TrapStreamArguments,
  ): TrapEvent {
    return event
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The datagram in base64, its communities overwritten with asterisks. Null: it is gone.',
  })
  async raw(@Root() { id }: Trap, @Ctx() context: RequestContext): Promise<string | null> {
    const scope = scopeOf(context.identity, 'telemetry.read')
    const load = batched<string, string>(context, 'telemetry.trap.raw', (ids) => this.reader.raw(ids, scope))
    return (await load(id)) ?? null
  }
}

@Resolver(() => Device)
export class DeviceTrapResolver {
  constructor(
    private readonly reader: Traps,
    private readonly sight: Sight,
  ) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @FieldResolver(() => TrapConnection, {
    nullable: true,
    description: 'Its SNMP traps and informs, newest first. Null while telemetry does not answer.',
  })
  async traps(
    @Root() device: Device,
    @Args(() => TrapsArguments) { filter, first, after }: TrapsArguments,
    @Ctx() context: RequestContext,
  ): Promise<TrapConnection | null> {
    if (!(await this.sight.device(context, device.id))) return null
    const scope = scopeOf(context.identity, 'telemetry.read')
    const query = parseTrapFilter(filter)
    const paging = { first: parseInput(pageSize, first, 'first'), after: after ?? null }
    const name = `telemetry.device.traps ${JSON.stringify([query, paging])}`
    const load = batched<string, TrapPage>(context, name, (ids) =>
      this.reader.ofDevices(ids, query, scope, paging),
    )
    const page = await load(device.id)
    return page ? connectionOf(page) : null
  }
}
