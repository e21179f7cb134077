import { beforeEach, describe, expect, test } from 'vitest'

import { createFormat } from '../texts/format'
import { joinColumns, SeriesStore } from './series'
import { axisTexts, upperEnd } from './time-axis'

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
const points = (values: (number | null)[], step = 30, from = 3000) =>
  values.map((value, index) => ({ at: iso(from + index * step), value }))

let store: SeriesStore
beforeEach(() => {
  store = new SeriesStore()
})

describe('lines', () => {
  test('share one axis; a point that only one line has does not break the other', () => {
    store.load('a', { step: 30, points: points([1, 2, 3]) })
    store.load('b', { step: 30, points: points([5], 30, 3030) })
    expect(store.columns(['a', 'b'])).toEqual([
      [3000, 3030, 3060],
      [1, 2, 3],
      [undefined, 5, undefined],
    ])
  })
  test('break where several polls are missing, not where one is', () => {
    store.load('a', { step: 30, points: points([1, 1, null, 1, 1, 1, null, null, null, 1]) })
    const [times, values] = store.columns(['a'])
    expect(values?.filter((value) => value === null)).toHaveLength(1)
    expect(times[values?.indexOf(null) ?? -1]).toBe(3000 + 7 * 30)
  })
  test('of a slow poll in fine buckets do not fall apart into dots', () => {
    const sparse = Array.from({ length: 30 }, (_, index) => (index % 6 === 0 ? 1 : null))
    store.load('a', { step: 10, points: points(sparse, 10) })
    expect(store.columns(['a'])[1]?.includes(null)).toBe(false)
  })
})

describe('live samples', () => {
  const sample = (at: number, value: number, metric = 'a') => ({ metric, at: iso(at), value })
  beforeEach(() => store.load('a', { step: 60, points: points([1, 1], 60, 3000) }))
  test('open a new bucket and average within it', () => {
    store.append([sample(3121, 10), sample(3150, 20)])
    expect(store.columns(['a'])).toEqual([
      [3000, 3060, 3120],
      [1, 1, 15],
    ])
  })
  test('that are older than the line, or of another metric, change nothing', () => {
    let calls = 0
    store.watch(() => calls++)
    store.append([sample(2990, 99), sample(3200, 1, 'other')])
    expect(calls).toBe(0)
    expect(store.last('a')).toBe(1)
  })
  test('do not pile up for ever', () => {
    store.append(Array.from({ length: 500 }, (_, index) => sample(3120 + index * 60, index)))
    store.trim(3120 + 400 * 60)
    expect(store.columns(['a'])[0].length).toBeLessThan(110)
    expect(store.last('a')).toBe(499)
  })
})

describe('extremes of a point', () => {
  const answered = {
    step: 60,
    points: points([5, null, 7], 60),
    low: points([1, null, 7], 60),
    high: points([9, null, 7], 60),
  }
  beforeEach(() => store.load('a', answered))
  test('make a band, and count in the summary', () => {
    expect(store.hasExtremes('a')).toBe(true)
    expect(store.points('a', 'high')).toEqual([
      [3000, 3120],
      [9, 7],
    ])
    expect(store.summary('a', { from: 3000, to: 4000 })).toEqual({ min: 1, max: 9, avg: 6, last: 7 })
  })
  test('grow with live samples', () => {
    store.append([
      { metric: 'a', at: iso(3130), value: 2 },
      { metric: 'a', at: iso(3190), value: 4 },
    ])
    expect(store.points('a', 'low')[1]).toEqual([1, 2, 4])
    expect(store.points('a', 'high')[1]).toEqual([9, 7, 4])
  })
  test('are none where each point is one sample', () => {
    store.load('b', { step: 60, points: points([1, 2]), low: points([1, 2]), high: points([1, 2]) })
    expect([store.hasExtremes('b'), store.hasExtremes('nothing')]).toEqual([false, false])
  })
})

test('the period before lies on the same time, whatever its own grid', () => {
  const day = 86_400
  const before = new SeriesStore()
  store.load('a', { step: 30, points: points([1, 2, 3]) })
  before.load('a', { step: 30, points: points([7, null, 9], 30, 3015 - day) }, day)
  expect(joinColumns([store.points('a'), before.points('a')])).toEqual([
    [3000, 3015, 3030, 3060, 3075],
    [1, undefined, 2, 3, undefined],
    [undefined, 7, undefined, undefined, 9],
  ])
})

test('a gap of a chart is where none of its lines was measured', () => {
  const poll = (from: number, count: number) => points(new Array(count).fill(1), 30, from)
  store.load('a', { step: 30, points: [...poll(3000, 5), ...poll(3600, 5)] })
  store.load('b', { step: 30, points: poll(3120, 5) })
  expect(store.gaps(['a'], { from: 3000, to: 3750 })).toEqual([{ from: 3150, to: 3600 }])
  expect(store.gaps(['a', 'b'], { from: 2900, to: 3750 })).toEqual([
    { from: 2900, to: 3000 },
    { from: 3270, to: 3600 },
  ])
  expect(store.gaps(['nothing'], { from: 0, to: 60 })).toEqual([{ from: 0, to: 60 }])
})

test('what was measured leaves out the gaps', () => {
  store.load('a', { step: 30, points: points([1, 1, null, 0, 1, 1, 1, null, null, null, 1]) })
  expect(store.measured('a')).toEqual([
    [3000, 3180],
    [3300, 3300],
  ])
  expect(store.measured('nothing')).toEqual([])
})

test('a summary looks only at the window', () => {
  store.load('a', { step: 30, points: points([100, 1, 2, 3]) })
  expect(store.summary('a', { from: 3030, to: 3100 })).toEqual({ min: 1, avg: 2, max: 3, last: 3 })
  expect(store.summary('nothing', { from: 0, to: 1 })).toBeUndefined()
})

describe('the time axis', () => {
  const format = createFormat('en-GB')
  const hour = 3600
  const midnight = new Date(2026, 10, 24).getTime() / 1000
  test('says the date where a new day begins', () => {
    const texts = axisTexts([midnight - hour, midnight, midnight + hour], 600, format)
    expect(texts).toEqual(['23:00', '00:00\n24 Nov', '01:00'])
  })
  test('shows days alone where marks are days', () => {
    expect(axisTexts([midnight, midnight + 24 * hour], 24 * hour, format)).toEqual(['24 Nov', '25 Nov'])
  })
  test('a scale has room above, a floor, and stops at 100 %', () => {
    expect(upperEnd(100, 1)).toBeCloseTo(112)
    expect(upperEnd(0, 2)).toBe(2)
    expect(upperEnd(0.99, 0.2, 1)).toBe(1)
  })
})
