/** sysUpTime counts hundredths of a second in 32 bits: it begins again after 497 days. */
const ticksModulus = 2 ** 32

/** Ticks from `before` to `after`, with one wrap between them allowed for. */
export const ticksBetween = (before: number, after: number): number =>
  (after - before + ticksModulus) % ticksModulus

/** A reading of sysUpTime and when, on our own monotonic clock, it was taken (ms). */
export interface UptimeReading {
  ticks: number
  atMs: number
}

/**
 * Tells from two readings what happened between them. The device restarted when its clock lies behind where it must
 * be, and no further on than a restart after the first reading allows; this also sees a restart that was long enough
 * ago for sysUpTime to have overtaken its old value. A clock that runs ahead (a resumed virtual machine) is no restart.
 */
export function judgeUptime(
  before: UptimeReading,
  after: UptimeReading,
): 'running' | 'wrapped' | 'restarted' {
  const elapsed = (after.atMs - before.atMs) / 10
  // Device clocks drift, and answers are late by up to the time-out.
  const tolerance = 1000 + elapsed * 0.02
  const advance = ticksBetween(before.ticks, after.ticks)
  const behind = elapsed - advance
  const wrapped = after.ticks < before.ticks
  if (wrapped) return Math.abs(behind) <= tolerance ? 'wrapped' : 'restarted'
  return behind > tolerance && after.ticks <= elapsed + tolerance ? 'restarted' : 'running'
}

/** Follows one device's sysUpTime over its polls. */
export class DeviceClock {
  #last: UptimeReading | undefined
  #wraps = 0
  /** Grows with each restart: counters of different epochs have nothing to do with each other. */
  epoch = 0

  /** `engineSeconds` is snmpEngineTime, which tells wraps from before our first reading. */
  observe(reading: UptimeReading, engineSeconds?: number): 'first' | 'running' | 'wrapped' | 'restarted' {
    const verdict = this.#last ? judgeUptime(this.#last, reading) : 'first'
    if (verdict === 'wrapped') this.#wraps++
    if (verdict === 'restarted') {
      this.epoch++
      this.#wraps = 0
    }
    if (verdict === 'first' && engineSeconds !== undefined) {
      this.#wraps = Math.max(0, Math.round((engineSeconds * 100 - reading.ticks) / ticksModulus))
    }
    this.#last = reading
    return verdict
  }

  /** Seconds since the agent started. */
  get uptimeSeconds(): number | undefined {
    return this.#last && (this.#last.ticks + this.#wraps * ticksModulus) / 100
  }
}
