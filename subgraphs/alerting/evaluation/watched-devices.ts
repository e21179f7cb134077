import type { DeviceKind, DeviceRecord, DeviceStatus, Monitoring } from '#core/contract/devices.js'
import type { MetricName } from '#core/contract/metrics.js'
import type { EntityManager } from '#db/source.js'

import type { ScopedDevice } from '../rule/scope.js'

/** What judging needs to know of a device. */
export interface WatchedDevice extends ScopedDevice {
  name: string
  address: string
  siteName: string | null
  kind: DeviceKind
  status: DeviceStatus
  icmpSeconds: number | null
  snmpSeconds: number | null
}

/** From inventory's words. */
export function watchedDevice(record: DeviceRecord): WatchedDevice {
  const { id, name, address, siteId, siteName, kind, status, tags, monitoring } = record
  return {
    id,
    name,
    address,
    siteId,
    siteName,
    kind,
    status,
    tags,
    icmpSeconds: monitoring.icmp.enabled ? monitoring.icmp.intervalSeconds : null,
    snmpSeconds: monitoring.snmp?.enabled ? monitoring.snmp.intervalSeconds : null,
  }
}

/** All devices of the projection, by id. */
export async function loadDevices(manager: EntityManager): Promise<Map<string, WatchedDevice>> {
  const rows = (await manager.query(
    `SELECT id, name, address, site_id AS "siteId", site_name AS "siteName", kind, status, tags, monitoring FROM device`,
  )) as (DeviceRecord & { monitoring: Monitoring })[]
  return new Map(rows.map((row) => [row.id, watchedDevice(row)]))
}

const freshAtLeastMs = 120_000

/** How long one sample may be taken for the present: three polls, and two minutes at least. */
export function freshMs(metric: MetricName, device: WatchedDevice | undefined): number {
  const byIcmp = metric.startsWith('icmp.') || (metric === 'device.up' && device?.icmpSeconds)
  const seconds = (byIcmp ? device?.icmpSeconds : device?.snmpSeconds) ?? 0
  return Math.max(freshAtLeastMs, 3000 * seconds)
}

/** Only these are judged. */
export const isWatched = ({ status }: WatchedDevice): boolean =>
  status === 'ACTIVE' || status === 'MAINTENANCE'
