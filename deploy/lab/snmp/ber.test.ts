import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { BerError, BerReader, compareOids, encodeArcs, encodeOid, type Oid, tags } from './ber.js'
import { MessageWriter } from './writer.js'

const arc = fc.integer({ min: 0, max: 0xffffffff })
const oid = fc
  .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 39 }), fc.array(arc, { maxLength: 40 }))
  .map(([first, second, rest]): Oid => [first, second, ...rest])
const nothing = Buffer.alloc(0)

/** Writes one variable and reads it back as a name and the raw value. */
function roundTrip(name: Oid, tag: number, value: number | Buffer) {
  const writer = new MessageWriter()
  writer.variable(encodeOid(name), nothing, tag, value)
  const reader = new BerReader(Buffer.from(writer.bytes))
  const binding = reader.enter(tags.sequence)
  expect(reader.done).toBe(true)
  const readName = binding.oid()
  const end = binding.header(tag)
  expect(end).toBe(binding.end)
  return { name: readName, octets: binding.bytes.subarray(binding.position, end) }
}

describe('what is written is read back', () => {
  test('object identifiers of any arcs', () => {
    fc.assert(
      fc.property(oid, (name) => {
        expect(roundTrip(name, tags.null, nothing).name).toEqual(name)
      }),
    )
  })
  test('integers of 32 bits, in their shortest form', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        const writer = new MessageWriter()
        writer.prependInteger(value)
        const { bytes } = writer
        expect(new BerReader(bytes).integer()).toBe(value)
        if (bytes.length > 3) expect([0, 0x1ff]).not.toContain(bytes.readUInt16BE(2) >> 7)
      }),
    )
  })
  test('counters of 64 bits, exactly up to 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const { octets } = roundTrip([1, 3], tags.counter64, value)
        expect(octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)).toBe(BigInt(value))
        expect(octets[0]).toBeLessThan(0x80)
      }),
    )
  })
  test('octet strings, over every length form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), oid, (value, name) => {
        const back = roundTrip(name, tags.octets, Buffer.from(value))
        expect(back.octets).toEqual(Buffer.from(value))
        expect(back.name).toEqual(name)
      }),
    )
  })
})

test('the order of object identifiers is that of their arcs, not of their octets', () => {
  const arcs = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 6 })
  fc.assert(
    fc.property(arcs, arcs, (a, b) => {
      const pad = (oidArcs: Oid) => oidArcs.map((part) => String(part + 100_000)).join('.')
      expect(Math.sign(compareOids(a, b))).toBe(Math.sign(pad(a) < pad(b) ? -1 : pad(a) > pad(b) ? 1 : 0))
      expect(compareOids([1, 3, ...a], b, 2)).toBe(compareOids(a, b))
    }),
  )
  expect(encodeArcs([16_383]).compare(encodeArcs([16_384]))).toBeGreaterThan(0)
})

describe('malformed octets are refused, whatever they are', () => {
  const readAll = (bytes: Buffer): void => {
    const reader = new BerReader(bytes).enter(tags.sequence)
    reader.integer()
    reader.octets()
    reader.oid()
    reader.element()
  }
  test('only with BerError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (junk) => {
        try {
          readAll(Buffer.concat([Buffer.of(0x30, junk.length), junk]))
        } catch (error) {
          expect(error).toBeInstanceOf(BerError)
        }
      }),
      { numRuns: 500 },
    )
  })
  test.each([
    ['an indefinite length', '3080020100'],
    ['a length of five octets', '30850000000001'],
    ['an element longer than what encloses it', '3003020501'],
    ['nothing at all', ''],
    ['an OID that ends within an arc', '300a0201000400060380ffff'],
    ['an arc above 2^32-1', '300e02010004000607a0808080808001'],
  ])('%s', (_name, hex) => {
    expect(() => readAll(Buffer.from(hex, 'hex'))).toThrow(BerError)
  })
})
