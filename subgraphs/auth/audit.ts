import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import * as z from 'zod'

import { queues } from '#core/contract/queues.js'
import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'
import { openQueue } from '#core/service/queue.js'
import type { RoomOptions, RunningRoom } from '#core/service/room.js'
import { openAnchorSeal } from '#db/audit/anchor.js'
import { Anchorer } from '#db/audit/anchorer.js'
import { auditChannel, writeAudit } from '#db/audit/record.js'
import { lead } from '#db/lead.js'
import { openSource } from '#db/source.js'

/** It has no settings of its own. */
export const config = z.object({})

const sealAtMost = 500
/** A notification may be lost with its connection; the rows are not. */
const quietMs = 1000
const waitMaxMs = 60_000
const hourMs = 3_600_000

/**
 * Seals what was written down for the audit log into its chain, and signs the end of the chain with the hours of UTC, of
 * which one ends the day. Several may run; one works, the others stand by. All take in the events of processes that
 * have no database.
 */
export async function start({ config: settings, log, health }: RoomOptions): Promise<RunningRoom> {
  const { SOTP_DATABASE_URL: databaseUrl, SOTP_REDIS_URL: redisUrl, SOTP_SECRETS_KEY: secretsKey } = settings
  await using stack = new AsyncDisposableStack()
  const source = await openSource({ url: databaseUrl, schema: 'auth', entities: [], poolMax: 4 })
  stack.defer(() => source.destroy())
  const told = stack.use(openQueue(queues.audit, { redisUrl, log }))
  told.process(1, (event) => writeAudit(source, [event]))
  health.add('auth.audit', async () => {
    const waitingMs = await waitingSince(source)
    if (waitingMs > waitMaxMs)
      throw new Error(`audit events have waited ${Math.round(waitingMs / 1000)} s to be sealed`)
  })

  const anchorer = new Anchorer({
    source,
    seal: openAnchorSeal([secretsKey, ...settings.SOTP_SECRETS_KEYS_OLD]),
    log,
  })
  const work = async (signal: AbortSignal, session: pg.Client): Promise<void> => {
    let wake = () => {}
    session.on('notification', () => wake())
    signal.addEventListener('abort', () => wake(), { once: true })
    await session.query(`LISTEN ${auditChannel}`)
    let signedInHour = -1
    let signing: Promise<void> = Promise.resolve()
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      if ((await seal(session)) === sealAtMost) continue
      await waitingSince(source)
      const hour = Math.floor(Date.now() / hourMs)
      // Beside the sealing: where there is no anchor to go on from, it reads the whole log.
      if (hour !== signedInHour) signing = signing.then(() => sign(anchorer, log))
      signedInHour = hour
      await Promise.race([woken, sleep(quietMs, undefined, { ref: false })])
    }
    // What was done while the others stopped; of a session that was lost nothing more can be had.
    await seal(session).catch(() => {})
    await signing
    await sign(anchorer, log)
  }
  stack.use(lead({ databaseUrl, name: 'sotp_audit_seal', work, log }))
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function seal(session: pg.Client): Promise<number> {
  const { rows } = await session.query<{ n: string }>('SELECT audit.seal($1) AS n', [sealAtMost])
  const sealed = Number(rows[0]?.n)
  count('sotp_audit_sealed_total', {}, sealed)
  return sealed
}

/** An anchor that could not be written is made up for by the next one. */
async function sign(anchorer: Anchorer, log: Log): Promise<void> {
  try {
    await anchorer.sign()
  } catch (error) {
    log.warn({ err: error }, 'audit log could not be signed')
  }
}

/** How long the oldest event has waited to be sealed, ms; 0: none waits. */
async function waitingSince(source: { query(sql: string): Promise<unknown> }): Promise<number> {
  const [{ rows, ms }] = (await source.query(
    `SELECT count(*)::int AS rows,
       coalesce(extract(epoch FROM clock_timestamp() - min(written_at)) * 1000, 0)::float8 AS ms FROM audit.inbox`,
  )) as [{ rows: number; ms: number }]
  gauge('sotp_audit_waiting', rows)
  gauge('sotp_audit_oldest_seconds', ms / 1000)
  return ms
}
