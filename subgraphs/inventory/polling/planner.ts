import { isDeepStrictEqual } from 'node:util'

import type { CollectorKind } from '#core/contract/telemetry.js'
import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'
import type { Plan } from '#core/service/plan.js'
import type { DataSource } from '#db/source.js'

import { addNow, addSlot, type PollQueues } from './poll-jobs.js'
import { buildShards, dueSlots, type Shard } from './shards.js'
import { intervalOf, kinds, type Planned, readPlanned } from './targets.js'

const overloadFactor = 2
const overloadLogMs = 60_000

export interface PlannerParts {
  source: DataSource
  plan: Plan
  queues: PollQueues
  log: Log
}

/** Knows what is to be polled and when. `load` first; calls must not overlap. */
export class Planner {
  #devices = new Map<string, Planned>()
  #shards: Record<CollectorKind, Shard[]> = { icmp: [], snmp: [] }
  #loaded = false
  #overloadToldAt = 0

  constructor(private readonly parts: PlannerParts) {}

  /** Reads all devices and publishes the plan, also when nothing changed: Redis may have lost it. */
  async load(): Promise<void> {
    const found = await readPlanned(this.parts.source, 'all')
    const before = this.#devices
    this.#devices = found
    await this.#publish(kinds)
    // After a restart only what changed while nobody planned is polled at once, not the whole network.
    const changed = this.#loaded
      ? found.keys()
      : [...found].flatMap(([id, { recent }]) => (recent ? [id] : []))
    this.#loaded = true
    await this.#pollChanged([...changed], before)
  }

  /** Reads these devices again; publishes and polls only where something that matters to polling changed. */
  async refresh(ids: readonly string[]): Promise<void> {
    const found = await readPlanned(this.parts.source, ids)
    const before = new Map(this.#devices)
    const affected = new Set<CollectorKind>()
    for (const id of ids) {
      const [old, now] = [before.get(id), found.get(id)]
      if (now) this.#devices.set(id, now)
      else this.#devices.delete(id)
      if (isDeepStrictEqual(old?.target, now?.target)) continue
      for (const kind of kinds) if (old?.keys[kind] ?? now?.keys[kind]) affected.add(kind)
    }
    await this.#publish([...affected])
    await this.#pollChanged(ids, before)
  }

  /** Adds the jobs of every slot that fell due in this time, unless the collectors are behind already. */
  async addDue(from: number, to: number): Promise<void> {
    for (const kind of kinds) {
      const due = dueSlots(this.#shards[kind], from, to)
      if (due.length === 0) continue
      const { waiting } = await this.parts.queues[kind].counts()
      if (waiting > overloadFactor * this.#shards[kind].length) this.#overloaded(kind, due.length, waiting)
      else for (const { shard, slotAt } of due) await addSlot(this.parts.queues, shard, slotAt)
    }
  }

  #overloaded(kind: CollectorKind, skipped: number, waiting: number): void {
    count('sotp_inventory_polls_skipped_total', { kind }, skipped)
    if (Date.now() - this.#overloadToldAt < overloadLogMs) return
    this.#overloadToldAt = Date.now()
    this.parts.log.warn(
      { kind, waiting },
      'polling slower than configured: add collectors or poll less often',
    )
  }

  async #publish(affected: readonly CollectorKind[]): Promise<void> {
    for (const kind of affected) {
      await new Promise((resolve) => setImmediate(resolve))
      const targets = [...this.#devices.values()].map(({ target }) => target)
      const polled = targets.filter((target) => intervalOf(target, kind) !== undefined)
      const shards = buildShards(
        kind,
        polled.map((target) => ({ id: target.deviceId, intervalSeconds: intervalOf(target, kind) ?? 0 })),
      )
      await this.parts.plan.publish(
        kind,
        new Map(shards.map(({ name, deviceIds }) => [name, deviceIds])),
        polled,
      )
      this.#shards[kind] = shards
      gauge('sotp_inventory_planned_devices', polled.length, { kind })
      gauge('sotp_inventory_planned_shards', shards.length, { kind })
    }
  }

  async #pollChanged(ids: readonly string[], before: ReadonlyMap<string, Planned>): Promise<void> {
    for (const kind of kinds) {
      const wanted = ids.filter((id) => {
        const key = this.#devices.get(id)?.keys[kind]
        return key !== undefined && key !== before.get(id)?.keys[kind]
      })
      await addNow(this.parts.queues, kind, wanted, Date.now())
    }
  }
}
