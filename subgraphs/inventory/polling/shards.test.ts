import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { buildShards, dueSlots, firstMissed, shardMax, shardMin } from './shards.js'

const devices = (many: number, intervalSeconds = 60) =>
  Array.from({ length: many }, () => ({ id: crypto.randomUUID(), intervalSeconds }))

describe('shards', () => {
  test.each([1, 199, 200, 1000, 10_000])('of %i devices hold every device once and none too many', (many) => {
    const all = devices(many)
    for (const kind of ['icmp', 'snmp'] as const) {
      const shards = buildShards(kind, all)
      expect(shards.flatMap(({ deviceIds }) => deviceIds).sort()).toEqual(all.map(({ id }) => id).sort())
      const sizes = shards.map(({ deviceIds }) => deviceIds.length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(shardMax[kind])
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  })
  test('are named by kind, interval, index and count, and separate by interval', () => {
    const shards = buildShards('icmp', [...devices(3, 30), ...devices(3, 60)])
    expect(shards.map(({ name }) => name)).toEqual(['icmp/30/0of1', 'icmp/60/0of1'])
    expect(buildShards('snmp', [])).toEqual([])
  })
  test('poll a device at nearly the same moment when others come or go', () => {
    const all = devices(2000)
    const moments = (list: typeof all) =>
      new Map(
        buildShards('icmp', list).flatMap(({ offsetMs, deviceIds }) => deviceIds.map((id) => [id, offsetMs])),
      )
    const before = moments(all)
    for (const [id, offsetMs] of moments(all.slice(20)))
      expect(Math.abs((before.get(id) ?? 0) - offsetMs)).toBeLessThanOrEqual(2000)
  })

  // The load of a second is the number of devices whose poll begins in it.
  const mixes = fc.array(
    fc.record({ intervalSeconds: fc.integer({ min: 5, max: 300 }), many: fc.integer({ min: 1, max: 3000 }) }),
    { minLength: 1, maxLength: 4 },
  )
  test.each(['icmp', 'snmp'] as const)(
    'of %s load every second alike: at most 1.3 times the mean',
    (kind) => {
      fc.assert(
        fc.property(mixes, (mix) => {
          const all = mix.flatMap(({ intervalSeconds, many }, m) =>
            Array.from({ length: many }, (_, n) => ({ id: `${m}-${n}`, intervalSeconds })),
          )
          const shards = buildShards(kind, all)
          const seconds = 600
          const load = new Array<number>(seconds).fill(0)
          for (const { offsetMs, intervalSeconds, deviceIds } of shards) {
            for (let at = offsetMs; at < seconds * 1000; at += intervalSeconds * 1000)
              load[Math.floor(at / 1000)] = (load[Math.floor(at / 1000)] ?? 0) + deviceIds.length
          }
          // Where an interval has too few devices for a shard a second, one small shard of it comes on top.
          const byInterval = Map.groupBy(all, ({ intervalSeconds }) => intervalSeconds)
          const [mean, slack] = [...byInterval].reduce(
            ([sum, more], [intervalSeconds, { length }]) =>
              length >= shardMin[kind] * intervalSeconds
                ? [sum + length / intervalSeconds, more]
                : [sum, more + shardMin[kind]],
            [0, 0],
          )
          expect(Math.max(...load)).toBeLessThanOrEqual(1.3 * mean + slack)
        }),
        { numRuns: 60 },
      )
    },
  )
  test('fall between those of the other kind', () => {
    expect(buildShards('icmp', devices(1)).map(({ offsetMs }) => offsetMs)).toEqual([0])
    expect(buildShards('snmp', devices(1)).map(({ offsetMs }) => offsetMs)).toEqual([30_000])
  })
})

describe('slots', () => {
  const [shard] = buildShards('snmp', devices(1, 10))
  if (!shard) throw new Error('no shard')
  test('fall due once an interval, at the same moments for everybody', () => {
    const seen: number[] = []
    for (let at = 1_000_000; at < 1_060_000; at += 250) {
      for (const { slotAt } of dueSlots([shard], at - 250, at)) seen.push(slotAt)
    }
    expect(seen).toEqual([1_005_000, 1_015_000, 1_025_000, 1_035_000, 1_045_000, 1_055_000])
  })
  test('that were slept through are not made up for, but for the last', () => {
    expect(dueSlots([shard], 1_000_000, 1_099_000).map(({ slotAt }) => slotAt)).toEqual([1_095_000])
    expect(dueSlots([shard], 1_000_000, 1_000_000)).toEqual([])
    expect(dueSlots([shard], 1_005_000, 1_005_100)).toEqual([])
    expect(firstMissed(shard, 1_000_000, 1_095_000)).toBe(1_005_000)
    expect(firstMissed(shard, 1_085_000, 1_095_000)).toBeUndefined()
    expect(firstMissed(shard, 1_084_999, 1_095_000)).toBe(1_085_000)
  })
})
