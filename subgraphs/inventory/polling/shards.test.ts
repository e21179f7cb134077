import { describe, expect, test } from 'vitest'

import { buildShards, dueSlots, shardMax } from './shards.js'

const devices = (many: number, intervalSeconds = 60) =>
  Array.from({ length: many }, () => ({ id: crypto.randomUUID(), intervalSeconds }))

describe('shards', () => {
  test.each([1, 199, 200, 1000, 10_000])('of %i devices hold every device once and none too many', (many) => {
    const all = devices(many)
    for (const kind of ['icmp', 'snmp'] as const) {
      const shards = buildShards(kind, all)
      expect(shards.flatMap(({ deviceIds }) => deviceIds).sort()).toEqual(all.map(({ id }) => id).sort())
      expect(Math.max(...shards.map(({ deviceIds }) => deviceIds.length))).toBeLessThanOrEqual(shardMax[kind])
      const count = Number(shards[0]?.name.split('of')[1])
      expect(Math.log2(count) % 1).toBe(0)
      expect(count).toBeLessThanOrEqual(Math.max(1, (many / shardMax[kind]) * 4))
    }
  })
  test('are named by kind, interval, index and count, and separate by interval', () => {
    const shards = buildShards('icmp', [...devices(3, 30), ...devices(3, 60)])
    expect(shards.map(({ name }) => name)).toEqual(['icmp/30/0of1', 'icmp/60/0of1'])
    expect(buildShards('snmp', [])).toEqual([])
  })
  test('keep a device where it is while their number stays, and split when it doubles', () => {
    const all = devices(700)
    const place = (list: typeof all) =>
      new Map(buildShards('icmp', list).flatMap(({ name, deviceIds }) => deviceIds.map((id) => [id, name])))
    const [whole, fewer] = [place(all), place(all.slice(10))]
    for (const [id, name] of fewer) expect(whole.get(id)).toBe(name)
    const index = (name = '') => Number(name.split('/')[2]?.split('of')[0])
    const [small, large] = [place(all.slice(0, 300)), place(all)]
    const count = Number([...small.values()][0]?.split('of')[1])
    for (const [id, name] of small) expect(index(large.get(id)) % count).toBe(index(name))
  })
  test('are spread evenly over their interval, SNMP between ICMP', () => {
    const all = devices(1000)
    const [icmp, snmp] = [buildShards('icmp', all), buildShards('snmp', all)]
    for (const shards of [icmp, snmp]) {
      const offsets = shards.map(({ offsetMs }) => offsetMs)
      expect(new Set(offsets).size).toBe(shards.length)
      expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...offsets)).toBeLessThan(60_000)
    }
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
  })
})
