import type { EntityManager } from '#db/source.js'

import { InterfaceChangeKind } from './interface-change.js'

/** A port as it is stored, as far as its history is concerned. */
export interface PortIdentity {
  id: string
  key: string
  mac: string | null
  if_index: number
}

interface ChangeRow {
  interface_id: string | null
  kind: InterfaceChangeKind
  before: string | null
  after: string | null
  ports: number
}

/** Changes older than this are forgotten. */
const keptDays = 730

/** What became of the ports that are in both reports. */
export function changesBetween(before: readonly PortIdentity[], after: readonly PortIdentity[]): ChangeRow[] {
  const known = new Map(before.map((port) => [port.id, port]))
  const both = after.flatMap((now) => {
    const was = known.get(now.id)
    return was ? [{ was, now }] : []
  })
  const renamedFrom = new Set(both.filter(({ was, now }) => was.key !== now.key).map(({ was }) => was.key))
  const changes = both.flatMap(({ was, now }): ChangeRow[] => {
    const row = { interface_id: now.id, ports: 1 }
    if (was.key !== now.key) {
      const kind = renamedFrom.has(now.key) ? InterfaceChangeKind.SWAPPED : InterfaceChangeKind.RENAMED
      return [{ ...row, kind, before: was.key, after: now.key }]
    }
    return was.mac !== null && now.mac !== null && was.mac !== now.mac
      ? [{ ...row, kind: InterfaceChangeKind.HARDWARE_CHANGED, before: was.mac, after: now.mac }]
      : []
  })
  const renumbered = both.filter(({ was, now }) => was.if_index !== now.if_index).length
  if (renumbered > 0) {
    const kind = InterfaceChangeKind.RENUMBERED
    changes.push({ interface_id: null, kind, before: null, after: null, ports: renumbered })
  }
  return changes
}

/** Writes down what became of a device's ports, and forgets what is too old. */
export async function recordChanges(
  manager: EntityManager,
  deviceId: string,
  changes: readonly ChangeRow[],
  at: Date,
): Promise<void> {
  if (changes.length === 0) return
  await manager.query(
    `INSERT INTO interface_change (device_id, interface_id, kind, at, before, after, ports)
     SELECT $2::uuid, interface_id, kind, $3::timestamptz, before, after, ports
     FROM jsonb_to_recordset($1::jsonb) AS r (interface_id uuid, kind text, before text, after text, ports int)`,
    [JSON.stringify(changes), deviceId, at],
  )
  await manager.query(
    'DELETE FROM interface_change WHERE device_id = $1 AND at < $2::timestamptz - make_interval(days => $3)',
    [deviceId, at, keptDays],
  )
}
