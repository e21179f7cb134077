import { Field, ObjectType, registerEnumType } from 'type-graphql'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import { causedBy } from '#core/service/cause.js'
import { SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { endable, type SharedTopic } from '#core/service/shared-topic.js'
import { isCursor, type Topics } from '#core/service/topics.js'
import type { Sight } from '#db/sight.js'

import { shownTrap, Trap } from './trap.js'
import { matchesTrap, parseTrapFilter, type TrapQuery } from './trap-filter.js'

export enum TrapEventKind {
  RECEIVED = 'RECEIVED',
  REPEATED = 'REPEATED',
}
registerEnumType(TrapEventKind, {
  name: 'TrapEventKind',
  description: 'What an event of `trapReceived` says.',
  valuesConfig: {
    RECEIVED: { description: 'A trap that was not there before.' },
    REPEATED: { description: 'One that was told before came again: its repeats have grown.' },
  },
})

@ObjectType({ description: 'An event of `trapReceived`.' })
@Requires('telemetry.read')
export class TrapEvent {
  @Field(() => TrapEventKind, { description: 'What it says.' }) kind!: TrapEventKind
  @Field(() => Trap, { description: 'The trap.' }) trap!: Trap
  @Field(() => String, { description: 'Give it as `after` to go on behind this event.' }) cursor!: string
}

export interface TrapStreamOptions {
  topics: Topics
  shared: SharedTopic<'trap.received'>
  sight: Sight
}

/** Opens `trapReceived`: each trap as it is stored, from now on or from behind `after`. */
export const openTrapStream =
  ({ topics, shared, sight }: TrapStreamOptions) =>
  async (
    { filter, after }: { filter?: unknown; after?: string | null },
    context: RequestContext,
  ): Promise<AsyncGenerator<TrapEvent>> => {
    const scope = authorizedScope(context, 'telemetry.read')
    const query = parseTrapFilter(filter)
    if (after && !isCursor(after))
      throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this stream', field: 'after' })
    if (after && !(await topics.reaches('trap.received', after))) {
      throw new SotpError('CONFLICT', {
        message: 'The history no longer reaches back to this cursor; load the list again.',
        field: 'after',
      })
    }
    // Asked anew for each event, since a device may be moved; traps of nobody's device are told everywhere only.
    const isSeen = async (deviceId: string | null) =>
      scope === 'everywhere' ||
      (deviceId !== null && (await sight.device({ ...context, loaders: new Map() }, deviceId)))
    const stop = new AbortController()
    const events = shared.listen(after ?? undefined, stop.signal)
    return endable(stop, run(events, query, isSeen, context))
  }

async function* run(
  events: ReturnType<SharedTopic<'trap.received'>['listen']>,
  query: TrapQuery,
  isSeen: (deviceId: string | null) => Promise<boolean>,
  context: RequestContext,
): AsyncGenerator<TrapEvent> {
  for await (const { cursor, event, traceparent } of events) {
    if (!matchesTrap(query, event) || !(await isSeen(event.trap.deviceId))) continue
    // The context lives as long as the subscription: what an earlier event loaded is old by now.
    context.loaders.clear()
    const kind = event.repeated ? TrapEventKind.REPEATED : TrapEventKind.RECEIVED
    const trap = shownTrap(event.trap, event.storedAt)
    yield causedBy(Object.assign(new TrapEvent(), { kind, trap, cursor }), traceparent)
  }
}
