import type { CollectorKind } from '#core/contract/telemetry.js'
import { type Scope, siteIdsOf } from '#core/service/scope.js'
import type { DataSource } from '#db/source.js'
import type { Store } from '#db/store/store.js'

/** What one minute of polling brought. */
export interface MinuteFigures {
  minute: Date
  collector: CollectorKind
  polls: number
  failed: number
  samples: number
}

/** The last full minutes, oldest first, for each collector that polled in them. */
export async function readMinutes(source: DataSource, minutes: number): Promise<MinuteFigures[]> {
  return source.query(
    `SELECT minute, collector, polls, failed, samples::float8 AS samples FROM ingest_minute
     WHERE minute >= date_trunc('minute', now()) - make_interval(mins => $1) AND minute < date_trunc('minute', now())
     ORDER BY minute, collector`,
    [minutes],
  )
}

/** Samples and outcomes of polls that were left out. */
export interface RefusedFigures {
  reason: string
  count: number
  lastAt: Date
}

/** What was refused in the last 24 hours by reason, most first. */
export async function readRefused(source: DataSource): Promise<RefusedFigures[]> {
  return source.query(
    `SELECT reason, sum(count)::float8 AS count, max(minute) AS "lastAt" FROM refused_minute
     WHERE minute >= now() - interval '24 hours' GROUP BY reason ORDER BY 2 DESC, reason LIMIT 100`,
  )
}

export interface SlowFigures {
  deviceId: string
  responseMs: number
  at: Date
}

const recentMs = 15 * 60_000

/** The devices within the scope whose latest SNMP poll of the last 15 minutes took longest. */
export async function readSlowest(
  parts: { source: DataSource; store: Pick<Store, 'latest'> },
  scope: Scope,
  { first, now }: { first: number; now: number },
): Promise<SlowFigures[]> {
  const devices = (await parts.source.query(
    'SELECT device_id FROM device_state WHERE $1::uuid[] IS NULL OR site_id = ANY($1)',
    [siteIdsOf(scope)],
  )) as { device_id: string }[]
  const latest = await parts.store.latest(
    { metrics: ['snmp.response'], deviceIds: devices.map(({ device_id }) => device_id) },
    new Date(now - recentMs),
  )
  return latest
    .map(({ deviceId, value, at }) => ({ deviceId, responseMs: value, at }))
    .toSorted((a, b) => b.responseMs - a.responseMs)
    .slice(0, first)
}
