import { SotpError } from '#core/service/errors.js'
import { covers, type Scope } from '#core/service/scope.js'

import { Events } from './small-graph.js'

export interface LogEvent {
  type: 'SNAPSHOT' | 'CHANGE' | 'LIVE' | 'RESYNC'
  cursor: string
  id: string | null
  siteId: string | null
  value: number
}

const beginning = '0-0'

/** States with a history of bounded length, told as SOTP's own subgraphs tell theirs. */
export class StateLog {
  readonly values = new Map<string, { siteId: string | null; value: number }>()
  readonly events = new Events<LogEvent>()
  /** Streams that began with a snapshot, went on behind a cursor, and had to be told RESYNC. */
  readonly opened = { snapshots: 0, resumed: 0, resynced: 0 }
  #history: LogEvent[] = []
  #last = 0
  #trimmed = 0

  get cursor(): string {
    return `${this.#last}-0`
  }

  set(id: string, value: number, siteId: string | null = null): void {
    this.#last += 1
    this.values.set(id, { siteId, value })
    const event: LogEvent = { type: 'CHANGE', cursor: this.cursor, id, siteId, value }
    this.#history.push(event)
    this.events.emit(event)
  }

  /** Forgets all history but the states. */
  trim(): void {
    this.#history = []
    this.#trimmed = this.#last
  }

  open(after: string | undefined, scope: Scope, snapshots: boolean): AsyncGenerator<LogEvent> {
    if (after === 'rubbish') throw new SotpError('BAD_USER_INPUT', { field: 'after' })
    const sees = ({ id, siteId }: LogEvent) => id === null || covers(scope, siteId)
    return this.#only(this.events.stream(this.#begin(after, snapshots).filter(sees)), sees)
  }

  #begin(after: string | undefined, snapshots: boolean): LogEvent[] {
    const mark = (type: 'LIVE' | 'RESYNC', cursor: string) => ({
      type,
      cursor,
      id: null,
      siteId: null,
      value: 0,
    })
    const place = Number(after?.split('-')[0] ?? 0)
    if (after !== undefined && after !== beginning && place >= this.#trimmed) {
      this.opened.resumed += 1
      const missed = this.#history.filter(({ cursor }) => Number(cursor.split('-')[0]) > place)
      return snapshots ? [...missed, mark('LIVE', this.cursor)] : missed
    }
    if (!snapshots) {
      if (after === undefined) return []
      throw new SotpError('CONFLICT', { field: 'after' })
    }
    if (after === undefined) this.opened.snapshots += 1
    else this.opened.resynced += 1
    const all = [...this.values].map(
      ([id, { siteId, value }]): LogEvent => ({ type: 'SNAPSHOT', cursor: beginning, id, siteId, value }),
    )
    return [...(after === undefined ? [] : [mark('RESYNC', beginning)]), ...all, mark('LIVE', this.cursor)]
  }

  #only(inner: AsyncGenerator<LogEvent>, sees: (event: LogEvent) => boolean): AsyncGenerator<LogEvent> {
    return {
      async next() {
        for (;;) {
          const step = await inner.next()
          if (step.done || sees(step.value)) return step
        }
      },
      return: (value) => inner.return(value),
      throw: (error) => inner.throw(error),
      [Symbol.asyncIterator]() {
        return this
      },
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
  }
}
