import type { PollJob } from '#core/contract/polling.js'
import type { CollectorKind } from '#core/contract/telemetry.js'

import { type DowntimeStep, type Downtimes, stepAt } from './downtime.js'
import { hash, type Shard } from './shards.js'

export type DowntimeSteps = Record<CollectorKind, readonly DowntimeStep[]>

/**
 * Which devices of a shard are polled less often because they are down for long, and whether this slot is one of theirs.
 * `everySeconds` becomes a whole number of slots; devices of one shard take different ones. The first slot after a step is
 * always theirs, so that whoever gets its outcome knows when the next one is due.
 */
export class Slowed {
  /** What was said of each device last, by kind and id. */
  readonly #said = new Map<string, number>()

  constructor(
    private readonly downtimes: Downtimes,
    private readonly steps: DowntimeSteps,
  ) {}

  of({ kind, intervalSeconds, deviceIds }: Shard, slotAt: number): NonNullable<PollJob['slowed']> {
    if (this.downtimes.size === 0) return []
    return deviceIds.flatMap((deviceId) => {
      const since = this.downtimes.since(deviceId)
      const step = since === undefined ? undefined : stepAt(this.steps[kind], intervalSeconds, slotAt - since)
      const place = `${kind} ${deviceId}`
      if (step === undefined) {
        this.#said.delete(place)
        return []
      }
      const slots = Math.ceil(step / intervalSeconds)
      const everySeconds = slots * intervalSeconds
      const isNew = this.#said.get(place) !== everySeconds
      this.#said.set(place, everySeconds)
      const slot = Math.floor(slotAt / (intervalSeconds * 1000))
      return [{ deviceId, everySeconds, due: isNew || (slot + hash(deviceId)) % slots === 0 }]
    })
  }
}
