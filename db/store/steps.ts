import { fiveMinutes, hours, oldestOf, type Retention, raw, type Tier } from './tiers.js'

/** Steps a chart may have, in seconds; each from 300 on is a whole number of 5-minute buckets. */
const ladder = [
  1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200,
  86_400, 172_800, 604_800,
]
const week = 604_800

export interface StepRequest {
  /** Unix time, ms. */
  from: number
  to: number
  /** A step of the caller's own, in seconds; undefined: the finest with at most `maxPoints` points. */
  stepSeconds?: number | undefined
  /** At least 2. */
  maxPoints: number
  /** No finer than this, so that a poll interval never looks like a row of gaps. */
  minStepSeconds?: number | undefined
}

export interface StepPlan {
  tier: Tier
  stepSeconds: number
  /** Begin of the first point, Unix time in s, a multiple of the step. */
  firstSeconds: number
  points: number
}

/**
 * The step and the tier for a range. Of the tiers whose buckets divide the step, the coarsest is read: it gives the same
 * figures for less work. Where a fine tier no longer reaches back to `from`, the step grows to fit the next one.
 */
export function planSteps(request: StepRequest, retention: Retention, now: number): StepPlan {
  const { from, to, stepSeconds, maxPoints, minStepSeconds = 1 } = request
  const floor = [raw, fiveMinutes, hours].find((tier) => from >= oldestOf(tier, retention, now)) ?? hours
  const unit = floor.bucketSeconds || 1
  if (stepSeconds !== undefined) return grid(request, Math.ceil(stepSeconds / unit) * unit)
  const wanted = Math.max((to - from) / 1000 / maxPoints, minStepSeconds, unit)
  for (const step of ladder) {
    if (step < wanted || step % unit !== 0) continue
    const plan = grid(request, step)
    if (plan.points <= maxPoints) return plan
  }
  // A range may straddle one bucket more than it is long, so the last steps are tried, not computed.
  for (let weeks = Math.max(1, Math.ceil(wanted / week)); ; weeks++) {
    const plan = grid(request, weeks * week)
    if (plan.points <= maxPoints) return plan
  }
}

function grid({ from, to }: StepRequest, stepSeconds: number): StepPlan {
  const tier =
    [hours, fiveMinutes].find(({ bucketSeconds }) => stepSeconds % bucketSeconds === 0) ?? (raw as Tier)
  const first = Math.floor(from / 1000 / stepSeconds)
  const past = Math.max(Math.ceil(to / 1000 / stepSeconds), first + 1)
  return { tier, stepSeconds, firstSeconds: first * stepSeconds, points: past - first }
}
