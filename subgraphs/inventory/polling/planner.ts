import { isDeepStrictEqual } from 'node:util'

import type { CollectorKind, TelemetryBatch } from '#core/contract/telemetry.js'
import { missedBatches } from '#core/service/collector-missed.js'
import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'
import type { Plan } from '#core/service/plan.js'
import type { Queue } from '#core/service/queue.js'
import type { DataSource } from '#db/source.js'

import type { Downtimes } from './downtime.js'
import { Overload } from './overload.js'
import { addNow, addSlot, type PollQueues } from './poll-jobs.js'
import { buildShards, dueSlots, firstMissed, type Shard } from './shards.js'
import { type DowntimeSteps, Slowed } from './slowed.js'
import { intervalOf, kinds, type Planned, readPlanned } from './targets.js'

export interface PlannerParts {
  source: DataSource
  plan: Plan
  queues: PollQueues
  /** Where polls that did not take place are told. */
  telemetry: Queue<TelemetryBatch>
  downtimes: Downtimes
  downtimeSteps: DowntimeSteps
  log: Log
}

/** Knows what is to be polled and when. `load` first; calls must not overlap. */
export class Planner {
  #devices = new Map<string, Planned>()
  #shards: Record<CollectorKind, Shard[]> = { icmp: [], snmp: [] }
  #loaded = false
  readonly #overload: Overload
  readonly #slowed: Slowed

  constructor(private readonly parts: PlannerParts) {
    this.#overload = new Overload(parts.log)
    this.#slowed = new Slowed(parts.downtimes, parts.downtimeSteps)
  }

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

  /**
   * Adds the jobs of every slot that fell due in this time. What collectors would not get to is left out, the less important
   * first, and so is what was slept through; each device whose poll that is gets an outcome that says so.
   */
  async addDue(from: number, to: number): Promise<void> {
    const { queues } = this.parts
    const due = { icmp: dueSlots(this.#shards.icmp, from, to), snmp: dueSlots(this.#shards.snmp, from, to) }
    if (due.icmp.length + due.snmp.length === 0) return
    const [icmp, snmp] = await Promise.all([queues.icmp.counts(), queues.snmp.counts()])
    const shedding = this.#overload.observe({
      icmp: { waiting: icmp.waiting, shards: this.#shards.icmp.length },
      snmp: { waiting: snmp.waiting, shards: this.#shards.snmp.length },
    })
    for (const kind of kinds) {
      for (const { shard, slotAt } of due[kind]) {
        const slept = firstMissed(shard, from, slotAt)
        if (slept !== undefined) await this.#miss(shard, slept)
        if (shedding[kind] === 'POLLS') {
          await this.#miss(shard, slotAt)
          continue
        }
        const slowed = this.#slowed.of(shard, slotAt)
        const essentialOnly = kind === 'snmp' && shedding.snmp !== 'NOTHING'
        await addSlot(
          queues,
          { shard, slotAt },
          { ...(essentialOnly && { essentialOnly }), ...(slowed.length > 0 && { slowed }) },
        )
      }
    }
  }

  /** Devices that answer again are polled at once, whenever their next slot is. */
  async pollAgain(deviceIds: readonly string[]): Promise<void> {
    for (const kind of kinds) {
      const polled = deviceIds.filter((id) => this.#devices.get(id)?.keys[kind] !== undefined)
      await addNow(this.parts.queues, kind, polled, Date.now())
    }
  }

  /** Says that somebody plans, and how far collectors keep up. */
  tell(): Promise<void> {
    return this.parts.plan.tell(this.#overload.load)
  }

  /** Whether Redis still has what was published. */
  async isPublished(): Promise<boolean> {
    const sizes = await Promise.all(kinds.map((kind) => this.parts.plan.size(kind)))
    return kinds.every((kind, n) => sizes[n] === this.#shards[kind].length)
  }

  async #miss(shard: Shard, slotAt: number): Promise<void> {
    this.#overload.missed(shard.kind, shard.deviceIds.length)
    for (const { batch, jobId } of missedBatches(shard.kind, { shard: shard.name, slotAt }, shard.deviceIds))
      await this.parts.telemetry.add(batch, { jobId })
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
