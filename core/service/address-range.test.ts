import fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  addressesOf,
  BadRange,
  canonicalIp,
  countOf,
  covers,
  parseRange,
  parseTarget,
  subtract,
} from './address-range.js'

const listed = (texts: string[], excluded: string[] = []) => [
  ...addressesOf(subtract(texts.map(parseTarget), excluded.map(parseRange))),
]

test('a network has its hosts, without its own and its broadcast address', () => {
  expect(listed(['10.0.0.5/30'])).toEqual(['10.0.0.5', '10.0.0.6'])
  expect(listed(['10.0.0.4/31'])).toEqual(['10.0.0.4', '10.0.0.5'])
  expect(listed(['10.0.0.4', '10.0.0.4/32'])).toEqual(['10.0.0.4'])
  expect(listed(['2001:DB8::/126'])).toEqual(['2001:db8::', '2001:db8::1', '2001:db8::2', '2001:db8::3'])
  expect(listed(['10.0.0.0/29'], ['10.0.0.2/31', '10.0.0.6'])).toEqual(['10.0.0.1', '10.0.0.4', '10.0.0.5'])
})

test.each([
  ...[
    '10.0.0',
    '10.0.0.256',
    '10.0.0.01',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'router',
  ],
  ...['2001:db8::/129', 'fe80::1%eth0', '', '0.0.0.0', '239.1.2.3', '255.255.255.255', 'ff02::1', '::'],
  ...['::ffff:10.0.0.1', 'fe80::/64'],
])('%j is no target', (text) => {
  expect(() => parseTarget(text)).toThrow(BadRange)
})

test('whatever is excluded is neither counted, listed nor covered, and nothing else is missing', () => {
  const network = fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 27, max: 32 }))
    .map(([last, prefix]) => `10.0.0.${last}/${prefix}`)
  const lists = fc.tuple(fc.array(network, { maxLength: 5 }), fc.array(network, { maxLength: 5 }))
  fc.assert(
    fc.property(lists, ([targets, excluded]) => {
      const [wanted, unwanted] = [targets.map(parseTarget), excluded.map(parseRange)]
      const left = subtract(wanted, unwanted)
      const all = [...addressesOf([parseRange('10.0.0.0/26')])]
      const expected = all.filter((one) => covers(wanted, one) && !covers(unwanted, one))
      expect([...addressesOf(left)]).toEqual(expected)
      expect(countOf(left)).toBe(BigInt(expected.length))
      expect(all.filter((one) => covers(left, one))).toEqual(expected)
    }),
    { numRuns: 100 },
  )
})

test('an address has one way to be written', () => {
  expect(canonicalIp('2001:0DB8:0:0::1')).toBe('2001:db8::1')
  expect(canonicalIp('10.0.0.1')).toBe('10.0.0.1')
  expect(canonicalIp('router-1')).toBeUndefined()
})
