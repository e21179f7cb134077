import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

import type { Log } from '#core/service/log.js'

const retryMs = 1000
const pingMs = 5000
const leaveMs = 2000

export interface LeadOptions {
  databaseUrl: string
  /** One process at a time leads under this name. */
  name: string
  /** Runs while this process leads; must end when `signal` aborts. `session` is the connection that holds the lock. */
  work: (signal: AbortSignal, session: pg.Client) => Promise<void>
  log: Log
}

/** Resolves when the signal aborts: the end of work that goes on by itself until then. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

/**
 * Lets one process at a time do the work: the one that holds an advisory lock, for as long as its session lives. The
 * others stand by and take over within about a second.
 */
export function lead({ databaseUrl, name, work, log }: LeadOptions): AsyncDisposable {
  const stop = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stop.signal }).catch(() => {})

  async function term(): Promise<void> {
    const lost = new AbortController()
    const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true })
    client.on('error', () => lost.abort())
    client.on('end', () => lost.abort())
    const signal = AbortSignal.any([stop.signal, lost.signal])
    await client.connect()
    try {
      while (!signal.aborted && !(await take(client))) await pause(retryMs)
      if (signal.aborted) return
      log.info({ name }, 'leading')
      const ping = setInterval(() => client.query('SELECT 1').catch(() => lost.abort()), pingMs)
      try {
        await work(signal, client)
      } finally {
        clearInterval(ping)
      }
    } finally {
      await client.end().catch(() => {})
    }
  }

  const take = async (client: pg.Client): Promise<boolean> => {
    const { rows } = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock(hashtext($1)) AS held',
      [name],
    )
    return rows[0]?.held ?? false
  }

  const done = (async () => {
    while (!stop.signal.aborted) {
      try {
        await term()
      } catch (error) {
        if (!stop.signal.aborted) log.warn({ err: error, name }, 'cannot lead, will retry')
      }
      await pause(retryMs)
    }
  })()

  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      // Work that waits for a Redis that is away ends when its connection is closed, which comes after this.
      await Promise.race([done, sleep(leaveMs, undefined, { ref: false })])
    },
  }
}
