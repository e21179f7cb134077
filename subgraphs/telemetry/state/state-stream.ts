import { Field, ObjectType, registerEnumType } from 'type-graphql'

import type { DeviceStateChanged, DeviceState as State } from '#core/contract/telemetry.js'
import { authorizedScope, Requires } from '#core/service/authorize.js'
import { causedBy } from '#core/service/cause.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { covers, type Scope } from '#core/service/scope.js'
import { endable, type SharedTopic } from '#core/service/shared-topic.js'
import { compareCursors, isCursor, type Topics } from '#core/service/topics.js'

import { newRecord } from './device-record.js'
import { DeviceState, fits, type StateFilter, shownState, stateFilter } from './device-state.js'
import type { States } from './states.js'

export enum StateEventType {
  SNAPSHOT = 'SNAPSHOT',
  CHANGE = 'CHANGE',
  REMOVED = 'REMOVED',
  LIVE = 'LIVE',
  RESYNC = 'RESYNC',
}
registerEnumType(StateEventType, {
  name: 'StateEventType',
  description: 'What an event of `deviceStateChanged` says.',
  valuesConfig: {
    SNAPSHOT: { description: 'The state of one device when the stream began.' },
    CHANGE: { description: 'A state changed, or its figures did.' },
    REMOVED: {
      description:
        'The device was deleted, no longer fits the filter, or moved to where you may not see it: forget its state.',
    },
    LIVE: { description: 'Everything up to here was told; what follows happens now. Without state.' },
    RESYNC: {
      description:
        'History does not reach back to `after`: forget everything, a snapshot follows. Without state.',
    },
  },
})

@ObjectType({ description: 'An event of `deviceStateChanged`.' })
@Requires('telemetry.read')
export class DeviceStateEvent {
  @Field(() => StateEventType, { description: 'What it says.' }) type!: StateEventType
  @Field(() => DeviceState, { nullable: true, description: 'The state; null with LIVE and RESYNC.' })
  state!: DeviceState | null
  @Field(() => String, {
    description: 'Give it as `after` to go on behind this event. That of a SNAPSHOT begins anew.',
  })
  cursor!: string
}

/** Part of a snapshot is nothing to go on from: who resumes with this gets a whole one. */
const beginning = '0-0'
const topic = 'device.state'

const eventOf = (type: StateEventType, cursor: string, state: State | null): DeviceStateEvent =>
  Object.assign(new DeviceStateEvent(), { type, cursor, state: state && shownState(state) })

export interface StateStreamOptions {
  topics: Topics
  shared: SharedTopic<typeof topic>
  states: States
}

/**
 * Opens `deviceStateChanged`: SNAPSHOT events, LIVE, then CHANGE and REMOVED. With `after`: what was missed, LIVE, then the
 * same; or RESYNC first where history no longer reaches. Every event since the snapshot is told exactly once: ids appear
 * in commit order (`appendOutbox`), and the snapshot knows the last id it contains.
 */
export const openStateStream =
  (options: StateStreamOptions) =>
  (
    args: { filter?: unknown; after?: string | null },
    context: RequestContext,
  ): AsyncGenerator<DeviceStateEvent> => {
    const scope = authorizedScope(context, 'telemetry.read')
    const filter = parseInput(stateFilter, args.filter, 'filter')
    if (args.after && !isCursor(args.after))
      throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this stream', field: 'after' })
    const stop = new AbortController()
    return endable(stop, run(options, { filter, scope }, args.after ?? null, stop.signal))
  }

async function* run(
  { topics, shared, states }: StateStreamOptions,
  wanted: Wanted,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<DeviceStateEvent> {
  const head = await topics.head(topic)
  const resumed = after !== null && after !== beginning && (await topics.reaches(topic, after))
  const audience = new Audience(wanted, resumed)
  let from = after ?? head
  let liveAt: string | null = head
  if (!resumed) {
    if (after !== null) yield eventOf(StateEventType.RESYNC, beginning, null)
    const snapshot = await states.snapshot(wanted.filter, wanted.scope)
    for (const state of snapshot.states) {
      audience.show(state)
      yield eventOf(StateEventType.SNAPSHOT, beginning, state)
    }
    // The head lies above the database's last id only when the database is newer than the stream.
    from = compareCursors(snapshot.cursor, head) > 0 ? snapshot.cursor : head
    liveAt = from
  }
  if (compareCursors(from, liveAt) >= 0) {
    yield eventOf(StateEventType.LIVE, from, null)
    liveAt = null
  }
  for await (const { cursor, event, traceparent } of shared.listen(from, signal)) {
    const type = audience.judge(event)
    const hidden = type === StateEventType.REMOVED && !covers(wanted.scope, event.state.siteId)
    if (type)
      yield causedBy(eventOf(type, cursor, hidden ? forgotten(event.state) : event.state), traceparent)
    if (liveAt !== null && compareCursors(cursor, liveAt) >= 0) {
      yield eventOf(StateEventType.LIVE, cursor, null)
      liveAt = null
    }
  }
}

/** What a subscriber asked for, and where they may see states. */
interface Wanted {
  filter: StateFilter
  scope: Scope
}

/** A state for those who may no longer see it: of which device, and nothing else. */
function forgotten({ deviceId }: State): State {
  const { verdict, figures } = newRecord(deviceId, null, 0)
  return { deviceId, siteId: null, ...verdict, ...figures, lastPolledAt: null }
}

/** Which devices one subscriber has been shown, so that it is told when one leaves its filter. */
class Audience {
  readonly #shown = new Set<string>()
  readonly #gone = new Set<string>()

  /** `resumed`: what it was shown before is not known, so a device may have to be removed that this stream never showed. */
  constructor(
    private readonly wanted: Wanted,
    private readonly resumed: boolean,
  ) {}

  show({ deviceId }: State): void {
    this.#shown.add(deviceId)
    this.#gone.delete(deviceId)
  }

  judge({ state, removed, previousSiteId }: DeviceStateChanged): StateEventType | null {
    const { deviceId } = state
    const { filter, scope } = this.wanted
    const within = covers(scope, state.siteId)
    if (!removed && within && fits(filter, state)) {
      this.show(state)
      return StateEventType.CHANGE
    }
    const shown = this.#shown.delete(deviceId)
    if (filter?.deviceIds && !filter.deviceIds.includes(deviceId)) return null
    // Nobody is told to forget what they may never have seen: at other sites, only what has just moved there.
    const left = previousSiteId !== undefined && covers(scope, previousSiteId)
    if (!shown && (!this.resumed || this.#gone.has(deviceId) || !(within || left))) return null
    this.#gone.add(deviceId)
    return StateEventType.REMOVED
  }
}
