import { describe, expect, test } from 'vitest'

import { alertFilter, alertsSearch } from './alerts-search'
import { comparedRange, compareEverySeconds, rangeInput, windowOf } from './chart-search'
import { deviceSearch } from './device-search'
import { devicesSearch, isFiltered, orderOf } from './devices-search'
import { difference } from './devices-state-filter'
import { combHeight, combPlace, hexWidth } from './honeycomb'
import { loginSearch } from './login-search'

describe('the device list', () => {
  test('reads its URL and drops what does not fit', () => {
    expect(
      devicesSearch({ q: ' core ', state: 'DOWN,nonsense', kind: 'SWITCH', sort: '-address', start: '50' }),
    ).toEqual({
      q: ' core ',
      state: ['DOWN'],
      kind: ['SWITCH'],
      sort: '-address',
    })
    expect(devicesSearch({ sort: 'password', state: 'x', after: 'c', start: '-3' })).toEqual({ after: 'c' })
  })
  test('a minus sorts downwards', () => {
    expect(orderOf('-model')).toEqual({ field: 'VENDOR', direction: 'DESC' })
    expect(orderOf()).toEqual({ field: 'NAME', direction: 'ASC' })
  })
  test('order and page do not count as a filter', () => {
    expect([isFiltered({ sort: 'name', after: 'x' }), isFiltered({ tag: ['a'] })]).toEqual([false, true])
  })
  test('counts devices that entered or left a state', () => {
    expect(difference(['a', 'b'], ['b', 'c', 'd'])).toBe(3)
    expect(difference(['a'], ['a'])).toBe(0)
  })
})

describe('the page of a device', () => {
  test('a fixed window needs both ends in order', () => {
    expect(deviceSearch({ from: '100', to: '50' })).toEqual({})
    expect(deviceSearch({ from: '100' })).toEqual({})
    expect(deviceSearch({ from: '100', to: '200', range: '6h' })).toEqual({ from: 100, to: 200, range: '6h' })
  })
  test('the graph is asked for the same window as the charts show', () => {
    expect(rangeInput({})).toEqual({ last: '1h' })
    expect(windowOf({ range: '15m' })).toEqual({ live: true, seconds: 900 })
    expect(rangeInput({ from: 0, to: 60 })).toEqual({
      from: '1970-01-01T00:00:00.000Z',
      to: '1970-01-01T00:01:00.000Z',
    })
    expect(windowOf({ range: '15m', from: 1, to: 2 })).toEqual({ live: false, from: 1, to: 2 })
  })
})

describe('what a window is compared with', () => {
  test('is the same length, a day or a week earlier', () => {
    expect(comparedRange({ live: false, from: 1_000_000, to: 1_003_600 }, 'day', 0)).toEqual({
      from: new Date(913_600_000).toISOString(),
      to: new Date(917_200_000).toISOString(),
    })
  })
  test('reaches on while a live window moves', () => {
    expect(comparedRange({ live: true, seconds: 3600 }, 'week', 2_000_000)).toEqual({
      from: new Date((2_000_000 - 604_800 - 3600) * 1000).toISOString(),
      to: new Date((2_000_000 - 604_800 + compareEverySeconds) * 1000).toISOString(),
    })
  })
  test('stands in the URL', () => {
    expect(deviceSearch({ compare: 'week', ports: 'down,nonsense' })).toEqual({
      compare: 'week',
      ports: ['down'],
    })
    expect(deviceSearch({ compare: 'year' })).toEqual({})
  })
})

test('the alert list asks for what is firing, unless told otherwise', () => {
  expect(alertFilter(alertsSearch({}))).toEqual({ states: ['FIRING'] })
  expect(alertFilter(alertsSearch({ state: 'all', severity: 'CRITICAL', ack: 'no', device: 'd' }))).toEqual({
    states: ['PENDING', 'FIRING', 'RESOLVED'],
    severities: ['CRITICAL'],
    acknowledged: false,
    deviceIds: ['d'],
  })
  expect(alertsSearch({ state: 'firing' })).toEqual({})
})

test('the sign-in page keeps where to go', () => {
  expect(loginSearch({ next: '/devices', expired: '1', x: 'y' })).toEqual({ next: '/devices', expired: true })
})

describe('the honeycomb', () => {
  test('cells are never smaller than a finger needs', () => {
    for (const devices of [1, 40, 41, 200, 1000, 10_000]) expect(hexWidth(devices)).toBeGreaterThanOrEqual(24)
  })
  test('every other row stands half a cell to the right, a quarter overlapping', () => {
    expect(combPlace(0, 3, 46)).toEqual({ x: 0, y: 0 })
    expect(combPlace(3, 3, 46).x).toBe(24)
    expect(combPlace(3, 3, 46).y).toBeLessThan(46)
    expect(combHeight(6, 3, 46)).toBeGreaterThan(combHeight(3, 3, 46))
  })
})
