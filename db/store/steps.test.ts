import fc from 'fast-check'
import { expect, test } from 'vitest'

import { planSteps } from './steps.js'
import { daySeconds } from './tiers.js'

const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }
const now = Date.UTC(2026, 6, 8, 12, 0, 7)
const ago = (seconds: number) => now - seconds * 1000
const plan = (rangeSeconds: number, more: object = {}) =>
  planSteps({ from: ago(rangeSeconds), to: now, maxPoints: 500, ...more }, retention, now)

test.each([
  [900, {}, 2, 'sample'],
  [900, { minStepSeconds: 37 }, 45, 'sample'],
  [6 * 3600, {}, 45, 'sample'],
  [daySeconds, {}, 180, 'sample'],
  [7 * daySeconds, {}, 1800, 'sample_5m'],
  [30 * daySeconds, {}, 7200, 'sample_1h'],
  [700 * daySeconds, {}, 172_800, 'sample_1h'],
  [700 * daySeconds, { maxPoints: 2 }, 58 * 604_800, 'sample_1h'],
  // Raw samples of 20 days ago are gone: the finest that is left answers.
  [20 * daySeconds, { maxPoints: 100_000 }, 300, 'sample_5m'],
  [100 * daySeconds, { maxPoints: 100_000 }, 3600, 'sample_1h'],
  [3600, { stepSeconds: 7 }, 7, 'sample'],
  [20 * daySeconds, { stepSeconds: 450 }, 600, 'sample_5m'],
  [3600, { stepSeconds: 3600 }, 3600, 'sample_1h'],
])('%i s with %j: step %i from %s', (range, more, step, table) => {
  const { stepSeconds, tier } = plan(range, more)
  expect({ stepSeconds, table: tier.table }).toEqual({ stepSeconds: step, table })
})

test('the grid covers the range, never has more points than asked for, and fits its tier', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 800 * daySeconds }),
      fc.integer({ min: 1, max: 800 * daySeconds }),
      fc.integer({ min: 2, max: 2000 }),
      (a, b, maxPoints) => {
        const from = ago(Math.max(a, b) + 1)
        const to = ago(Math.min(a, b))
        const { firstSeconds, stepSeconds, points, tier } = planSteps({ from, to, maxPoints }, retention, now)
        expect(points).toBeLessThanOrEqual(maxPoints)
        expect(firstSeconds * 1000).toBeLessThanOrEqual(from)
        expect((firstSeconds + points * stepSeconds) * 1000).toBeGreaterThanOrEqual(to)
        if (tier.bucketSeconds) expect(stepSeconds % tier.bucketSeconds).toBe(0)
      },
    ),
  )
})
