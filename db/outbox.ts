import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { EntityManager } from 'typeorm'
import type * as z from 'zod'

import { type TopicName, topics } from '#core/contract/topics.js'
import type { Log } from '#core/service/log.js'
import type { Topics } from '#core/service/topics.js'
import { recordedTraceparent, withTraceparent } from '#core/service/trace.js'

import { lead } from './lead.js'

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
  async function work(signal: AbortSignal, session: pg.Client): Promise<void> {
    let wake = () => {}
    session.on('notification', ({ payload }) => payload === schema && wake())
    signal.addEventListener('abort', () => wake(), { once: true })
    await session.query(`SET search_path TO ${pg.escapeIdentifier(schema)}`)
    await session.query('LISTEN sotp_outbox')
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      if (await publishSome(session)) continue
      await Promise.race([woken, sleep(quietMs, undefined, { ref: false })])
    }
  }

  async function publishSome(session: pg.Client): Promise<boolean> {
    const { rows } = await session.query<OutboxRow>(
      'SELECT id, topic, event, traceparent FROM outbox ORDER BY id LIMIT 500',
    )
    for (const { id, topic, event, traceparent } of rows) {
      await withTraceparent(traceparent ?? undefined, () => bus.publish(topic, event, BigInt(id)))
    }
    if (rows.length > 0) await session.query('DELETE FROM outbox WHERE id <= $1', [rows.at(-1)?.id])
    return rows.length > 0
  }

  return lead({ databaseUrl, name: `sotp_outbox_${schema}`, log, work })
}

/** A notification may be lost with its connection; the rows are not. */
const quietMs = 1000
