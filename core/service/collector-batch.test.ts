import { expect, test } from 'vitest'

import { goodResult } from '../../tests/kit/plain-collector.js'
import { queues } from '../contract/queues.js'
import { samplesOf, type TelemetryBatch } from '../contract/telemetry.js'
import { failedOutcome, SampleRows } from './collector.js'
import { BatchBuilder, batchJobId } from './collector-batch.js'

const ids = (n: number) => Array.from({ length: n }, () => crypto.randomUUID())

test('batches hold at most so many samples, with the outcome beside the last of its device', () => {
  const builder = new BatchBuilder('icmp', 10)
  const [a = '', b = ''] = ids(2)
  const full = [...builder.add(goodResult(a, 4)), ...builder.add(goodResult(b, 25))]
  const all = [...full, ...builder.take()]
  expect(all.map((batch) => samplesOf(batch).at.length)).toEqual([10, 10, 9])
  expect(all.map((batch) => batch.outcomes.map(({ deviceId }) => deviceId))).toEqual([[a], [], [b]])
  for (const batch of all) queues.telemetry.schema.parse(batch)
  expect(builder.take()).toEqual([])
})
test('batches of one slot and the same devices have one id, of others another', () => {
  const batchOf = (...devices: string[]) => {
    const builder = new BatchBuilder('snmp')
    for (const device of devices) builder.add(goodResult(device))
    return builder.take()[0] as TelemetryBatch
  }
  const [a = '', b = ''] = ids(2)
  const id = (batch: TelemetryBatch, n = 0) => batchJobId({ shard: 's1', slotAt: 5 }, n, batch)
  expect(id(batchOf(a, b))).toBe(id(batchOf(b, a)))
  expect(id(batchOf(a, b))).toMatch(/^snmp:s1:5:0:/)
  expect(new Set([id(batchOf(a)), id(batchOf(b)), id(batchOf(a), 1)]).size).toBe(3)
  expect(batchJobId({ shard: null, slotAt: 5 }, 0, batchOf(a))).toMatch(/^snmp:adhoc:5:0:/)
})
test('samples leave out what is not a number', () => {
  const samples = new SampleRows()
  samples.add('icmp.rtt', Number.NaN, 1)
  samples.add('icmp.rtt', Number.POSITIVE_INFINITY, 1)
  expect(samples.length).toBe(0)
})
test('outcomes cut the words of an outcome to what the contract allows', () => {
  expect(failedOutcome('x', 'INTERNAL', { detail: 'x'.repeat(900), durationMs: 1 }).detail).toHaveLength(500)
})
