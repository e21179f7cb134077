import { type Condition, holds, meets } from '../rule/condition.js'

/**
 * The open alert of one rule, device and instance, as the state machine sees it. Times are Unix ms of samples, so that
 * the same samples always give the same alerts.
 */
export interface Track {
  readonly state: 'PENDING' | 'FIRING'
  /** When the condition was first met. */
  readonly startsAt: number
  readonly firedAt: number | null
  /** Firing, but the condition has not held since: it resolves after `keepFiringMs`. */
  readonly clearingSince: number | null
  /** The newest sample that was judged, and its value. */
  readonly lastAt: number
  readonly value: number
}

/**
 * What a judgement did: OPENED (now pending), FIRED (from pending, or at once without `for`), DROPPED (was pending,
 * cleared before it fired: no trace), CLEARING and HELD (resolving began and was called off), RESOLVED.
 */
export type Effect = 'NONE' | 'OPENED' | 'FIRED' | 'DROPPED' | 'CLEARING' | 'HELD' | 'RESOLVED'

export interface Verdict {
  /** Null: nothing is open any more. A resolved alert is given once, with its last value. */
  track: Track | null
  effect: Effect
  /** When the effect happened. */
  at: number
}

export interface Sample {
  at: number
  value: number
}

/**
 * Judges one sample, as Prometheus does with `for` and `keep_firing_for`: fires when a sample at least `forMs` after the
 * first one still meets the condition. A sample not newer than the last one changes nothing. `muted` (the device is in
 * maintenance) opens and fires nothing; what is open may still clear.
 */
export function judge(
  track: Track | null,
  sample: Sample,
  condition: Condition,
  muted: boolean = false,
): Verdict {
  const { at, value } = sample
  if (!track) {
    if (muted || !meets(condition, value)) return { track: null, effect: 'NONE', at }
    const opened: Track = {
      state: 'PENDING',
      startsAt: at,
      firedAt: null,
      clearingSince: null,
      lastAt: at,
      value,
    }
    return condition.forMs === 0 ? fire(opened, at) : { track: opened, effect: 'OPENED', at }
  }
  if (at <= track.lastAt) return { track, effect: 'NONE', at }
  const seen: Track = { ...track, lastAt: at, value }
  if (track.state === 'PENDING') {
    if (!meets(condition, value)) return { track: null, effect: 'DROPPED', at }
    if (!muted && at - track.startsAt >= condition.forMs) return fire(seen, at)
    return { track: seen, effect: 'NONE', at }
  }
  if (holds(condition, value)) {
    return {
      track: { ...seen, clearingSince: null },
      effect: track.clearingSince === null ? 'NONE' : 'HELD',
      at,
    }
  }
  const clearing: Track = { ...seen, clearingSince: track.clearingSince ?? at }
  if (at - (clearing.clearingSince ?? at) >= condition.keepFiringMs) return resolve(clearing, at)
  return { track: clearing, effect: track.clearingSince === null ? 'CLEARING' : 'NONE', at }
}

/**
 * Judges by the clock what a slow poll would tell too late: a state lasts until the next sample, so it may fire or
 * resolve between two of them. Not on the word of a sample older than `freshMs`: the device may be anything by now.
 */
export function judgeByClock(
  track: Track,
  now: number,
  condition: Condition,
  { freshMs, muted }: { freshMs: number; muted: boolean },
): Verdict {
  const none: Verdict = { track, effect: 'NONE', at: now }
  if (now - track.lastAt > freshMs) return none
  if (track.state === 'PENDING') {
    return !muted && now - track.startsAt >= condition.forMs ? fire(track, now) : none
  }
  if (track.clearingSince === null) return none
  return now - track.clearingSince >= condition.keepFiringMs ? resolve(track, now) : none
}

const fire = (track: Track, at: number): Verdict => ({
  track: { ...track, state: 'FIRING', firedAt: at },
  effect: 'FIRED',
  at,
})

/** The clock may have fired it a moment after the sample that now resolves it was taken. */
const resolve = (track: Track, at: number): Verdict => ({
  track,
  effect: 'RESOLVED',
  at: Math.max(at, track.firedAt ?? at),
})
