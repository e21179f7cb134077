import { mix } from './random.js'

/**
 * Traffic as a rate that can be integrated in closed form, so a counter is a function of time: nothing runs between two
 * reads, and a restarted lab goes on with the same numbers.
 *
 * rate(t) = mean × [ day(t) + Σ noise_i(t) ]. `day` is a sum of a daily, a half-daily and a weekly wave. `noise_i`
 * divides time into slots; in each it is one full sine wave whose height is random, so it adds nothing over a slot and
 * only the slot at hand has to be known.
 */
export interface Profile {
  /** Depth of the daily wave and local hour of its peak. */
  day: readonly [depth: number, peakHour: number]
  halfDay: readonly [depth: number, peakHour: number]
  /** Depth of the weekly wave; its peak is Wednesday noon. */
  week: number
}

export const profiles = {
  /** People at work: busy from 9 to 17, little at night and on weekends. */
  office: { day: [0.52, 13.5], halfDay: [0.13, 10.5], week: 0.14 },
  /** Machines: flatter, with a hump of backups at night. */
  server: { day: [0.3, 14], halfDay: [0.22, 1.5], week: 0.06 },
  /** Always the same. */
  steady: { day: [0.04, 13], halfDay: [0, 0], week: 0 },
} as const satisfies Record<string, Profile>
export type ProfileName = keyof typeof profiles

/** Counting begins here; before it no device was ever booted. Thursday. */
export const epochMs = Date.UTC(2026, 0, 1)
const daySeconds = 86_400
const turn = 2 * Math.PI
/** Slot length in s and share of the local level. The shares stay so small that no rate falls below zero. */
const noises: readonly (readonly [slotSeconds: number, share: number])[] = [
  [53, 0.24],
  [311, 0.2],
  [1373, 0.14],
]

interface Wave {
  depth: number
  omega: number
  phase: number
}

/** The mean-1 shape of one flow over time. */
export class Curve {
  readonly #waves: readonly Wave[]
  readonly #slots = noises.map(() => ({ number: Number.NaN, height: 0 }))

  constructor(
    profile: Profile,
    offsetSeconds: number,
    readonly seed: number,
  ) {
    const wave = (depth: number, period: number, peak: number): Wave => ({
      depth,
      omega: turn / period,
      phase: (turn / period) * (peak - offsetSeconds),
    })
    this.#waves = [
      wave(profile.day[0], daySeconds, profile.day[1] * 3600),
      wave(profile.halfDay[0], daySeconds / 2, profile.halfDay[1] * 3600),
      wave(profile.week, 7 * daySeconds, 6.5 * daySeconds),
    ].filter(({ depth }) => depth > 0)
  }

  #day(t: number): number {
    let level = 1
    for (const { depth, omega, phase } of this.#waves) level += depth * Math.cos(omega * t - phase)
    return level
  }

  #slot(n: number, number: number, slotSeconds: number): number {
    const slot = this.#slots[n]
    if (!slot) return 0
    if (slot.number !== number) {
      slot.number = number
      slot.height = (mix(this.seed + n, number) / 2 ** 31 - 1) * this.#day(number * slotSeconds)
    }
    return slot.height
  }

  /** The rate at `t` (s since the epoch) as a multiple of the mean; never below 0. */
  level(t: number): number {
    let level = this.#day(t)
    for (let n = 0; n < noises.length; n++) {
      const [slotSeconds, share] = noises[n] ?? [1, 0]
      const number = Math.floor(t / slotSeconds)
      level += share * this.#slot(n, number, slotSeconds) * Math.sin(turn * (t / slotSeconds - number))
    }
    return level
  }

  /** The integral of `level` from the epoch to `t`, in s. */
  total(t: number): number {
    let total = t
    for (const { depth, omega, phase } of this.#waves) {
      total += (depth / omega) * (Math.sin(omega * t - phase) + Math.sin(phase))
    }
    for (let n = 0; n < noises.length; n++) {
      const [slotSeconds, share] = noises[n] ?? [1, 0]
      const number = Math.floor(t / slotSeconds)
      const height = this.#slot(n, number, slotSeconds)
      total += ((share * height * slotSeconds) / turn) * (1 - Math.cos(turn * (t / slotSeconds - number)))
    }
    return total
  }
}

export type FlowMode = 'normal' | 'stopped' | 'saturated'

/** Share of the line rate that a saturated flow takes, and frames per second that it then loses. */
const saturatedShare = 0.98
const saturatedDropsPerSecond = 85

export interface FlowOptions {
  /** Mean bit/s. */
  meanBps: number
  /** Line rate in bit/s. */
  lineBps: number
  curve: Curve
}

/** Octets that travel one way over one link. Both ends read the same flow, so their counters agree. */
export class Flow {
  mode: FlowMode = 'normal'
  #since = Number.NEGATIVE_INFINITY
  #octetsBefore = 0
  #modelBefore = 0
  #dropsBefore = 0

  constructor(readonly options: FlowOptions) {}

  #model(at: number): number {
    const { meanBps, curve } = this.options
    return meanBps === 0 ? 0 : (meanBps / 8) * curve.total((at - epochMs) / 1000)
  }

  /** Octets since the epoch, a float that never falls. */
  octets(at: number): number {
    if (this.mode === 'normal') return this.#octetsBefore + this.#model(at) - this.#modelBefore
    if (this.mode === 'stopped') return this.#octetsBefore
    return this.#octetsBefore + ((this.options.lineBps * saturatedShare) / 8) * this.#seconds(at)
  }

  /** Frames that were dropped because the line was full. */
  drops(at: number): number {
    return this.#dropsBefore + (this.mode === 'saturated' ? saturatedDropsPerSecond * this.#seconds(at) : 0)
  }

  #seconds(at: number): number {
    return Math.max(0, at - this.#since) / 1000
  }

  set(mode: FlowMode, at: number): void {
    if (mode === this.mode) return
    this.#octetsBefore = this.octets(at)
    this.#dropsBefore = this.drops(at)
    this.#modelBefore = this.#model(at)
    this.#since = at
    this.mode = mode
  }
}
