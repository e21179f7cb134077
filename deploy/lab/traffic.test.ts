import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { Curve, epochMs, Flow, type FlowMode, profiles } from './traffic.js'

const day = 86_400
const warsaw = 3600
const office = (seed = 7) => new Curve(profiles.office, warsaw, seed)
const flow = (seed = 7) => new Flow({ meanBps: 8e6, lineBps: 1e9, curve: office(seed) })
const mean = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length

describe('a curve', () => {
  test('never falls below zero, for any profile, seed and time', () => {
    const profile = fc.constantFrom(...Object.values(profiles))
    fc.assert(
      fc.property(profile, fc.nat(), fc.nat(400 * day), (shape, seed, t) => {
        const level = new Curve(shape, 0, seed).level(t + 0.37)
        expect(level).toBeGreaterThanOrEqual(0)
        expect(level).toBeLessThan(3.3)
      }),
      { numRuns: 2000 },
    )
  })
  test('has the integral that adding up its rate gives', () => {
    const curve = office()
    const from = 31 * day + 12_345
    let sum = 0
    for (let t = from; t < from + 3000; t += 0.5) sum += curve.level(t + 0.25) * 0.5
    expect(curve.total(from + 3000) - curve.total(from)).toBeCloseTo(sum, 1)
  })
  test('is busy by day and quiet by night, in the time of its own site', () => {
    const levelAt = (localHour: number) =>
      mean(Array.from({ length: 50 }, (_, n) => office().level(40 * day + (localHour - 1) * 3600 + n * 71)))
    expect(levelAt(13)).toBeGreaterThan(2.5 * levelAt(3))
    const tokyo = new Curve(profiles.office, 9 * 3600, 7)
    expect(tokyo.level(40 * day + 4.5 * 3600)).toBeGreaterThan(tokyo.level(40 * day + 18 * 3600))
  })
  test('has noise that differs from port to port', () => {
    const [one, other] = [office(1), office(2)]
    const differences = Array.from({ length: 60 }, (_, n) =>
      Math.abs(one.level(50 * day + n * 61) - other.level(50 * day + n * 61)),
    )
    expect(mean(differences)).toBeGreaterThan(0.05)
  })
})

describe('a flow', () => {
  test('is the same function of time in every process', () => {
    const at = epochMs + 123_456_789
    expect(flow().octets(at)).toBe(flow().octets(at))
    expect(flow(8).octets(at)).not.toBe(flow().octets(at))
  })
  test('has about its mean rate over a week', () => {
    const week = 7 * day * 1000
    const octets = flow().octets(epochMs + 2 * week) - flow().octets(epochMs + week)
    expect((octets * 8) / (7 * day)).toBeCloseTo(8e6, -5)
  })
  test('never counts backwards, whatever is done to it', () => {
    const step = fc.tuple(
      fc.constantFrom<FlowMode>('normal', 'stopped', 'saturated'),
      fc.integer({ min: 1, max: 100_000 }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const one = flow()
        let at = epochMs + 90 * day * 1000
        let last = one.octets(at)
        for (const [mode, ms] of steps) {
          one.set(mode, at)
          expect(one.octets(at)).toBeCloseTo(last, 1)
          at += ms
          const now = one.octets(at)
          expect(now - last).toBeGreaterThanOrEqual(-0.01)
          if (mode === 'stopped') expect(now).toBeCloseTo(last, 1)
          if (mode === 'saturated') expect(((now - last) * 8000) / ms).toBeCloseTo(0.98e9, -3)
          last = now
        }
      }),
    )
  })
  test('loses frames only while it is saturated', () => {
    const one = flow()
    const at = epochMs + day * 1000
    expect(one.drops(at)).toBe(0)
    one.set('saturated', at)
    one.set('normal', at + 10_000)
    expect(one.drops(at + 99_000)).toBeCloseTo(850, 6)
  })
})
