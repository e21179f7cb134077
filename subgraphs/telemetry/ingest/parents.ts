import type { Reachability } from '#core/contract/telemetry.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { blame, type DeviceRecord, isSilent, type StateChangeRow } from '../state/device-record.js'
import { cutOff, type Linked } from '../state/parents.js'
import { lockRecords, saveChanges, saveRecords, tell } from './records.js'

/** Silent devices as far up as silence goes. Whoever is in `now` is as it says there, whatever is stored. */
async function readUpwards(
  manager: EntityManager,
  now: ReadonlyMap<string, Reachability>,
): Promise<Map<string, Linked>> {
  const rows = (await manager.query(
    `WITH RECURSIVE up (id) AS (
       SELECT unnest($1::uuid[])
       UNION
       SELECT p.id FROM up
       LEFT JOIN device_state s ON s.device_id = up.id
       JOIN device d ON d.id = up.id
       CROSS JOIN LATERAL unnest(d.parent_ids) AS p (id)
       WHERE up.id = ANY($1) OR s.reachability IN ('DOWN', 'UNREACHABLE')
     )
     SELECT up.id, coalesce(d.parent_ids, '{}') AS parents, s.reachability
     FROM up LEFT JOIN device d ON d.id = up.id LEFT JOIN device_state s ON s.device_id = up.id`,
    [[...now.keys()]],
  )) as { id: string; parents: string[]; reachability: Reachability | null }[]
  return new Map(
    rows.map(({ id, parents, reachability }) => [
      id,
      { silent: isSilent(now.get(id) ?? reachability ?? 'UNKNOWN'), parentIds: parents },
    ]),
  )
}

/** Who is to be polled at once because others fell or came back. */
export interface Ripple {
  /** Parents of whoever fell for itself: they may be down, too, and not have been polled since. */
  parents: string[]
  /** Devices that were cut off by whoever came back. */
  children: string[]
}

export interface Blamed {
  records: Map<string, DeviceRecord>
  changes: StateChangeRow[]
  fell: string[]
  ripple: Ripple
}

/**
 * Tells for the devices of a batch, which are locked, who of the silent ones is DOWN and who cut off. `before` is what each
 * of them was. A device that fell in this batch and is cut off was never DOWN: its change says so.
 */
export async function blameSilent(
  manager: EntityManager,
  moved: readonly DeviceRecord[],
  { before, changes }: { before: ReadonlyMap<string, Reachability>; changes: readonly StateChangeRow[] },
): Promise<Blamed> {
  const now = new Map(moved.map(({ deviceId, verdict }) => [deviceId, verdict.reachability]))
  const was = (id: string) => before.get(id) ?? 'UNKNOWN'
  const silent = moved.filter(({ verdict }) => isSilent(verdict.reachability))
  const rose = [...now].flatMap(([id, is]) => (isSilent(was(id)) && !isSilent(is) ? [id] : []))
  const linked =
    silent.length > 0
      ? await readUpwards(manager, new Map(silent.map((one) => [one.deviceId, was(one.deviceId)])))
      : new Map()
  for (const [id, is] of now) {
    const known = linked.get(id)
    if (known) linked.set(id, { ...known, silent: isSilent(is) })
  }
  const excused = cutOff(linked)
  const records = new Map(moved.map((record) => [record.deviceId, record]))
  const told = [...changes]
  for (const record of silent) {
    const step = blame(record, excused.has(record.deviceId), record.lastPolledAt ?? record.verdict.since)
    records.set(record.deviceId, step.record)
    for (const change of step.changes) {
      const fall = told.findLastIndex(({ deviceId }) => deviceId === change.deviceId)
      const last = told[fall]
      if (last?.to === change.from && last.at === change.at)
        told[fall] = { ...last, to: change.to, reason: change.reason }
      else told.push(change)
    }
  }
  const fell = silent.flatMap(({ deviceId }) => (isSilent(was(deviceId)) ? [] : [deviceId]))
  const parents = fell
    .filter((id) => !excused.has(id))
    .flatMap((id) => linked.get(id)?.parentIds ?? [])
    .filter((id: string) => linked.get(id)?.silent !== true)
  return {
    records,
    changes: told,
    fell,
    ripple: {
      parents: [...new Set<string>(parents)],
      children: await childrenOf(manager, rose, 'UNREACHABLE'),
    },
  }
}

async function childrenOf(
  manager: EntityManager,
  ids: readonly string[],
  reachability: Reachability,
): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = (await manager.query(
    `SELECT d.id FROM device d JOIN device_state s ON s.device_id = d.id
     WHERE d.parent_ids && $1::uuid[] AND s.reachability = $2`,
    [ids, reachability],
  )) as { id: string }[]
  return rows.map(({ id }) => id)
}

/**
 * Devices that were called DOWN before those before them fell: they are cut off instead. In a transaction of its own, so that
 * states are always locked in one order. `all`: also what a crash left behind. Returns how many there were.
 */
export async function correctChildren(
  source: DataSource,
  fell: readonly string[] | 'all',
  at: number,
): Promise<number> {
  return source.transaction(async (manager) => {
    const ids =
      fell === 'all'
        ? (
            (await manager.query(
              `SELECT d.id FROM device d JOIN device_state s ON s.device_id = d.id
               WHERE s.reachability = 'DOWN' AND d.parent_ids <> '{}'`,
            )) as { id: string }[]
          ).map(({ id }) => id)
        : await childrenOf(manager, fell, 'DOWN')
    if (ids.length === 0) return 0
    const locked = (await lockRecords(manager, ids)).filter(({ verdict }) => verdict.reachability === 'DOWN')
    const excused = cutOff(
      await readUpwards(manager, new Map(locked.map((one) => [one.deviceId, one.verdict.reachability]))),
    )
    const steps = locked
      .map((record) => blame(record, excused.has(record.deviceId), Math.max(at, record.verdict.since)))
      .filter(({ noticeable }) => noticeable)
    const records = steps.map(({ record }) => record)
    await saveRecords(manager, records)
    await saveChanges(
      manager,
      steps.flatMap(({ changes }) => changes),
    )
    if (records.length > 0) await tell(manager, records)
    return records.length
  })
}
