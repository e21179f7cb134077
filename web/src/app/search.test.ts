import { describe, expect, test } from 'vitest'

import { flagOf, listOf, oneOf, parseSearch, safeReturn, stringifySearch, textsOf } from './search'

describe('the search part of a URL', () => {
  test('lists stay readable', () => {
    expect(stringifySearch({ state: ['DOWN', 'DEGRADED'], q: 'core', all: true })).toBe(
      '?state=DOWN,DEGRADED&q=core&all=1',
    )
  })
  test('what is empty leaves no trace', () => {
    expect(stringifySearch({ q: '', state: [], after: undefined, all: false, tab: null })).toBe('')
  })
  test('comes back as it went', () => {
    const search = { q: 'a&b=c?#', next: '/devices?state=DOWN,UP', from: 1_700_000_000 }
    expect(parseSearch(stringifySearch(search))).toEqual({ ...search, from: '1700000000' })
  })
})

describe('values from a URL are user input', () => {
  test('a list keeps only what is allowed, once each', () => {
    expect(listOf(['UP', 'DOWN'], 'DOWN,evil,DOWN,UP')).toEqual(['DOWN', 'UP'])
    expect(listOf(['UP'], 'x')).toBeUndefined()
    expect(listOf(['UP'], ['UP'])).toEqual(['UP'])
    expect(listOf(['UP'], { UP: 1 })).toBeUndefined()
  })
  test('a choice outside the list is no choice', () => {
    expect(oneOf(['a', 'b'], 'b')).toBe('b')
    expect(oneOf(['a', 'b'], '__proto__')).toBeUndefined()
  })
  test('flags and free lists', () => {
    expect([flagOf('1'), flagOf(true), flagOf('true'), flagOf(undefined)]).toEqual([
      true,
      true,
      undefined,
      undefined,
    ])
    expect(textsOf('a,,b')).toEqual(['a', 'b'])
    expect(textsOf('')).toBeUndefined()
  })
})

test.each([
  ['/devices?state=DOWN', '/devices?state=DOWN'],
  ['//evil.example/x', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/login?next=/x', '/'],
  [undefined, '/'],
])('after signing in %s leads to %s', (next, path) => expect(safeReturn(next)).toBe(path))
