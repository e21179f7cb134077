import type { MetricName } from '#core/contract/metrics.js'

import { ticksBetween } from './device-clock.js'
import type { Counter } from './values.js'

/** A counter and the sysUpTime of the very message it came in (hundredths of a second). */
export interface TimedCounter extends Counter {
  ticks: number
}

/** Why two readings of a counter give no rate. */
export type NoRate =
  /** The counter began anew. */
  | 'reset'
  /** More than the line can carry. */
  | 'implausible'
  /** It may have wrapped more than once in this time. */
  | 'ambiguous'

/** Faster than this no port is: the bound where the agent tells no speed. */
const octetsPerSecondMax = 1e14 / 8
/** Readings of device time are whole hundredths, and counters are read a moment apart. */
const slack = 1.05
/** Over less device time than this a rate would be mostly rounding. */
const secondsMin = 1

export interface CounterLimits {
  /** Counts per second at line rate; null when the speed is not known. */
  perSecondMax: number | null
  /** Device time between the readings. */
  seconds: number
}

/**
 * Counts per second between two readings of one counter (RFC 2578 §7.1.6, §7.1.10: it grows, wraps, and says nothing
 * by itself). A wrap is believed only where what then was counted fits the line; a 32-bit counter that fits twice into
 * what the line can carry says nothing at all. The result is never above the line rate.
 */
export function counterRate(before: Counter, after: Counter, limits: CounterLimits): number | NoRate {
  const { perSecondMax, seconds } = limits
  if (before.width !== after.width) return 'reset'
  const modulus = 1n << BigInt(after.width)
  const most = countMax(after.width, limits)
  if (after.width === 32 && most >= Number(modulus)) return 'ambiguous'
  const grown = after.value - before.value
  const counted = Number(grown < 0n ? grown + modulus : grown)
  if (counted > most) return grown < 0n ? 'reset' : 'implausible'
  const rate = counted / seconds
  return perSecondMax === null ? rate : Math.min(rate, perSecondMax)
}

function countMax(width: 32 | 64, { perSecondMax, seconds }: CounterLimits): number {
  if (perSecondMax !== null) return perSecondMax * slack * seconds
  // Without a speed a 32-bit counter that seems to have run through half its range more likely began anew.
  return width === 32 ? 2 ** 31 : octetsPerSecondMax * seconds
}

const countedMetrics = {
  inOctets: 'if.in.bps',
  outOctets: 'if.out.bps',
  inErrors: 'if.in.errors',
  outErrors: 'if.out.errors',
  inDiscards: 'if.in.discards',
  outDiscards: 'if.out.discards',
} as const satisfies Record<string, MetricName>
export type CounterName = keyof typeof countedMetrics
const counterNames = Object.keys(countedMetrics) as CounterName[]

/** All counters of one port at one poll. A counter the agent did not give is undefined, not zero. */
export interface PortReading {
  /** Of the device's clock: readings of different epochs are not compared. */
  epoch: number
  /** ifCounterDiscontinuityTime: changes when the port's counters lose their continuity. */
  discontinuity: number | null
  counters: Partial<Record<CounterName, TimedCounter | undefined>>
}

export interface PortRates {
  rates: [MetricName, number][]
  /** Counters that gave none, with the reason. */
  dropped: NoRate[]
  /** The readings lie too close together: keep the older one for the next poll. */
  tooSoon: boolean
}

/** What passed through a port between two polls, in the units of the metrics. */
export function portRates(
  before: PortReading | undefined,
  after: PortReading,
  speedBps: number | null,
): PortRates {
  const result: PortRates = { rates: [], dropped: [], tooSoon: false }
  if (!before || before.epoch !== after.epoch) return result
  if (before.discontinuity !== after.discontinuity) return { ...result, dropped: ['reset'] }
  for (const name of counterNames) {
    const [old, now] = [before.counters[name], after.counters[name]]
    if (!old || !now) continue
    const seconds = ticksBetween(old.ticks, now.ticks) / 100
    if (seconds < secondsMin) {
      result.tooSoon = true
      continue
    }
    const octets = name === 'inOctets' || name === 'outOctets'
    const perSecondMax = octets ? speedBps && speedBps / 8 : framesPerSecondMax(speedBps, seconds)
    const rate = counterRate(old, now, { perSecondMax, seconds })
    if (typeof rate === 'string') result.dropped.push(rate)
    else if (octets) addTraffic(result, name === 'inOctets' ? 'in' : 'out', { bps: rate * 8, speedBps })
    else result.rates.push([countedMetrics[name], rate])
  }
  return result
}

function addTraffic(
  { rates }: PortRates,
  direction: 'in' | 'out',
  { bps, speedBps }: { bps: number; speedBps: number | null },
): void {
  rates.push([`if.${direction}.bps`, bps])
  if (speedBps) rates.push([`if.${direction}.utilization`, Math.min(1, bps / speedBps)])
}

/** Frames of 64 octets with preamble and gap (672 bits), and never more than half the range of 32 bits. */
function framesPerSecondMax(speedBps: number | null, seconds: number): number {
  const half = 2 ** 31 / slack / seconds
  return speedBps ? Math.min(speedBps / 672, half) : half
}
