import type { Redis } from 'ioredis'
import type * as z from 'zod'

/** Answers to jobs that somebody waits for, through Redis. */
export interface Replies {
  /** Whoever asked may be gone: then the answer lapses after a minute. */
  send(id: string, answer: unknown): Promise<void>
  /**
   * Waits for the answer on a connection of its own; undefined when none came within `limitMs`.
   * @throws ZodError when it does not fit the schema
   */
  wait<Schema extends z.ZodType>(
    id: string,
    schema: Schema,
    limitMs: number,
  ): Promise<z.infer<Schema> | undefined>
}

const keepSeconds = 60
const key = (id: string) => `sotp:reply:${id}`

export const openReplies = (redis: Redis): Replies => ({
  async send(id, answer) {
    await redis.multi().lpush(key(id), JSON.stringify(answer)).expire(key(id), keepSeconds).exec()
  },
  async wait(id, schema, limitMs) {
    const own = redis.duplicate()
    own.on('error', () => {})
    // A Redis that is away answers nothing, not even that the time is over.
    const late = setTimeout(() => own.disconnect(), limitMs + 500)
    try {
      const found = await own.blpop(key(id), limitMs / 1000).catch(() => null)
      return found ? schema.parse(JSON.parse(found[1])) : undefined
    } finally {
      clearTimeout(late)
      own.disconnect()
    }
  },
})
