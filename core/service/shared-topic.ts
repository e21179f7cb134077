import { setTimeout as sleep } from 'node:timers/promises'

import type { TopicName } from '../contract/topics.js'
import { SotpError } from './errors.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import { compareCursors, isCursor, type TopicEvent, type Topics } from './topics.js'
import { untraced } from './trace.js'

/** One reader of a topic for all listeners of this process. */
export interface SharedTopic<Name extends TopicName> {
  /**
   * Every event after `after`, in order, without gap or repeat, until `signal` aborts; without `after` from now on.
   * "Now" is the moment of this call, not of the first read. Ask `topics.reaches` first: what history no longer holds
   * is skipped without a word. The iterator fails with SotpError SLOW_CONSUMER when the listener falls too far behind.
   * @throws SotpError BAD_USER_INPUT when `after` is not a cursor.
   */
  listen(after: string | undefined, signal: AbortSignal): AsyncGenerator<TopicEvent<Name>>
  /** Ends every listener. */
  [Symbol.asyncDispose](): Promise<void>
}

const pageSize = 500
const retryMs = 1000

/** Reads the topic while somebody listens. `bufferMax`: live events one listener may leave unread. */
export function shareTopic<Name extends TopicName>(
  topics: Topics,
  topic: Name,
  { log, bufferMax = 10_000 }: { log: Log; bufferMax?: number },
): SharedTopic<Name> {
  let tail: Tail<Name> | undefined

  async function* run(
    source: Tail<Name>,
    after: string | undefined,
    listener: Listener<Name>,
    stop: AbortController,
  ): AsyncGenerator<TopicEvent<Name>> {
    try {
      if (after !== undefined) {
        yield* history(source, after, listener, stop.signal)
        listener.joined = true
      }
      while (!stop.signal.aborted) {
        for (const item of await listener.take()) {
          if (stop.signal.aborted) return
          yield item
        }
      }
    } finally {
      stop.abort()
    }
  }

  /** Whoever resumes reads history at its own pace, and joins in the turn in which it is level with the tail. */
  async function* history(
    source: Tail<Name>,
    after: string,
    listener: Listener<Name>,
    signal: AbortSignal,
  ): AsyncGenerator<TopicEvent<Name>> {
    await source.ready
    listener.floor = after
    while (!signal.aborted && compareCursors(listener.floor, source.position) < 0) {
      const target = source.position
      const page = await topics.read(topic, listener.floor, pageSize)
      for (const item of page) {
        if (signal.aborted) return
        yield item
      }
      listener.floor = page.at(-1)?.cursor ?? target
    }
  }

  return {
    listen(after, signal) {
      if (after !== undefined && !isCursor(after)) {
        throw new SotpError('BAD_USER_INPUT', {
          message: 'after: not a cursor of this stream',
          field: 'after',
        })
      }
      if (!tail || tail.stop.signal.aborted) tail = untraced(() => startTail(topics, topic, log))
      const source = tail
      const stop = new AbortController()
      const listener = new Listener<Name>(topic, bufferMax)
      listener.joined = after === undefined
      source.listeners.add(listener)
      const end = () => {
        signal.removeEventListener('abort', end)
        stop.abort()
        listener.end()
        source.listeners.delete(listener)
        if (source.listeners.size === 0) source.stop.abort()
      }
      listener.onEnd = end
      stop.signal.addEventListener('abort', end, { once: true })
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
      return endable(stop, run(source, after, listener, stop))
    },
    async [Symbol.asyncDispose]() {
      for (const listener of [...(tail?.listeners ?? [])]) listener.onEnd()
      tail?.stop.abort()
      await tail?.done
    },
  }
}

/**
 * The events behind a cursor, or from now on, for a client that goes on where it was. `list` is what it has to load
 * where that is not possible. Aborting `stop` ends it.
 * @throws SotpError BAD_USER_INPUT when `after` is not a cursor, CONFLICT when history no longer reaches it.
 */
export async function resume<Name extends TopicName>(
  topics: Topics,
  topic: Name,
  shared: SharedTopic<Name>,
  { after, list, stop }: { after: string | null | undefined; list: string; stop: AbortController },
): Promise<AsyncGenerator<TopicEvent<Name>>> {
  const events = shared.listen(after ?? undefined, stop.signal)
  if (!after || (await topics.reaches(topic, after))) return events
  stop.abort()
  throw new SotpError('CONFLICT', {
    message: `History no longer reaches back to this cursor; load the ${list} again and subscribe without after.`,
    field: 'after',
  })
}

/** What one listener has not read yet. */
class Listener<Name extends TopicName> {
  /** False while it still reads history by itself. */
  joined = false
  /** It has everything up to here. */
  floor = '0-0'
  onEnd = (): void => {}
  #items: TopicEvent<Name>[] = []
  #ended = false
  #slow = false
  #wake = (): void => {}

  constructor(
    private readonly topic: Name,
    private readonly max: number,
  ) {}

  push(item: TopicEvent<Name>): void {
    if (!this.joined || this.#slow || compareCursors(item.cursor, this.floor) <= 0) return
    if (this.#items.length >= this.max) {
      this.#slow = true
      this.#items = []
      count('sotp_topic_slow_listeners_total', { topic: this.topic })
    } else this.#items.push(item)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** All that has come since the last call; waits for the first. Empty once it has ended. */
  async take(): Promise<TopicEvent<Name>[]> {
    while (this.#items.length === 0 && !this.#ended && !this.#slow) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#slow) {
      throw new SotpError('SLOW_CONSUMER', {
        message: `More than ${this.max} events are waiting to be read; subscribe again after the last cursor.`,
      })
    }
    const items = this.#items
    this.#items = []
    return items
  }
}

interface Tail<Name extends TopicName> {
  listeners: Set<Listener<Name>>
  /** Everything up to here was given to the listeners. */
  position: string
  /** Resolves when the position is known. */
  ready: Promise<void>
  stop: AbortController
  done: Promise<void>
}

function startTail<Name extends TopicName>(topics: Topics, topic: Name, log: Log): Tail<Name> {
  const stop = new AbortController()
  // Asked for in this turn, so that whatever is published after `listen` returned lies behind it.
  const head = topics.head(topic)
  const aborted = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  const tail: Tail<Name> = {
    listeners: new Set(),
    position: '0-0',
    ready: head.then((cursor) => {
      tail.position = cursor
    }),
    stop,
    done: Promise.resolve(),
  }
  tail.done = follow().catch((error: unknown) => {
    if (!stop.signal.aborted) log.warn({ topic, err: error }, 'topic could not be opened')
    for (const listener of [...tail.listeners]) listener.onEnd()
  })

  async function follow(): Promise<void> {
    await Promise.race([tail.ready, aborted])
    while (!stop.signal.aborted) {
      try {
        for await (const item of topics.subscribe(topic, { after: tail.position, signal: stop.signal })) {
          tail.position = item.cursor
          for (const listener of tail.listeners) listener.push(item)
        }
      } catch (error) {
        if (stop.signal.aborted) return
        log.warn({ topic, err: error }, 'topic reader stopped, will read on from where it was')
        await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => {})
      }
    }
  }
  return tail
}

/**
 * Makes `return` end a generator at once, even while it waits for its next value: `stop` is aborted first, and the
 * generator must watch it. GraphQL ends subscriptions with `return`, which a plain generator leaves until it wakes.
 */
export function endable<T>(stop: AbortController, inner: AsyncGenerator<T>): AsyncGenerator<T> {
  return {
    next: () => inner.next(),
    return(value) {
      stop.abort()
      return inner.return(value)
    },
    throw(error) {
      stop.abort()
      return inner.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await inner.return(undefined)
    },
  }
}
