import type { Monitoring } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import { type CollectorKind, collectorKind } from '#core/contract/telemetry.js'
import type { DataSource } from '#db/source.js'

export const kinds = collectorKind.options

/** A device that is to be polled. */
export interface Planned {
  target: PollTarget
  /** For each kind that is enabled, all that decides how the device answers: when it changes, it is polled at once. */
  keys: Partial<Record<CollectorKind, string>>
  /** Whether it changed a moment ago. */
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
const pageSize = 1000

/**
 * Devices that are to be polled, all or of these ids, by id. Deleted and disabled ones are not. All are read in pages,
 * so that thousands do not hold the event loop.
 */
export async function readPlanned(
  source: DataSource,
  ids: readonly string[] | 'all',
): Promise<Map<string, Planned>> {
  if (ids !== 'all') return planned(await source.query(statement('d.id = ANY($1::uuid[])'), [ids]))
  const all = new Map<string, Planned>()
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows: Row[] = await source.query(statement('d.id > $1', `ORDER BY d.id LIMIT ${pageSize}`), [after])
    for (const [id, device] of planned(rows)) all.set(id, device)
    if (rows.length < pageSize) return all
    after = rows.at(-1)?.deviceId ?? after
  }
}

const statement = (condition: string, rest = ''): string => `
  SELECT d.id AS "deviceId", d.name, d.address, d.monitoring,
    d.updated_at > now() - make_interval(secs => ${recentSeconds}) AS recent,
    coalesce((SELECT array_agg(l.credential_id::text ORDER BY l.position) FROM device_credential l WHERE l.device_id = d.id), '{}')
      AS "credentialRefs"
  FROM device d WHERE d.deleted_at IS NULL AND d.status <> 'DISABLED' AND ${condition} ${rest}`

const planned = (rows: readonly Row[]): Map<string, Planned> =>
  new Map(
    rows.map(({ monitoring, recent, ...row }) => {
      const target = { ...row, icmp: monitoring.icmp, snmp: monitoring.snmp }
      const keys = {
        ...(target.icmp.enabled && { icmp: JSON.stringify([target.address, target.icmp]) }),
        ...(target.snmp?.enabled && {
          snmp: JSON.stringify([target.address, target.snmp, target.credentialRefs]),
        }),
      }
      return [row.deviceId, { target, keys, recent }]
    }),
  )

/** Seconds between polls of this kind; undefined where the device is not polled so. */
export function intervalOf(target: PollTarget, kind: CollectorKind): number | undefined {
  const settings = target[kind]
  return settings?.enabled ? settings.intervalSeconds : undefined
}
