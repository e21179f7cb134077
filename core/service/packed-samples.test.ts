import fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  type PackedSamples,
  packedSamples,
  packSamples,
  type SampleColumns,
  unpackSamples,
} from '../contract/samples.js'
import { telemetryBatch } from '../contract/telemetry.js'

const devices = ['a', 'b', 'c'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-${letter.repeat(12)}`)
const dictionaries = {
  devices,
  metrics: ['icmp.rtt', 'if.oper'] as SampleColumns['metrics'],
  instances: ['p1', 'ä', ''],
}
const rows = fc.array(
  fc.record({
    device: fc.nat(2),
    metric: fc.nat(1),
    instance: fc.integer({ min: -1, max: 2 }),
    at: fc.integer({ min: 0, max: 4e12 }),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  }),
  { maxLength: 50 },
)
const names = ['device', 'metric', 'instance', 'at', 'value'] as const
const columnsOf = (list: readonly Record<(typeof names)[number], number>[]): SampleColumns => ({
  ...dictionaries,
  device: list.map(({ device }) => device),
  metric: list.map(({ metric }) => metric),
  instance: list.map(({ instance }) => instance),
  at: list.map(({ at }) => at),
  value: list.map(({ value }) => value),
})
const plain = (columns: SampleColumns) => ({
  ...columns,
  ...Object.fromEntries(names.map((name) => [name, Array.from(columns[name])])),
})

test('any samples come back as they were packed, after a way through JSON', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const columns = columnsOf(list)
      const carried: unknown = JSON.parse(JSON.stringify(packSamples(columns)))
      expect(plain(unpackSamples(packedSamples.parse(carried)))).toEqual(columns)
    }),
  )
})

const good = packSamples(
  columnsOf([
    { device: 2, metric: 1, instance: 2, at: 5, value: 1 },
    { device: 0, metric: 0, instance: -1, at: 6, value: 2 },
  ]),
)
const doubles = (...numbers: number[]) => new Uint8Array(new Float64Array(numbers).buffer).toBase64()

test.each<[string, Partial<PackedSamples>, RegExp]>([
  [
    'fewer bytes than it says',
    { count: 3 },
    /column device has 8 characters, 3 samples have 8|column at has/,
  ],
  ['a million samples it has not', { count: 1_000_000 }, /100000/],
  ['a count that is none', { count: -1 }, />=0/],
  ['a longer column', { value: `${good.value}AAAA` }, /column value has 28 characters, 2 samples have 24/],
  ['what is not base64', { at: '*'.repeat(24) }, /a column is not base64/],
  ['bytes that are no whole numbers', { value: `${good.value.slice(0, 22)}AA` }, /bytes|multiple|length/],
  [
    'an index past its dictionary',
    { devices: devices.slice(0, 2) },
    /device of row 0 points outside its dictionary/,
  ],
  ['a metric there is not', { metrics: ['nope'] as never }, /Invalid option/],
  ['an instance past its dictionary', { instances: ['p1'] }, /instance of row 0 points outside/],
  ['a value that is no number', { value: doubles(1, Number.NaN) }, /value of row 1 is no number/],
  ['an endless value', { value: doubles(Number.POSITIVE_INFINITY, 1) }, /value of row 0 is no number/],
  ['a time between two ms', { at: doubles(5, 6.5) }, /at of row 1 is no whole number of ms/],
])('%s is refused, with the reason', (_, lie, reason) => {
  const { error } = packedSamples.safeParse({ ...good, ...lie })
  expect(error?.message).toMatch(reason)
})

test('a batch of the first version is still one, and a lie in it is still found', () => {
  const columns = columnsOf([{ device: 0, metric: 0, instance: -1, at: 5, value: 1 }])
  const batch = { v: 1, kind: 'telemetry.batch', collector: 'icmp', samples: columns, outcomes: [] }
  expect(telemetryBatch.parse(batch)).toEqual(batch)
  const { error } = telemetryBatch.safeParse({ ...batch, samples: { ...columns, device: [3] } })
  expect(error?.message).toContain('device of row 0 points outside its dictionary')
})
