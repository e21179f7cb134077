import { expect, test } from 'vitest'

import { timeRange } from './time-range.js'

const now = Date.UTC(2026, 6, 8, 12)
const at = (seconds: number) => new Date(now + seconds * 1000)

test.each([
  ['15m', 900],
  ['6h', 21_600],
  ['7d', 604_800],
  ['2w', 1_209_600],
  ['90s', 90],
])('last %s', (last, seconds) => {
  expect(timeRange({ last }, now)).toEqual({ from: now - seconds * 1000, to: now })
})
test('from and to; the end is never in the future', () => {
  expect(timeRange({ from: at(-60), to: at(-30) }, now)).toEqual({ from: now - 60_000, to: now - 30_000 })
  expect(timeRange({ from: at(-60), to: at(30) }, now)).toEqual({ from: now - 60_000, to: now })
  expect(timeRange({ from: at(-60) }, now)).toEqual({ from: now - 60_000, to: now })
})
test.each([
  [{ last: '0m' }, 'range.last'],
  [{ last: '-5m' }, 'range.last'],
  [{ last: '5 m' }, 'range.last'],
  [{ last: '5M' }, 'range.last'],
  [{ last: '999999w' }, 'range.last'],
  [{ last: '5m', from: at(-60) }, 'range.last'],
  [{ to: at(-60) }, 'range.from'],
  [{ from: at(60) }, 'range.from'],
  [{ from: at(-60), to: at(-60) }, 'range.to'],
  [{ from: new Date(0), to: at(-60) }, 'range.from'],
  [{}, 'range'],
])('%j is refused, naming %s', (range, field) => {
  expect(() => timeRange(range, now)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', field }))
})
