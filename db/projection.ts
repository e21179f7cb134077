import { setTimeout as sleep } from 'node:timers/promises'
import type { DataSource, EntityManager } from 'typeorm'
import type { DeviceChanged } from '#core/contract/devices.js'
import type { TopicName } from '#core/contract/topics.js'
import type { Log } from '#core/service/log.js'
import type { TopicEvent, Topics } from '#core/service/topics.js'
import { traced } from '#core/service/trace.js'

/** SQL for a migration: where followers of a schema keep how far they read. */
export const followerTable = `CREATE TABLE follower (name text PRIMARY KEY, cursor text NOT NULL)`

export interface FollowOptions<Name extends TopicName> {
  source: DataSource
  topics: Topics
  topic: Name
  /** Unique in the schema; the place is kept under this name. */
  name: string
  /** Acts on some events, in order, in one transaction with the place: each event takes effect exactly once. */
  apply: (manager: EntityManager, events: readonly TopicEvent<Name>[]) => Promise<void>
  /** Called when there is no place yet, or the topic no longer reaches back to it. Reading goes on from the newest event. */
  lost?: () => Promise<void>
  log: Log
}

/** Follows a topic for ever, exactly once, over restarts and outages. */
export function follow<Name extends TopicName>({
  source,
  topics,
  topic,
  name,
  apply,
  lost,
  log,
}: FollowOptions<Name>): AsyncDisposable {
  const stop = new AbortController()

  async function place(): Promise<string> {
    const [row] = (await source.query('SELECT cursor FROM follower WHERE name = $1', [name])) as {
      cursor: string
    }[]
    if (row && (await topics.reaches(topic, row.cursor))) return row.cursor
    const head = await topics.head(topic)
    await lost?.()
    await keep(source.manager, head)
    return head
  }
  const keep = (manager: EntityManager, cursor: string) =>
    manager.query(
      'INSERT INTO follower (name, cursor) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor',
      [name, cursor],
    )

  async function run(): Promise<void> {
    const after = await place()
    for await (const events of topics.batches(topic, { after, signal: stop.signal })) {
      const take = () =>
        source.transaction(async (manager) => {
          await apply(manager, events)
          await keep(manager, events.at(-1)?.cursor ?? after)
        })
      const causes = events.map(({ traceparent }) => traceparent)
      const attributes = { 'sotp.follower': name, 'messaging.batch.message_count': events.length }
      await traced(`process ${topic}`, attributes, take, { kind: 'consumer', root: true, causes })
    }
  }

  const done = (async () => {
    while (!stop.signal.aborted) {
      try {
        await run()
      } catch (error) {
        if (!stop.signal.aborted)
          log.warn({ err: error, topic, follower: name }, 'follower stopped, will read again')
        await sleep(1000, undefined, { signal: stop.signal }).catch(() => {})
      }
    }
  })()

  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}

/** SQL for a migration: the little that another schema must know of inventory's devices. */
export const deviceTable = `CREATE TABLE device (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  address text NOT NULL,
  site_id uuid,
  site_name text,
  kind text NOT NULL,
  status text NOT NULL,
  tags text[] NOT NULL,
  monitoring jsonb NOT NULL
)`

/** Keeps the caller's `device` table like inventory's; asks inventory to tell everything where it has a gap. */
export function followDevices(options: {
  source: DataSource
  topics: Topics
  name: string
  log: Log
  /** Runs in the same transaction, after the table was changed. */
  changed?: (manager: EntityManager, events: readonly DeviceChanged[]) => Promise<void>
}): AsyncDisposable {
  const { source, topics, name, log, changed } = options
  return follow({
    source,
    topics,
    topic: 'device.changed',
    name,
    log,
    lost: () => topics.publish('device.resync', { v: 1, kind: 'device.resync', requestedBy: name }),
    async apply(manager, items) {
      const events = items.map(({ event }) => event)
      const latest = [...new Map(events.map((event) => [event.device.id, event])).values()]
      await manager.query(
        `INSERT INTO device (id, name, address, site_id, site_name, kind, status, tags, monitoring)
         SELECT id, name, address, "siteId", "siteName", kind, status, tags, monitoring
         FROM jsonb_to_recordset($1::jsonb)
           AS d (id uuid, name text, address text, "siteId" uuid, "siteName" text, kind text, status text, tags text[], monitoring jsonb)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, address = excluded.address, site_id = excluded.site_id,
           site_name = excluded.site_name, kind = excluded.kind, status = excluded.status, tags = excluded.tags, monitoring = excluded.monitoring`,
        [JSON.stringify(latest.map(({ device }) => device))],
      )
      await changed?.(manager, events)
    },
  })
}
