import type { TrapBatch, TrapReceived } from '#core/contract/traps.js'
import { appendOutbox } from '#db/outbox.js'
import type { DataSource, EntityManager } from '#db/source.js'

interface Stored {
  id: string
  inserted: boolean
  deviceId: string | null
  siteId: string | null
}

const iso = (at: number) => new Date(at).toISOString()

/**
 * Stores what a collector received, and tells of it. A trap that is known is only given its new repeats; a batch that
 * comes again changes nothing and tells nothing.
 */
export function storeTraps(source: DataSource, batch: TrapBatch, now: number): Promise<void> {
  return source.transaction(async (manager) => {
    await storeCounts(manager, batch)
    const stored = await upsert(manager, batch, now)
    const traps = new Map(batch.traps.map((trap) => [trap.id, trap]))
    const events = stored.flatMap(({ id, inserted, deviceId, siteId }): TrapReceived[] => {
      const found = traps.get(id)
      if (!found) return []
      const { raw: _, ...trap } = found
      return [
        {
          v: 1,
          kind: 'trap.received',
          repeated: !inserted,
          storedAt: now,
          siteId,
          trap: { ...trap, deviceId },
        },
      ]
    })
    // The last thing a transaction does: it waits for others that tell.
    await appendOutbox(manager, 'trap.received', events)
  })
}

/**
 * A device that is not polled is in no plan, so a collector cannot know it: its address is looked up here.
 * In the order of their ids, so that two batches can never lock each other out.
 */
async function upsert(manager: EntityManager, { traps }: TrapBatch, now: number): Promise<Stored[]> {
  if (traps.length === 0) return []
  const rows = traps.map((trap) => ({ ...trap, at: iso(trap.at), lastAt: iso(trap.lastAt) }))
  return manager.query(
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, at timestamptz, "lastAt" timestamptz, repeats int,
         source text, "sourcePort" int, "deviceId" uuid, version text, kind text, oid text, name text, severity text,
         category text, summary text, "upTimeTicks" bigint, "agentAddress" text, "engineId" text, "user" text,
         varbinds jsonb, refusal text, detail text, raw text)
     ), stored AS (
       INSERT INTO trap AS t (id, at, last_at, stored_at, repeats, source, source_port, device_id, version, kind, oid, name,
         severity, category, summary, up_time_ticks, agent_address, engine_id, user_name, varbinds, refusal, detail, raw)
       SELECT id, at, "lastAt", $2::timestamptz, repeats, source, "sourcePort",
         coalesce("deviceId", (SELECT (array_agg(d.id))[1] FROM device d
           WHERE d.address = n.source AND d.status <> 'DELETED' HAVING count(*) = 1)),
         version, kind, oid, name, severity, category, summary, "upTimeTicks", "agentAddress", "engineId", "user",
         varbinds, refusal, detail, decode(raw, 'base64')
       FROM given n ORDER BY id
       ON CONFLICT (id) DO UPDATE SET repeats = excluded.repeats, last_at = excluded.last_at
         WHERE t.repeats < excluded.repeats
       RETURNING id, xmax = 0 AS inserted, device_id
     )
     SELECT s.id, s.inserted, s.device_id AS "deviceId", d.site_id AS "siteId"
     FROM stored s JOIN given g ON g.id = s.id LEFT JOIN device d ON d.id = s.device_id ORDER BY g.at, g.id`,
    [JSON.stringify(rows), iso(now)],
  )
}

async function storeCounts(manager: EntityManager, { id, at, counts }: TrapBatch): Promise<void> {
  if (counts.length === 0) return
  await manager.query(
    `INSERT INTO trap_count (report_id, at, source, outcome, datagrams)
     SELECT $1, $2, coalesce(source, ''), outcome, datagrams
     FROM jsonb_to_recordset($3::jsonb) AS n (source text, outcome text, datagrams int)
     ON CONFLICT DO NOTHING`,
    [id, iso(at), JSON.stringify(counts)],
  )
}
