import type { DeviceStateChanged } from '#core/contract/telemetry.js'

/** From so long after a device fell on, it is polled so often. */
export interface DowntimeStep {
  afterSeconds: number
  everySeconds: number
}

/**
 * Reads steps as `300=60,3600=300`: down for 5 minutes, once a minute; for an hour, every 5 minutes. Empty: a device that is
 * down is polled as ever. @throws Error that says what is wrong
 */
export function readSteps(text: string): DowntimeStep[] {
  const steps = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [, after, every] = /^(\d{1,7})=(\d{1,5})$/.exec(part) ?? []
      if (after === undefined || every === undefined) throw new Error(`"${part}" is not <seconds>=<seconds>`)
      return { afterSeconds: Number(after), everySeconds: Number(every) }
    })
  for (const [n, { afterSeconds, everySeconds }] of steps.entries()) {
    if (everySeconds < 5 || everySeconds > 3600)
      throw new Error(`${everySeconds}: a device is polled every 5 to 3600 seconds`)
    if (afterSeconds <= (steps[n - 1]?.afterSeconds ?? -1)) throw new Error('steps must come in their order')
  }
  return steps
}

/** How often a device that is down since `downSince` is polled now; undefined: as ever. */
export function stepAt(
  steps: readonly DowntimeStep[],
  intervalSeconds: number,
  downMs: number,
): number | undefined {
  const step = steps.findLast(({ afterSeconds }) => downMs >= afterSeconds * 1000)
  return step && step.everySeconds > intervalSeconds ? step.everySeconds : undefined
}

/** Which devices are down since when, from what telemetry tells. */
export class Downtimes {
  /** Unix time, ms, by device. */
  readonly #since = new Map<string, number>()

  /** Takes in what was kept, or what a new leader read. */
  restore(entries: Iterable<readonly [string, number]>): void {
    this.#since.clear()
    for (const [id, since] of entries) this.#since.set(id, since)
  }

  /** Takes in an event. `back`: it answers again, so that it is worth a poll at once. Undefined: no change. */
  hear({ state, removed }: DeviceStateChanged): 'down' | 'back' | undefined {
    const { deviceId, reachability, since } = state
    const isDown = !removed && (reachability === 'DOWN' || reachability === 'UNREACHABLE')
    const known = this.#since.get(deviceId)
    if (isDown) {
      // From DOWN to UNREACHABLE and back is one outage.
      if (known !== undefined) return undefined
      this.#since.set(deviceId, since)
      return 'down'
    }
    // Nothing is known of a device that is not polled; the outage may go on.
    if (known === undefined || (reachability === 'UNKNOWN' && !removed)) return undefined
    this.#since.delete(deviceId)
    return 'back'
  }

  since(deviceId: string): number | undefined {
    return this.#since.get(deviceId)
  }

  get size(): number {
    return this.#since.size
  }
}
