import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'

import { deviceNeighbors as report } from '#tests/kit/device-facts.js'

import { arpEntry, deviceNeighbors, fdbPort, neighborRowsMax } from '../contract/neighbors.js'
import { isAddress, isMac, isUuid } from '../contract/quick-rows.js'

const id = '0f3a6c1e-7b2d-4e5f-9a8b-0123456789ab'
const text = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.uuid(),
  fc.stringMatching(/^[0-9a-g:.]{0,40}$/),
  fc.stringMatching(/^([0-9a-fA-F]{2}[:-]){5}[0-9a-f]{2}$/),
)
const any = fc.oneof(text, fc.constant(null), fc.constant(undefined), fc.integer(), fc.constant([]))
const row = fc.oneof(
  fc.record(
    { address: any, mac: any, interfaceId: any, more: any },
    { requiredKeys: ['address', 'mac', 'interfaceId'] },
  ),
  fc.record({ address: fc.ipV6(), mac: fc.constant('00:1b:54:aa:bb:cc'), interfaceId: fc.constant(id) }),
  any,
)

/** All that a schema says of a value. */
const outcome = (schema: z.ZodType, value: unknown) => {
  const { data, error } = schema.safeParse(value)
  return error ? error.issues.map(({ path, message, code }) => ({ path, message, code })) : data
}

test('what is taken without a look is what the schema would take', () => {
  fc.assert(
    fc.property(text, (value) => {
      if (isUuid(value)) expect(z.uuid().safeParse(value).success).toBe(true)
      if (isMac(value)) expect(value).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
      if (isAddress(value)) expect(z.union([z.ipv4(), z.ipv6()]).safeParse(value).success).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test.each(['::', '::1', '2001:db8::1', 'fe80::1:2:3:4', '1:2:3:4:5:6:7:8', '192.0.2.255'])(
  '%s is taken so',
  (one) => {
    expect(isAddress(one)).toBe(true)
  },
)

test.each([
  '1::2::3',
  ':::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8:9',
  '12345::',
  '256.1.1.1',
  '1.1.1',
  '::g',
])('%s is not', (one) => {
  expect(isAddress(one)).toBe(false)
})

test('rows are taken, and refused with the same words at the same place, as by an array of them', () => {
  const plain = z.array(arpEntry).max(neighborRowsMax.arp).nullable()
  fc.assert(
    fc.property(fc.oneof(fc.array(row, { maxLength: 6 }), any), (rows) => {
      expect(outcome(deviceNeighbors.shape.arp, rows)).toEqual(outcome(plain, rows))
    }),
  )
})

test('more rows than there may be, and more addresses behind a port, are refused', () => {
  const entry = { address: '10.0.0.1', mac: '00:1b:54:aa:bb:cc', interfaceId: null }
  const arp = Array.from({ length: neighborRowsMax.arp + 1 }, () => entry)
  const plain = z.object({ arp: z.array(arpEntry).max(neighborRowsMax.arp) })
  expect(outcome(deviceNeighbors, report(id, 1, { arp }))).toEqual(outcome(plain, { arp }))
  const macs = Array.from({ length: 17 }, () => entry.mac)
  const fdb = [{ interfaceId: id, total: 17, macs }]
  expect(outcome(deviceNeighbors, report(id, 1, { fdb }))).toEqual(
    outcome(z.object({ fdb: z.array(fdbPort) }), { fdb }),
  )
  const { arp: _, ...without } = report(id, 1)
  expect(outcome(deviceNeighbors, without)).toMatchObject([{ path: ['arp'], code: 'invalid_type' }])
})
