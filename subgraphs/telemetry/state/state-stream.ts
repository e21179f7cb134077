import { Field, ObjectType, registerEnumType } from 'type-graphql'

import type { DeviceState as State } from '#core/contract/telemetry.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { endable, type SharedTopic } from '#core/service/shared-topic.js'
import { compareCursors, isCursor, type Topics } from '#core/service/topics.js'

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
    REMOVED: { description: 'The device was deleted or no longer fits the filter: forget its state.' },
    LIVE: { description: 'Everything up to here was told; what follows happens now. Without state.' },
    RESYNC: {
      description:
        'History does not reach back to `after`: forget everything, a snapshot follows. Without state.',
    },
  },
})

@ObjectType({ description: 'An event of `deviceStateChanged`.' })
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
  (args: { filter?: unknown; after?: string | null }): AsyncGenerator<DeviceStateEvent> => {
    const filter = parseInput(stateFilter, args.filter, 'filter')
    if (args.after && !isCursor(args.after))
      throw new SotpError('BAD_USER_INPUT', { message: 'after: not a cursor of this stream', field: 'after' })
    const stop = new AbortController()
    return endable(stop, run(options, filter, args.after ?? null, stop.signal))
  }

async function* run(
  { topics, shared, states }: StateStreamOptions,
  filter: StateFilter,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<DeviceStateEvent> {
  const head = await topics.head(topic)
  const resumed = after !== null && after !== beginning && (await topics.reaches(topic, after))
  const audience = new Audience(filter, resumed)
  let from = after ?? head
  let liveAt: string | null = head
  if (!resumed) {
    if (after !== null) yield eventOf(StateEventType.RESYNC, beginning, null)
    const snapshot = await states.snapshot(filter)
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
  for await (const { cursor, event } of shared.listen(from, signal)) {
    const type = audience.judge(event.state, event.removed)
    if (type) yield eventOf(type, cursor, event.state)
    if (liveAt !== null && compareCursors(cursor, liveAt) >= 0) {
      yield eventOf(StateEventType.LIVE, cursor, null)
      liveAt = null
    }
  }
}

/** Which devices one subscriber has been shown, so that it is told when one leaves its filter. */
class Audience {
  readonly #shown = new Set<string>()
  readonly #gone = new Set<string>()

  /** `resumed`: what it was shown before is not known, so a device may have to be removed that this stream never showed. */
  constructor(
    private readonly filter: StateFilter,
    private readonly resumed: boolean,
  ) {}

  show({ deviceId }: State): void {
    this.#shown.add(deviceId)
    this.#gone.delete(deviceId)
  }

  judge(state: State, removed: boolean): StateEventType | null {
    const { deviceId } = state
    if (!removed && fits(this.filter, state)) {
      this.show(state)
      return StateEventType.CHANGE
    }
    const shown = this.#shown.delete(deviceId)
    if (this.filter?.deviceIds && !this.filter.deviceIds.includes(deviceId)) return null
    if (!shown && (!this.resumed || this.#gone.has(deviceId))) return null
    this.#gone.add(deviceId)
    return StateEventType.REMOVED
  }
}
