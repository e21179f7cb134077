import type { Monitoring } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import { type CollectorKind, collectorKind } from '#core/contract/telemetry.js'
import type { DataSource } from '#db/source.js'

export const kinds = collectorKind.options

/** A device that is to be polled, and whether it changed a moment ago. */
export interface Planned {
  target: PollTarget
  recent: boolean
}

interface Row {
  deviceId: string
  name: string
  address: string
  monitoring: Monitoring
  credentialRefs: string[]
  recent: boolean
}

const recentSeconds = 60

/** Devices that are to be polled, all or of these ids, by id. Deleted and disabled ones are not. */
export async function readPlanned(
  source: DataSource,
  ids: readonly string[] | 'all',
): Promise<Map<string, Planned>> {
  const rows: Row[] = await source.query(
    `SELECT d.id AS "deviceId", d.name, d.address, d.monitoring,
       d.updated_at > now() - make_interval(secs => ${recentSeconds}) AS recent,
       coalesce(array_agg(l.credential_id::text ORDER BY l.position) FILTER (WHERE l.credential_id IS NOT NULL), '{}')
         AS "credentialRefs"
     FROM device d LEFT JOIN device_credential l ON l.device_id = d.id
     WHERE d.deleted_at IS NULL AND d.status <> 'DISABLED' ${ids === 'all' ? '' : 'AND d.id = ANY($1::uuid[])'}
     GROUP BY d.id`,
    ids === 'all' ? [] : [ids],
  )
  return new Map(
    rows.map(({ monitoring, recent, ...row }) => [
      row.deviceId,
      { target: { ...row, icmp: monitoring.icmp, snmp: monitoring.snmp }, recent },
    ]),
  )
}

/** Seconds between polls of this kind; undefined where the device is not polled so. */
export function intervalOf(target: PollTarget, kind: CollectorKind): number | undefined {
  const settings = target[kind]
  return settings?.enabled ? settings.intervalSeconds : undefined
}

/** All that decides how a device answers a poll of this kind: when it changes, the device is polled at once. */
export function pollKey(target: PollTarget | undefined, kind: CollectorKind): string | undefined {
  if (!target || intervalOf(target, kind) === undefined) return undefined
  const credentials = kind === 'snmp' ? target.credentialRefs : []
  return JSON.stringify([target.address, target[kind], credentials])
}
