import { expect, test } from 'vitest'

import { collectorFigures, levelOf, successLevel, throughput } from './health-level'

test('a stage is behind, has something to say, has nothing to do, or is well', () => {
  const at = '2026-11-28T06:00:00.000Z'
  expect([
    levelOf({ ok: false, message: 'late', lastSuccessAt: at }),
    levelOf({ ok: true, message: 'slower than configured', lastSuccessAt: at }),
    levelOf({ ok: true, message: 'no device is polled this way', lastSuccessAt: null }),
    levelOf({ ok: true, message: null, lastSuccessAt: at }),
  ]).toEqual(['bad', 'warn', 'idle', 'good'])
  expect([0.5, 0.95, 0.999, null].map(successLevel)).toEqual(['bad', 'warn', 'good', 'idle'])
})

const minute = (n: number, collector: string, [polls, failed, samples]: [number, number, number]) => ({
  __typename: 'PipelineMinute' as const,
  at: new Date(n * 60_000).toISOString(),
  collector,
  polls,
  failed,
  samples,
})

test('minutes add up over collectors, and average within each', () => {
  const minutes = [
    minute(0, 'icmp', [60, 0, 240]),
    minute(0, 'snmp', [30, 15, 960]),
    minute(1, 'icmp', [60, 0, 240]),
    minute(2, 'icmp', [0, 0, 0]),
  ]
  expect(collectorFigures(minutes)).toEqual([
    { collector: 'icmp', pollsPerMinute: 40, samplesPerSecond: 480 / 180, successRatio: 1 },
    { collector: 'snmp', pollsPerMinute: 10, samplesPerSecond: 960 / 180, successRatio: 0.5 },
  ])
  const { samples, failed } = throughput(minutes)
  expect(samples.map(({ value }) => value)).toEqual([20, 4, 0])
  expect(failed.map(({ value }) => value)).toEqual([15 / 90, 0, null])
})
