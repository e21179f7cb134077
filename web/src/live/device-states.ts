import type { LiveStatesSubscription, Reachability } from '../gql/graphql'

export type StateEvent = LiveStatesSubscription['deviceStateChanged']
type Told = NonNullable<StateEvent['state']>
export type LiveState = Omit<NonNullable<StateEvent['state']>, 'device' | '__typename'> & { deviceId: string }

/** A change of reachability as it happened on this page. */
export interface Transition {
  deviceId: string
  from: Reachability
  to: Reachability
  reason: string
  /** RFC 3339 */
  at: string
}

export type Counts = Readonly<Record<Reachability, number>> & { readonly total: number }

type Schedule = (run: () => void) => void

const zero: Counts = { UP: 0, DEGRADED: 0, DOWN: 0, UNREACHABLE: 0, UNKNOWN: 0, total: 0 }

/**
 * The latest state of every device, outside React: a thousand devices may report within one frame, and then each
 * component that shows a changed device renders once. `schedule` runs a flush, in browsers before the next paint.
 */
export class DeviceStates {
  #states = new Map<string, LiveState>()
  #watchers = new Map<string, Set<() => void>>()
  #anyWatchers = new Set<() => void>()
  #transitionWatchers = new Set<(transitions: readonly Transition[]) => void>()
  #dirty = new Set<string>()
  #transitions: Transition[] = []
  #scheduled = false
  #counts: Counts = zero
  #all: readonly LiveState[] = []
  /** Devices that the running snapshot has not named yet; undefined when no snapshot runs. */
  #unconfirmed: Set<string> | undefined
  #complete = false
  readonly #schedule: Schedule

  constructor(schedule: Schedule) {
    this.#schedule = schedule
  }

  /** Cursor to resume after. Undefined before the first snapshot is complete: a part of one cannot be resumed. */
  cursor: string | undefined

  /** True once a whole snapshot has been seen. */
  get complete(): boolean {
    return this.#complete
  }

  apply({ type, state, cursor }: StateEvent): void {
    if (type === 'RESYNC') this.#unconfirmed = new Set(this.#states.keys())
    else if (type === 'LIVE') this.#finishSnapshot()
    else if (state?.device && type === 'REMOVED') this.#remove(state.device.id)
    else if (state?.device) this.#put(state.device.id, state, type === 'SNAPSHOT')
    if (this.#complete) this.cursor = cursor
    this.#flushSoon()
  }

  get(deviceId: string): LiveState | undefined {
    return this.#states.get(deviceId)
  }

  /** How many devices are in each state; the same object until a number changes. */
  counts(): Counts {
    return this.#counts
  }

  /** Every state; the same array until something changes. */
  all(): readonly LiveState[] {
    return this.#all
  }

  /** Calls back after changes of one device. @returns a function that ends it. */
  watch(deviceId: string, listener: () => void): () => void {
    const watchers = this.#watchers.get(deviceId) ?? new Set()
    this.#watchers.set(deviceId, watchers.add(listener))
    return () => {
      watchers.delete(listener)
      if (watchers.size === 0) this.#watchers.delete(deviceId)
    }
  }

  /** Calls back once a flush, whatever changed. */
  watchAll(listener: () => void): () => void {
    this.#anyWatchers.add(listener)
    return () => this.#anyWatchers.delete(listener)
  }

  /** Calls back with changes of reachability, never for what a snapshot tells. */
  watchTransitions(listener: (transitions: readonly Transition[]) => void): () => void {
    this.#transitionWatchers.add(listener)
    return () => this.#transitionWatchers.delete(listener)
  }

  /** Forgets everything: another person signs in. */
  clear(): void {
    for (const id of this.#states.keys()) this.#dirty.add(id)
    this.#states.clear()
    this.#unconfirmed = undefined
    this.#complete = false
    this.cursor = undefined
    this.#flushSoon()
  }

  #put(deviceId: string, { device, __typename, ...figures }: Told, snapshot: boolean): void {
    const before = this.#states.get(deviceId)
    this.#states.set(deviceId, { ...figures, deviceId })
    this.#dirty.add(deviceId)
    if (snapshot) {
      this.#unconfirmed ??= new Set(this.#states.keys())
      this.#unconfirmed.delete(deviceId)
    } else if (before && before.reachability !== figures.reachability) {
      const { reachability: to, reason, since: at } = figures
      this.#transitions.push({ deviceId, from: before.reachability, to, reason, at })
    }
  }

  #remove(deviceId: string): void {
    if (this.#states.delete(deviceId)) this.#dirty.add(deviceId)
  }

  #finishSnapshot(): void {
    for (const id of this.#unconfirmed ?? []) this.#remove(id)
    this.#unconfirmed = undefined
    this.#complete = true
  }

  #flushSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#schedule(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    const [dirty, transitions] = [this.#dirty, this.#transitions]
    this.#dirty = new Set()
    this.#transitions = []
    this.#all = [...this.#states.values()]
    this.#recount()
    for (const id of dirty) for (const listener of this.#watchers.get(id) ?? []) listener()
    for (const listener of this.#anyWatchers) listener()
    if (transitions.length > 0) for (const listener of this.#transitionWatchers) listener(transitions)
  }

  #recount(): void {
    const next = { ...zero }
    for (const { reachability } of this.#all) next[reachability]++
    next.total = this.#all.length
    const keys = Object.keys(next) as (keyof Counts)[]
    if (keys.some((key) => next[key] !== this.#counts[key])) this.#counts = next
  }
}
