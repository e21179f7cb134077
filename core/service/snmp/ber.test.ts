import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ber, counter32, counter64, int, objectId, text } from '#tests/kit/snmp-agent.js'
import { BerError, tags, unsigned64In } from './ber.js'
import { BerReader } from './ber-reader.js'
import { BerWriter } from './ber-writer.js'
import { checkName, nameOf, textOf } from './object-id.js'

const writer = new BerWriter()
function written(write: () => void): Buffer {
  writer.clear()
  write()
  return writer.take()
}

const arc = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const oids = fc
  .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 39 }), fc.array(arc, { maxLength: 126 }))
  .map(([first, second, rest]) => [first, second, ...rest].join('.'))

test('what is written is what another encoder writes, and is read back', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const bytes = written(() => writer.integer(value))
      expect(bytes).toEqual(int(value))
      expect(new BerReader(bytes).integer()).toBe(value)
    }),
  )
  fc.assert(
    fc.property(arc, (value) => {
      expect(written(() => writer.unsigned(value, tags.counter32))).toEqual(counter32(value))
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (value) => {
      const bytes = written(() => writer.octets(value))
      expect(bytes).toEqual(text(value))
      expect(new BerReader(bytes).octets()).toEqual(Buffer.from(value))
    }),
  )
  fc.assert(
    fc.property(oids, (oid) => {
      const { bytes, from, to } = nameOf(oid)
      expect(ber(tags.oid, bytes)).toEqual(objectId(oid))
      checkName(bytes, from, to)
      expect(textOf({ bytes, from, to })).toBe(oid)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const { from, to } = new BerReader(counter64(value)).element(tags.counter64)
      expect(BigInt(unsigned64In(counter64(value), from, to) ?? -1)).toBe(value)
    }),
  )
})

const read = (hex: string) => new BerReader(Buffer.from(hex, 'hex'))

test.each([
  ['', 'cut short'],
  ['02', 'cut short'],
  ['0203', 'longer than what encloses it'],
  ['0284ffffffff01', 'longer than what encloses it'],
  ['028001', 'indefinite'],
  ['02850000000001', 'more than four octets'],
  ['0200', 'an integer has 0 octets'],
  ['02050000000001', 'an integer has 5 octets'],
  ['040101', 'tag 0x4 stands where 0x2 belongs'],
])('refuses %s as an integer, and says why', (hex, why) => {
  expect(() => read(hex).integer()).toThrow(BerError)
  expect(() => read(hex).integer()).toThrow(why)
})

test.each([
  ['empty', ''],
  ['ends within an arc', '2b86'],
  // 2^32-1 is the greatest arc; one more, and one that is longer.
  ['above 2^32-1', '2b9080808000'],
  ['above 2^32-1', '2b808080808001'],
  ['more than 128 arcs', `2b${'01'.repeat(127)}`],
])('refuses what is no object identifier: %s', (why, hex) => {
  const bytes = Buffer.from(hex, 'hex')
  expect(() => checkName(bytes, 0, bytes.length)).toThrow(BerError)
  expect(() => checkName(bytes, 0, bytes.length)).toThrow(why)
})
