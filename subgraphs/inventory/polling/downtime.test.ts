import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DeviceStateChanged, Reachability } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { Downtimes, readSteps } from './downtime.js'
import { Overload, sheddingOf } from './overload.js'
import { buildShards } from './shards.js'
import { Slowed } from './slowed.js'

const event = (
  deviceId: string,
  reachability: Reachability,
  since: number,
  removed = false,
): DeviceStateChanged => ({
  v: 1,
  kind: 'device.state',
  removed,
  state: {
    deviceId,
    siteId: null,
    reachability,
    reason: 'OK',
    since,
    rttMs: null,
    lossRatio: null,
    jitterMs: null,
    cpuRatio: null,
    memoryRatio: null,
    uptimeSeconds: null,
    lastPolledAt: null,
  },
})

describe('steps of downtime', () => {
  test('are read in their order, and say what is wrong', () => {
    expect(readSteps(' 300=60, 3600=300')).toEqual([
      { afterSeconds: 300, everySeconds: 60 },
      { afterSeconds: 3600, everySeconds: 300 },
    ])
    expect(readSteps('')).toEqual([])
    expect(() => readSteps('300')).toThrow('"300" is not <seconds>=<seconds>')
    expect(() => readSteps('300=4')).toThrow('4: a device is polled every 5 to 3600 seconds')
    expect(() => readSteps('300=60,300=90')).toThrow('steps must come in their order')
  })
})

describe('a device that is down for long', () => {
  const steps = { icmp: readSteps('300=60,3600=300'), snmp: readSteps('300=300') }
  const id = crypto.randomUUID()
  const [shard] = buildShards('icmp', [
    { id, intervalSeconds: 25 },
    { id: crypto.randomUUID(), intervalSeconds: 25 },
  ])
  if (!shard) throw new Error('no shard')

  test('is polled at once when it is called so, then every so many slots, and as ever once it is back', () => {
    const downtimes = new Downtimes()
    const slowed = new Slowed(downtimes, steps)
    expect(downtimes.hear(event(id, 'DOWN', 0))).toBe('down')
    expect(downtimes.hear(event(id, 'UNREACHABLE', 200_000))).toBeUndefined()
    const polled: number[] = []
    const told = new Set<number>()
    for (let slot = 0; slot < 400; slot++) {
      const found = slowed.of(shard, slot * 25_000).find(({ deviceId }) => deviceId === id)
      if (found) told.add(found.everySeconds)
      if (found?.due ?? true) polled.push(slot * 25)
    }
    // 60 s are three slots of 25 s, 300 s are twelve.
    expect([...told]).toEqual([75, 300])
    const gaps = polled.slice(1).map((at, n) => [polled[n] ?? 0, at - (polled[n] ?? 0)] as const)
    for (const [at, gap] of gaps) expect(gap).toBeLessThanOrEqual(at < 300 ? 25 : at < 3600 ? 75 : 300)
    expect(gaps.at(-1)?.[1]).toBe(300)
    expect(downtimes.hear(event(id, 'UNKNOWN', 1))).toBeUndefined()
    expect(downtimes.hear(event(id, 'UP', 2))).toBe('back')
    expect(slowed.of(shard, 400 * 25_000)).toEqual([])
  })
  test('is forgotten with its device', () => {
    const downtimes = new Downtimes()
    downtimes.hear(event(id, 'DOWN', 0))
    expect(downtimes.hear(event(id, 'DOWN', 0, true))).toBe('back')
    expect(downtimes.size).toBe(0)
  })
})

describe('overload', () => {
  const many = fc.integer({ min: 0, max: 50 })
  test('sheds slow tables before polls, and SNMP no later than ICMP', () => {
    const order = ['NOTHING', 'SLOW_TABLES', 'POLLS']
    fc.assert(
      fc.property(many, many, many, (shards, icmp, snmp) => {
        const shed = sheddingOf({ icmp: { waiting: icmp, shards }, snmp: { waiting: snmp, shards } })
        expect(order.indexOf(shed.snmp)).toBeGreaterThanOrEqual(order.indexOf(shed.icmp))
        if (icmp > 2 * shards) expect(shed.icmp).toBe('POLLS')
        if (icmp <= shards && snmp <= shards) expect(shed).toEqual({ icmp: 'NOTHING', snmp: 'NOTHING' })
      }),
    )
  })
  test('is told with its numbers', () => {
    const overload = new Overload(createLog('test', 'silent'))
    overload.observe({ icmp: { waiting: 2, shards: 4 }, snmp: { waiting: 9, shards: 4 } })
    overload.missed('snmp', 50)
    overload.missed('snmp', 7)
    expect(overload.load).toEqual({
      icmp: { waiting: 2, shards: 4, shedding: 'NOTHING', missedPolls: 0 },
      snmp: { waiting: 9, shards: 4, shedding: 'POLLS', missedPolls: 57 },
    })
  })
})
