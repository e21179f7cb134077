import { describe, expect, test } from 'vitest'

import { gapsBetween } from './gaps'
import { stateSpans } from './state-spans'
import { pan, spanOf, zoomAround, zoomTo } from './time-window'

const now = 1_000_000.5

describe('a zoom', () => {
  test('is whole seconds, in order, whichever way the mouse went', () => {
    expect(zoomTo(500.7, 100.2, now)).toEqual({ from: 100, to: 501 })
    expect(zoomTo(100.2, 500.7, now)).toEqual({ from: 100, to: 501 })
  })
  test('shows a minute at least, around what was selected', () => {
    expect(zoomTo(1000, 1010, now)).toEqual({ from: 975, to: 1035 })
  })
  test('never shows what is yet to come', () => {
    expect(zoomTo(999_000, 1_000_400, now)).toEqual({ from: 999_000, to: 1_000_000 })
    expect(zoomTo(999_999, 1_000_010, now)).toEqual({ from: 999_940, to: 1_000_000 })
  })
  test('keeps the place under the crosshair', () => {
    expect(zoomAround({ from: 1000, to: 2000 }, 0.5, 1200, now)).toEqual({ from: 1100, to: 1600 })
    expect(zoomAround({ from: 1000, to: 2000 }, 2, 1500, now)).toEqual({ from: 500, to: 2500 })
  })
  test('moves along, to the right as far as now', () => {
    expect(pan({ from: 1000, to: 2000 }, -0.25, now)).toEqual({ from: 750, to: 1750 })
    expect(pan({ from: 999_000, to: 999_900 }, 0.25, now)).toEqual({ from: 999_100, to: 1_000_000 })
  })
})

test('a live window ends now, a fixed one where it says', () => {
  expect(spanOf({ live: true, seconds: 60 }, 1000)).toEqual({ from: 940, to: 1000 })
  expect(spanOf({ live: false, from: 1, to: 2 }, 1000)).toEqual({ from: 1, to: 2 })
})

describe('gaps', () => {
  const shown = { from: 0, to: 100 }
  test('lie before, between and after what was measured, in whatever order that is told', () => {
    expect(
      gapsBetween(
        [
          [60, 80],
          [10, 40],
          [20, 30],
        ],
        shown,
        5,
      ),
    ).toEqual([
      { from: 0, to: 10 },
      { from: 40, to: 60 },
      { from: 80, to: 100 },
    ])
  })
  test('are not what a late poll leaves', () => {
    expect(gapsBetween([[4, 96]], shown, 5)).toEqual([])
  })
  test('end with the window, whatever was measured beyond', () => {
    expect(
      gapsBetween(
        [
          [-50, 20],
          [200, 300],
        ],
        shown,
        5,
      ),
    ).toEqual([{ from: 20, to: 100 }])
  })
})

describe('states over a window', () => {
  const changes = [
    { at: 80, from: 'DOWN', to: 'UP', reason: 'OK' },
    { at: 30, from: 'UP', to: 'DOWN', reason: 'NO_REPLY' },
  ] as const
  test('have no holes, and begin with the one that the oldest change left', () => {
    expect(stateSpans(changes, { from: 0, to: 100 })).toEqual([
      { from: 0, to: 30, state: 'UP', reason: null },
      { from: 30, to: 80, state: 'DOWN', reason: 'NO_REPLY' },
      { from: 80, to: 100, state: 'UP', reason: 'OK' },
    ])
  })
  test('are cut to the window', () => {
    expect(stateSpans(changes, { from: 40, to: 60 })).toEqual([
      { from: 40, to: 60, state: 'DOWN', reason: 'NO_REPLY' },
    ])
  })
  test('are unknown without any change', () => {
    expect(stateSpans([], { from: 0, to: 10 })).toEqual([{ from: 0, to: 10, state: 'UNKNOWN', reason: null }])
  })
})
