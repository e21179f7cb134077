import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Condition } from '../rule/condition.js'
import { type Effect, judge, judgeByClock, type Sample, type Track } from './machine.js'

const rule = (given: Partial<Condition> = {}): Condition => ({
  comparison: 'GREATER_OR_EQUAL',
  threshold: 90,
  recoveryThreshold: null,
  forMs: 0,
  keepFiringMs: 0,
  ...given,
})
const pending: Track = {
  state: 'PENDING',
  startsAt: 0,
  firedAt: null,
  clearingSince: null,
  lastAt: 0,
  value: 95,
}
const firing: Track = { ...pending, state: 'FIRING', firedAt: 0 }

interface Step {
  at: number
  effect: Effect
}
/** What each sample that did something did. */
function run(condition: Condition, samples: readonly Sample[], muted = false): Step[] {
  let track: Track | null = null
  const steps: Step[] = []
  for (const sample of samples) {
    const verdict = judge(track, sample, condition, muted)
    track = verdict.effect === 'RESOLVED' ? null : verdict.track
    if (verdict.effect !== 'NONE') steps.push({ at: verdict.at, effect: verdict.effect })
  }
  return steps
}
/** Values one time unit of 10 apart. */
const every10 = (...values: number[]): Sample[] => values.map((value, n) => ({ at: n * 10, value }))
const told = (steps: readonly Step[]) => steps.map(({ at, effect }) => `${at} ${effect}`)

describe('samples', () => {
  test.each<[string, Condition, Sample[], string[]]>([
    [
      'without for it fires at once and resolves at once',
      rule(),
      every10(1, 90, 95, 89, 1),
      ['10 FIRED', '30 RESOLVED'],
    ],
    [
      'with for it fires at the first sample that is late enough',
      rule({ forMs: 25 }),
      every10(95, 95, 95, 95, 95),
      ['0 OPENED', '30 FIRED'],
    ],
    [
      'exactly at the end of for it fires',
      rule({ forMs: 20 }),
      every10(95, 95, 95),
      ['0 OPENED', '20 FIRED'],
    ],
    [
      'a pending one that clears leaves no trace and starts anew',
      rule({ forMs: 20 }),
      every10(95, 95, 1, 95, 95, 95),
      ['0 OPENED', '20 DROPPED', '30 OPENED', '50 FIRED'],
    ],
    [
      'hysteresis holds between both thresholds',
      rule({ recoveryThreshold: 80 }),
      every10(95, 85, 80, 79),
      ['0 FIRED', '30 RESOLVED'],
    ],
    [
      'the recovery threshold does not keep a pending one',
      rule({ recoveryThreshold: 80, forMs: 20 }),
      every10(95, 85),
      ['0 OPENED', '10 DROPPED'],
    ],
    [
      'keep firing waits, and a relapse begins it again',
      rule({ keepFiringMs: 20 }),
      every10(95, 1, 95, 1, 1, 1),
      ['0 FIRED', '10 CLEARING', '20 HELD', '30 CLEARING', '50 RESOLVED'],
    ],
    [
      'a state, for which equality is asked',
      rule({ comparison: 'EQUAL', threshold: 0, forMs: 20 }),
      every10(1, 0, 0, 0, 1),
      ['10 OPENED', '30 FIRED', '40 RESOLVED'],
    ],
    [
      'late and repeated samples change nothing',
      rule({ forMs: 20 }),
      [
        { at: 0, value: 95 },
        { at: 20, value: 95 },
        { at: 10, value: 1 },
        { at: 20, value: 1 },
        { at: 30, value: 1 },
      ],
      ['0 OPENED', '20 FIRED', '30 RESOLVED'],
    ],
  ])('%s', (_name, condition, samples, expected) => {
    expect(told(run(condition, samples))).toEqual(expected)
  })

  test('in maintenance nothing opens or fires, but what is open may clear', () => {
    expect(run(rule(), every10(95, 95), true)).toEqual([])
    expect(judge(pending, { at: 100, value: 95 }, rule({ forMs: 10 }), true).effect).toBe('NONE')
    expect(judge(pending, { at: 100, value: 1 }, rule({ forMs: 10 }), true).effect).toBe('DROPPED')
    expect(judge(firing, { at: 100, value: 1 }, rule(), true).effect).toBe('RESOLVED')
  })
})

describe('the clock', () => {
  const clock = (track: Track, now: number, condition: Condition, muted = false) =>
    judgeByClock(track, now, condition, { freshMs: 100, muted }).effect

  test('fires a pending state when its time has come', () => {
    expect(clock(pending, 29, rule({ forMs: 30 }))).toBe('NONE')
    expect(clock(pending, 30, rule({ forMs: 30 }))).toBe('FIRED')
  })
  test('not on an old sample, and not in maintenance', () => {
    expect(clock(pending, 101, rule({ forMs: 30 }))).toBe('NONE')
    expect(clock(pending, 50, rule({ forMs: 30 }), true)).toBe('NONE')
  })
  test('resolves what is clearing, not what still holds', () => {
    expect(clock(firing, 50, rule({ keepFiringMs: 20 }))).toBe('NONE')
    const clearing = { ...firing, clearingSince: 10, lastAt: 10, value: 1 }
    expect(clock(clearing, 29, rule({ keepFiringMs: 20 }))).toBe('NONE')
    expect(clock(clearing, 30, rule({ keepFiringMs: 20 }))).toBe('RESOLVED')
  })
  test('never resolves before it fired, though the sample is older', () => {
    const fired = judgeByClock(pending, 30, rule({ forMs: 30 }), { freshMs: 100, muted: false })
    expect(judge(fired.track, { at: 28, value: 1 }, rule({ forMs: 30 }))).toMatchObject({
      effect: 'RESOLVED',
      at: 30,
    })
  })
})

describe('whatever the samples', () => {
  const series = fc
    .array(fc.record({ gap: fc.integer({ min: 1, max: 60 }), value: fc.integer({ min: 70, max: 100 }) }), {
      maxLength: 60,
    })
    .map((steps) => {
      let at = 0
      return steps.map(({ gap, value }): Sample => {
        at += gap
        return { at, value }
      })
    })
  const rules = fc.record({
    comparison: fc.constant('GREATER_OR_EQUAL' as const),
    threshold: fc.constant(90),
    recoveryThreshold: fc.option(fc.integer({ min: 75, max: 90 })),
    forMs: fc.integer({ min: 0, max: 200 }),
    keepFiringMs: fc.integer({ min: 0, max: 200 }),
  })

  test('never fires before the condition has held for its time, and always when it has', () => {
    fc.assert(
      fc.property(rules, series, (condition, samples) => {
        let firing = false
        let metSince: number | null = null
        let track: Track | null = null
        for (const sample of samples) {
          const verdict = judge(track, sample, condition)
          track = verdict.effect === 'RESOLVED' ? null : verdict.track
          // What Prometheus would say, told in another way: since when every sample met the condition.
          if (firing) metSince = null
          else metSince = sample.value >= 90 ? (metSince ?? sample.at) : null
          const mustFire = metSince !== null && sample.at - metSince >= condition.forMs
          expect(verdict.effect === 'FIRED').toBe(mustFire)
          if (verdict.effect === 'FIRED') firing = true
          if (verdict.effect === 'RESOLVED') firing = false
        }
      }),
    )
  })

  test('resolves exactly when the healthy side has lasted for its time', () => {
    fc.assert(
      fc.property(rules, series, (condition, samples) => {
        const limit = condition.recoveryThreshold ?? 90
        let track: Track | null = null
        let firedAt: number | null = null
        samples.forEach((sample, index) => {
          const verdict = judge(track, sample, condition)
          track = verdict.effect === 'RESOLVED' ? null : verdict.track
          if (verdict.effect === 'FIRED') firedAt = sample.at
          else if (firedAt !== null) {
            const since = samples.slice(0, index + 1).filter(({ at }) => at > (firedAt ?? 0))
            const lastBad = since.findLastIndex(({ value }) => value >= limit)
            const healthy = since.slice(lastBad + 1)[0]
            const over = healthy !== undefined && sample.at - healthy.at >= condition.keepFiringMs
            expect(verdict.effect === 'RESOLVED').toBe(over)
            if (over) firedAt = null
          }
        })
      }),
    )
  })

  test('telling any earlier sample again changes nothing', () => {
    fc.assert(
      fc.property(rules, series, fc.array(fc.nat()), (condition, samples, repeats) => {
        let plain: Track | null = null
        let repeated: Track | null = null
        samples.forEach((sample, index) => {
          const first = judge(plain, sample, condition)
          plain = first.effect === 'RESOLVED' ? null : first.track
          const second = judge(repeated, sample, condition)
          repeated = second.effect === 'RESOLVED' ? null : second.track
          for (const repeat of repeats) {
            if (!repeated) break
            const again = judge(repeated, samples[repeat % (index + 1)] ?? sample, condition)
            expect(again).toMatchObject({ effect: 'NONE', track: repeated })
          }
          expect(repeated).toEqual(plain)
        })
      }),
    )
  })

  test('effects follow one another only as a life can', () => {
    const after: Record<string, Effect[]> = {
      none: ['OPENED', 'FIRED'],
      OPENED: ['FIRED', 'DROPPED'],
      FIRED: ['CLEARING', 'RESOLVED'],
      CLEARING: ['HELD', 'RESOLVED'],
      HELD: ['CLEARING', 'RESOLVED'],
      DROPPED: ['OPENED', 'FIRED'],
      RESOLVED: ['OPENED', 'FIRED'],
    }
    fc.assert(
      fc.property(rules, series, (condition, samples) => {
        let last = 'none'
        for (const { effect } of run(condition, samples)) {
          expect(after[last]).toContain(effect)
          last = effect
        }
      }),
    )
  })
})
