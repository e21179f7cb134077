import type { Redis } from 'ioredis'
import type * as z from 'zod'

import { type TopicName, topics } from '../contract/topics.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import { openRedis } from './redis.js'
import { isRecorded, recordedTraceparent, traced } from './trace.js'

type Payload<Name extends TopicName> = z.infer<(typeof topics)[Name]['schema']>

/** An event and its place in the topic. Cursors are opaque to clients and grow along the topic. */
export interface TopicEvent<Name extends TopicName> {
  cursor: string
  event: Payload<Name>
  /** Where in which trace it was published, if that trace is recorded: a `cause` for what is done with the event. */
  traceparent?: string
}

export interface Topics {
  /**
   * Appends an event. With `id` (an outbox row's id) a repeat of the same or an earlier id changes nothing.
   * @throws ZodError when the event does not fit the topic's schema.
   */
  publish<Name extends TopicName>(topic: Name, event: Payload<Name>, id?: bigint): Promise<void>
  /** Cursor of the newest event; `0-0` when there is none. */
  head(topic: TopicName): Promise<string>
  /** Whether every event after `cursor` can still be read. False: take a new snapshot. */
  reaches(topic: TopicName, cursor: string): Promise<boolean>
  /** Up to `limit` events after `after`, at once; empty only where there are no more now. */
  read<Name extends TopicName>(topic: Name, after: string, limit: number): Promise<TopicEvent<Name>[]>
  /** Every event after `after`, for ever, in order, until `signal` aborts. */
  subscribe<Name extends TopicName>(topic: Name, options: ReadOptions): AsyncGenerator<TopicEvent<Name>>
  /** The same, as many at a time as have come since the last were taken (at most 500). */
  batches<Name extends TopicName>(topic: Name, options: ReadOptions): AsyncGenerator<TopicEvent<Name>[]>
  [Symbol.asyncDispose](): Promise<void>
}

interface ReadOptions {
  /** Read what came after this cursor; left out, from now on. */
  after?: string
  signal: AbortSignal
}

const key = (topic: TopicName) => `sotp:topic:${topic}`
const cursorPattern = /^\d{1,20}-\d{1,20}$/
/** Whether the text has the form of a cursor; `reaches` says whether it is a useful one. */
export const isCursor = (text: string): boolean => cursorPattern.test(text)
/** Second field of an entry, beside `event`; only there where the publisher's trace is recorded. */
const traceField = 'traceparent'
const spanOf = (topic: TopicName) => ({
  'messaging.system': 'redis',
  'messaging.operation.type': 'send',
  'messaging.destination.name': topic,
})
const batchMax = 500
const blockMs = 5000

/** Orders two cursors: negative when `a` lies before `b`. */
export function compareCursors(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-')
  const [bMs = '0', bSeq = '0'] = b.split('-')
  const difference = BigInt(aMs) - BigInt(bMs) || BigInt(aSeq) - BigInt(bSeq)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Topics on Redis Streams. Each subscription reads on a connection of its own; share it (`shareTopic`) for many readers. */
export function openTopics({ redisUrl, log }: { redisUrl: string; log: Log }): Topics {
  const redis = openRedis(redisUrl, log)
  const readers = new Set<Redis>()

  async function* batches<Name extends TopicName>(
    topic: Name,
    { after, signal }: ReadOptions,
  ): AsyncGenerator<TopicEvent<Name>[]> {
    if (after !== undefined && !isCursor(after)) throw new RangeError(`not a cursor: ${after}`)
    let cursor = after ?? (await head(topic))
    const reader = openRedis(redisUrl, log)
    readers.add(reader)
    let stop = () => {}
    // A command that waits for a reconnection is never answered once that is called off.
    const stopped = new Promise<null>((resolve) => {
      stop = () => {
        reader.disconnect()
        resolve(null)
      }
    })
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        const answer = reader
          .xread('COUNT', batchMax, 'BLOCK', blockMs, 'STREAMS', key(topic), cursor)
          .catch((error: unknown) => {
            if (!signal.aborted) throw error
            return null
          })
        const read = await Promise.race([answer, stopped])
        const entries = read?.[0]?.[1] ?? []
        cursor = entries.at(-1)?.[0] ?? cursor
        const events = entries.flatMap((entry) => readEntry(topic, entry))
        if (events.length > 0 && !signal.aborted) yield events
      }
    } finally {
      signal.removeEventListener('abort', stop)
      readers.delete(reader)
      reader.disconnect()
    }
  }

  async function* subscribe<Name extends TopicName>(
    topic: Name,
    options: ReadOptions,
  ): AsyncGenerator<TopicEvent<Name>> {
    for await (const events of batches(topic, options)) {
      for (const event of events) {
        if (options.signal.aborted) return
        yield event
      }
    }
  }

  async function read<Name extends TopicName>(
    topic: Name,
    after: string,
    limit: number,
  ): Promise<TopicEvent<Name>[]> {
    if (!isCursor(after)) throw new RangeError(`not a cursor: ${after}`)
    let cursor = after
    for (;;) {
      const rows = await redis.xrange(key(topic), `(${cursor}`, '+', 'COUNT', limit)
      const events = rows.flatMap((row) => readEntry(topic, row))
      if (events.length > 0 || rows.length < limit) return events
      cursor = rows.at(-1)?.[0] ?? cursor
    }
  }

  function readEntry<Name extends TopicName>(
    topic: Name,
    [cursor, [, text, second, traceparent]]: [id: string, fields: string[]],
  ): TopicEvent<Name>[] {
    const event = parse(topic, text)
    if (!event) return []
    return [{ cursor, event, ...(second === traceField && traceparent && { traceparent }) }]
  }

  function parse<Name extends TopicName>(topic: Name, text: string | undefined): Payload<Name> | undefined {
    try {
      return topics[topic].schema.parse(JSON.parse(text ?? '')) as Payload<Name>
    } catch (error) {
      count('sotp_topic_unreadable_total', { topic })
      log.warn({ topic, err: error }, 'event could not be read, skipped')
      return undefined
    }
  }

  async function head(topic: TopicName): Promise<string> {
    const [newest] = await redis.xrevrange(key(topic), '+', '-', 'COUNT', 1)
    return newest?.[0] ?? '0-0'
  }

  async function append(topic: TopicName, text: string, id: bigint | undefined): Promise<void> {
    const place = id === undefined ? '*' : `${id}-0`
    const traceparent = recordedTraceparent()
    const fields = ['event', text, ...(traceparent ? [traceField, traceparent] : [])]
    try {
      await redis.xadd(key(topic), 'MAXLEN', '~', topics[topic].keep, place, ...fields)
    } catch (error) {
      // Redis refuses an id at or before its newest: this outbox row was published before a crash.
      if (id === undefined || !String(error).includes('equal or smaller')) throw error
    }
  }

  return {
    async publish(topic, event, id) {
      const text = JSON.stringify(topics[topic].schema.parse(event))
      const send = () => append(topic, text, id)
      // Thousands a second may pass here, most of them of no trace that is recorded.
      if (!isRecorded()) return send()
      return traced(`send ${topic}`, spanOf(topic), send, { kind: 'producer' })
    },
    head,
    async reaches(topic, cursor) {
      if (!isCursor(cursor)) return false
      const [oldest] = await redis.xrange(key(topic), '-', '+', 'COUNT', 1)
      const newest = await head(topic)
      if (compareCursors(cursor, newest) > 0) return false
      if (!oldest || compareCursors(oldest[0], cursor) <= 0) return true
      // The oldest event lies after the cursor: fine only if nothing was ever trimmed.
      const info = (await redis.xinfo('STREAM', key(topic))) as unknown[]
      return Number(info[info.indexOf('entries-added') + 1]) === Number(info[info.indexOf('length') + 1])
    },
    read,
    subscribe,
    batches,
    async [Symbol.asyncDispose]() {
      for (const reader of readers) reader.disconnect()
      redis.disconnect()
    },
  }
}
