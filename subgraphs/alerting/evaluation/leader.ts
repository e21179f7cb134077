import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

import type { Log } from '#core/service/log.js'

const retryMs = 1000

export interface LeadOptions {
  databaseUrl: string
  /** Unique in the database. */
  name: string
  /** Starts what only one process may do; it is disposed when the lead is lost. */
  work: () => AsyncDisposable
  log: Log
}

/**
 * Runs `work` in one process at a time: whoever holds an advisory lock leads, the others stand by and take over within
 * about a second. The lock lives as long as its connection, so a process that dies gives it up.
 */
export function startLeader({ databaseUrl, name, work, log }: LeadOptions): AsyncDisposable {
  const stop = new AbortController()

  async function lead(): Promise<void> {
    const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true })
    const lost = new Promise<void>((resolve) => {
      client.on('error', () => resolve())
      client.on('end', () => resolve())
    })
    const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
    await client.connect()
    try {
      while (!stop.signal.aborted) {
        const { rows } = await client.query<{ held: boolean }>(
          'SELECT pg_try_advisory_lock(hashtext($1)) AS held',
          [name],
        )
        if (rows[0]?.held) break
        await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => {})
      }
      if (stop.signal.aborted) return
      await using _work = work()
      await Promise.race([lost, stopped])
    } finally {
      await client.end().catch(() => {})
    }
  }

  const done = (async () => {
    while (!stop.signal.aborted) {
      await lead().catch((error: unknown) => log.warn({ err: error, name }, 'could not lead, will retry'))
      await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()

  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}
