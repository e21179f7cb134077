import { expect, test } from 'vitest'

import { addressKey, canonicalAddress } from './address.js'

test('IPv6 is kept as RFC 5952 writes it, anything else as it is given', () => {
  expect(canonicalAddress('2001:DB8:0:0:0:0:0:1')).toBe('2001:db8::1')
  expect(canonicalAddress('::FFFF:10.0.0.1')).toBe('::ffff:a00:1')
  expect(canonicalAddress('10.0.0.1')).toBe('10.0.0.1')
  expect(canonicalAddress('Core.Example')).toBe('Core.Example')
})

test('one address has one key, and keys sort as addresses do', () => {
  const sorted = [
    '9.0.0.1',
    '10.0.0.2',
    '10.0.0.10',
    '::1',
    '2001:db8::1',
    '2001:db8::1:0',
    'a.example',
    'B.example',
  ]
  const keys = sorted.map(addressKey)
  expect([...keys].sort()).toEqual(keys)
  expect(addressKey('B.EXAMPLE')).toBe(addressKey('b.example'))
  expect(addressKey('2001:0db8:0000::0001')).toBe(addressKey('2001:db8::1'))
  expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('6 2001:0db8:0001:0002:0003:0004:0005:0006')
})
