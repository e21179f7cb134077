import { createHash } from 'node:crypto'

import type { ArpEntry, DeviceNeighbors, FdbPort } from '#core/contract/neighbors.js'
import { count } from '#core/service/metrics.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { markDue } from './due.js'
import { heardKeys } from './identity.js'

/** What a device last said of itself and of whom it hears. */
export type Said = Pick<DeviceNeighbors, 'chassisId' | 'cdpDeviceId' | 'bridgeMac'> & {
  addresses: NonNullable<DeviceNeighbors['addresses']>
  ports: NonNullable<DeviceNeighbors['ports']>
  heard: NonNullable<DeviceNeighbors['heard']>
}

/** What one device said, with what it forwards to. */
export interface Report {
  deviceId: string
  said: Said
  fdb: FdbPort[]
}

interface Known {
  at: Date
  said: Said
  fdb: FdbPort[]
  hash: string
  arpHash: string
}

const hashOf = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('base64')

/**
 * Keeps what a device says of its neighbours. Older reports than the stored one are ignored; the same again writes only
 * its time. Whose links may have changed by it is marked, to be worked out by whoever does that.
 */
export async function storeNeighbors(source: DataSource, report: DeviceNeighbors): Promise<void> {
  const at = new Date(report.at)
  await source.transaction(async (manager) => {
    const [device] = (await manager.query(
      'SELECT id FROM device WHERE id = $1 AND deleted_at IS NULL FOR KEY SHARE',
      [report.deviceId],
    )) as { id: string }[]
    const known = device && (await readKnown(manager, device.id))
    if (!device || (known && known.at >= at)) {
      count('sotp_inventory_neighbors_ignored_total')
      return
    }
    const said = saidIn(report, known?.said)
    const fdb = report.fdb ?? known?.fdb ?? []
    const hash = hashOf([said, fdb])
    const arpHash = report.arp ? hashOf(report.arp) : (known?.arpHash ?? '')
    const resolved =
      report.arp && arpHash !== known?.arpHash ? await storeArp(manager, device.id, report.arp) : []
    if (hash === known?.hash) {
      await manager.query('UPDATE neighbor_report SET at = $2, arp_hash = $3 WHERE device_id = $1', [
        ...[device.id, at, arpHash],
      ])
    } else {
      const mentions = [...new Set(said.heard.flatMap(heardKeys))]
      const macs = [...new Set(fdb.flatMap((port) => port.macs))]
      await manager.query(upsert, [
        ...[device.id, at, JSON.stringify(said), JSON.stringify(fdb), hash, arpHash, mentions, macs],
      ])
    }
    await markDue(manager, [...(hash === known?.hash ? [] : [device.id]), ...resolved])
  })
}

const upsert = `
  INSERT INTO neighbor_report (device_id, at, said, fdb, hash, arp_hash, mentions, macs)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (device_id) DO UPDATE SET at = excluded.at, said = excluded.said, fdb = excluded.fdb,
    hash = excluded.hash, arp_hash = excluded.arp_hash, mentions = excluded.mentions, macs = excluded.macs`

async function readKnown(manager: EntityManager, deviceId: string): Promise<Known | undefined> {
  const rows: Known[] = await manager.query(
    'SELECT at, said, fdb, hash, arp_hash AS "arpHash" FROM neighbor_report WHERE device_id = $1 FOR UPDATE',
    [deviceId],
  )
  return rows[0]
}

/** What was not read this time is as it was. */
const saidIn = (report: DeviceNeighbors, known: Said | undefined): Said => ({
  chassisId: report.chassisId ?? known?.chassisId ?? null,
  cdpDeviceId: report.cdpDeviceId ?? known?.cdpDeviceId ?? null,
  bridgeMac: report.bridgeMac ?? known?.bridgeMac ?? null,
  addresses: report.addresses ?? known?.addresses ?? [],
  ports: report.ports ?? known?.ports ?? [],
  heard: report.heard ?? known?.heard ?? [],
})

/** Makes a device's ARP entries those it has now. Returns the devices at addresses that were resolved otherwise before. */
async function storeArp(
  manager: EntityManager,
  deviceId: string,
  arp: readonly ArpEntry[],
): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    `WITH now AS (
       SELECT DISTINCT ON (address) address, mac
       FROM unnest($2::text[], $3::text[]) AS n (address, mac) ORDER BY address
     ), gone AS (
       DELETE FROM arp_entry a WHERE a.device_id = $1 AND NOT EXISTS (SELECT FROM now n WHERE n.address = a.address)
       RETURNING address
     ), come AS (
       INSERT INTO arp_entry AS a (device_id, address, mac) SELECT $1, address, mac FROM now
       ON CONFLICT (device_id, address) DO UPDATE SET mac = excluded.mac WHERE a.mac <> excluded.mac
       RETURNING address
     )
     SELECT id FROM device WHERE deleted_at IS NULL
       AND address IN (SELECT address FROM gone UNION ALL SELECT address FROM come)`,
    [deviceId, arp.map(({ address }) => address), arp.map(({ mac }) => mac)],
  )
  return rows.map(({ id }) => id)
}
