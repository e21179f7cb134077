import {
  Arg,
  Ctx,
  Directive,
  Field,
  ID,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
  Subscription,
} from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { compose } from '#core/service/compose.js'
import { createLog } from '#core/service/log.js'
import { batched, type RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'
import { createSubgraph, type Subgraph } from '#core/service/subgraph.js'
import { type LogEvent, StateLog } from './state-log.js'

enum Kind {
  SNAPSHOT = 'SNAPSHOT',
  CHANGE = 'CHANGE',
  REMOVED = 'REMOVED',
  LIVE = 'LIVE',
  RESYNC = 'RESYNC',
}
registerEnumType(Kind, { name: 'Kind', description: 'What an event says.' })

@ObjectType('Box', { description: 'A box, as stock knows it.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
class NamedBox {
  @Field(() => ID, { description: 'Its id.' }) id!: string
  @Field(() => String, { description: 'Its name.' }) name!: string
}

@ObjectType('Box', { description: 'A box, as states know it.' })
@Directive('@key(fields: "id")')
@Requires('telemetry.read')
class StateBox {
  @Field(() => ID, { description: 'Its id.' }) id!: string
}

@ObjectType({ description: 'The state of a box.' })
@Requires('telemetry.read')
class BoxState {
  @Field(() => StateBox, { description: 'Of which box.' }) box!: StateBox
  @Field(() => Int, { description: 'What it is.' }) value!: number
  @Field(() => String, { description: 'As long as a test wants it.' }) filler!: string
}

@ObjectType({ description: 'An event of `boxes`.' })
@Requires('telemetry.read')
class BoxEvent {
  @Field(() => Kind, { description: 'What it says.' }) type!: Kind
  @Field(() => String, { description: 'Its place.' }) cursor!: string
  @Field(() => BoxState, { nullable: true, description: 'The state.' }) state!: BoxState | null
}

@ObjectType({ description: 'An event of `notes`.' })
@Requires('telemetry.read')
class Note {
  @Field(() => String, { description: 'Its place.' }) cursor!: string
  @Field(() => StateBox, { description: 'About which box.' }) box!: StateBox
  @Field(() => Int, { description: 'What happened.' }) value!: number
}

@ObjectType({ description: 'An event of `ticks`, which has no place.' })
@Requires('telemetry.read')
class Tick {
  @Field(() => Int, { description: 'What happened.' }) value!: number
}

/** What the test sees and steers. */
export interface LiveGraphState {
  log: StateLog
  /** Names as stock tells them now. */
  names: Map<string, string>
  /** Ids asked for by each look-up of stock. */
  loads: string[][]
  /** Runs before each look-up of stock answers. */
  beforeLoad: () => Promise<void>
  /** Identities that events were opened for. */
  openedFor: (RequestContext['identity'] | null)[]
  filler: string
}

const shown = ({ type, cursor, id, value }: LogEvent, filler: string): BoxEvent => ({
  type: Kind[type],
  cursor,
  state: id === null ? null : { box: { id }, value, filler },
})

function stock(state: LiveGraphState): Subgraph {
  @Resolver(() => NamedBox)
  class StockResolver {
    @Query(() => NamedBox, { description: 'A box.' })
    @Requires('device.read')
    namedBox(@Arg('id', () => ID, { description: 'Which.' }) id: string): NamedBox {
      return { id, name: id }
    }
  }
  return createSubgraph({
    name: 'stock',
    resolvers: [new StockResolver()],
    references: {
      Box: ({ id }, context) =>
        batched<string, NamedBox>(context, 'box', async (ids) => {
          state.loads.push(ids)
          await state.beforeLoad()
          return new Map(ids.map((one) => [one, { id: one, name: state.names.get(one) ?? `name of ${one}` }]))
        })(id),
    },
    log: createLog('test', 'silent'),
  })
}

const references = { Box: (reference: { id: string }) => reference }

function states(state: LiveGraphState): Subgraph {
  const open = (after: string | null | undefined, context: RequestContext, snapshots: boolean) => {
    state.openedFor.push(context.identity)
    return state.log.open(after ?? undefined, scopeOf(context.identity, 'telemetry.read'), snapshots)
  }
  @Resolver(() => StateBox)
  class StatesResolver {
    @Query(() => Int, { description: 'How many.' })
    @Requires('telemetry.read')
    boxCount(): number {
      return state.log.values.size
    }
    @Subscription(() => BoxEvent, { topics: 'x', description: 'States, then changes.' })
    @Requires('telemetry.read')
    boxes(
      @Root() event: LogEvent,
      @Ctx() _context: RequestContext,
      @Arg('after', () => String, { nullable: true, description: 'Resume here.' }) _after?: string,
      @Arg('topic', () => String, { nullable: true, description: 'Whatever.' }) _topic?: string,
    ): BoxEvent {
      return shown(event, state.filler)
    }
    @Subscription(() => Note, { topics: 'x', description: 'Changes from now on.' })
    @Requires('telemetry.read')
    notes(
      @Root() { cursor, id, value }: LogEvent,
      @Arg('after', () => String, { nullable: true, description: 'Resume here.' }) _after?: string,
    ): Note {
      return { cursor, box: { id: id ?? '' }, value }
    }
    @Subscription(() => Tick, { topics: 'x', description: 'Changes without a place.' })
    @Requires('telemetry.read')
    ticks(@Root() { value }: LogEvent): Tick {
      return { value }
    }
  }
  return createSubgraph({
    name: 'states',
    resolvers: [new StatesResolver()],
    references,
    subscriptions: {
      boxes: ({ after }: { after?: string | null }, context) => open(after, context, true),
      notes: ({ after }: { after?: string | null }, context) => open(after, context, false),
      ticks: (_args, context) => open(undefined, context, false),
    },
    log: createLog('test', 'silent'),
  })
}

export interface LiveGraph {
  state: LiveGraphState
  subgraphs: Record<'stock' | 'states', Subgraph>
  supergraph: string
}

/** Two subgraphs: states of boxes with history, snapshots and sites, and their names. */
export function liveGraph(): LiveGraph {
  const state: LiveGraphState = {
    log: new StateLog(),
    names: new Map(),
    loads: [],
    beforeLoad: async () => {},
    openedFor: [],
    filler: '',
  }
  const subgraphs = { stock: stock(state), states: states(state) }
  const { supergraph } = compose(
    Object.fromEntries(Object.values(subgraphs).map(({ name, sdl }) => [name, sdl])),
  )
  return { state, subgraphs, supergraph }
}
