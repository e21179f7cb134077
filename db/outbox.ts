import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { EntityManager } from 'typeorm'
import type * as z from 'zod'

import { type TopicName, topics } from '#core/contract/topics.js'
import type { Log } from '#core/service/log.js'
import type { Topics } from '#core/service/topics.js'
import { recordedTraceparent, withTraceparent } from '#core/service/trace.js'

type Payload<Name extends TopicName> = z.infer<(typeof topics)[Name]['schema']>

/**
 * Appends events to the outbox of the caller's schema within the caller's transaction, in one statement. Returns
 * the cursor that each will have in its topic.
 *
 * An id is the time in µs, made to grow: the row lock on `outbox_last`, held until commit, makes ids appear in commit
 * order, and a new database goes on above what an older one published. A row keeps the place in the trace that wrote
 * it, if that is recorded, so that readers of the event can be traced back to the change.
 */
export async function appendOutbox<Name extends TopicName>(
  manager: EntityManager,
  topic: Name,
  events: readonly Payload<Name>[],
): Promise<string[]> {
  if (events.length === 0) return []
  const parsed = events.map((event) => topics[topic].schema.parse(event))
  const [{ last }] = (
    await manager.query(
      `UPDATE outbox_last SET id = greatest(id, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) + $1 RETURNING id AS last`,
      [parsed.length],
    )
  )[0] as [{ last: string }]
  const first = BigInt(last) - BigInt(parsed.length) + 1n
  await manager.query(
    `INSERT INTO outbox (id, topic, event, traceparent)
     SELECT $1::bigint + ordinality - 1, $2, event, $4 FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS e (event, ordinality)`,
    [first.toString(), topic, JSON.stringify(parsed), recordedTraceparent() ?? null],
  )
  await manager.query(`SELECT pg_notify('sotp_outbox', current_schema())`)
  return parsed.map((_, index) => `${first + BigInt(index)}-0`)
}

interface OutboxRow {
  id: string
  topic: TopicName
  event: never
  traceparent: string | null
}

export interface OutboxRelayOptions {
  databaseUrl: string
  schema: string
  topics: Topics
  log: Log
}

/**
 * Publishes the outbox of one schema, in order, each event exactly once in its topic: the row's id is the event's id
 * there, so a repeat after a crash is refused. Several relays may run; an advisory lock lets one work.
 */
export function startOutboxRelay({
  databaseUrl,
  schema,
  topics: bus,
  log,
}: OutboxRelayOptions): AsyncDisposable {
  const stop = new AbortController()
  const done = (async () => {
    while (!stop.signal.aborted) {
      try {
        await relay()
      } catch (error) {
        if (!stop.signal.aborted)
          log.warn({ err: error, schema }, 'outbox relay lost its database, will retry')
        await sleep(500, undefined, { signal: stop.signal }).catch(() => {})
      }
    }
  })()

  async function relay(): Promise<void> {
    const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` })
    let wake = () => {}
    let broken: Error | undefined
    client.on('notification', ({ payload }) => payload === schema && wake())
    client.on('error', (error) => {
      broken = error
      wake()
    })
    const halt = () => wake()
    stop.signal.addEventListener('abort', halt)
    await client.connect()
    try {
      await client.query('LISTEN sotp_outbox')
      while (!stop.signal.aborted && !broken) {
        const { rows } = await client.query<{ held: boolean }>(
          `SELECT pg_try_advisory_lock(hashtext($1)) AS held`,
          [`sotp_outbox_${schema}`],
        )
        if (rows[0]?.held) break
        await sleep(1000, undefined, { signal: stop.signal }).catch(() => {})
      }
      while (!stop.signal.aborted && !broken) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve
        })
        if (await publishSome(client)) continue
        await Promise.race([woken, sleep(1000, undefined, { ref: false })])
      }
      if (broken) throw broken
    } finally {
      stop.signal.removeEventListener('abort', halt)
      await client.end().catch(() => {})
    }
  }

  async function publishSome(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<OutboxRow>(
      'SELECT id, topic, event, traceparent FROM outbox ORDER BY id LIMIT 500',
    )
    for (const { id, topic, event, traceparent } of rows) {
      await withTraceparent(traceparent ?? undefined, () => bus.publish(topic, event, BigInt(id)))
    }
    if (rows.length > 0) await client.query('DELETE FROM outbox WHERE id <= $1', [rows.at(-1)?.id])
    return rows.length > 0
  }

  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}
