import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { PollTarget } from '#core/contract/polling.js'
import type { Poller } from '#core/service/collector.js'
import { interfaceId } from '#core/service/interface-id.js'
import { openKnownPorts } from '#core/service/known-ports.js'

import { openPoller, pollOnce, samplesOf, snmpTarget } from '../../tests/kit/collector.js'
import { SnmpAgent } from '../../tests/kit/snmp-agent.js'
import { type FakeDevice, type FakePort, mibOf } from '../../tests/kit/snmp-device.js'
import { freshRedis } from '../../tests/kit/stores.js'
import { snmp } from './index.js'
import { portKeys } from './ports.js'

let agent: SnmpAgent
let poller: Poller
let target: PollTarget
beforeEach(async () => {
  agent = await SnmpAgent.listen('127.3.0.1')
  poller = await openPoller(snmp)
  target = snmpTarget('127.3.0.1', { port: agent.port })
})
afterEach(async () => {
  await poller[Symbol.asyncDispose]()
  await agent[Symbol.asyncDispose]()
})

const port = (index: number, name: string, octets: bigint, more: Partial<FakePort> = {}): FakePort => ({
  index,
  name,
  inOctets: octets,
  outOctets: octets,
  ...more,
})
async function poll(device: FakeDevice) {
  agent.load(mibOf(device))
  const result = await pollOnce(poller, target)
  const samples = samplesOf(result)
  const bps = (key: string) => samples[`if.in.bps ${interfaceId(target.deviceId, key)}`]
  return { result, samples, bps, facts: result.facts }
}
/** 30 s of device time at so many megabit a second. */
const megabits = (rate: number) => BigInt(rate * 1_000_000 * 30) / 8n

test('the first poll has names and states, no rates; the second has rates', async () => {
  const first = await poll({ uptime: 50_000, ports: [port(1, 'Gi0/1', 5n)] })
  expect(first.facts?.interfaces?.map(({ key }) => key)).toEqual(['Gi0/1'])
  expect(first.bps('Gi0/1')).toBeUndefined()
  const second = await poll({ uptime: 53_000, ports: [port(1, 'Gi0/1', 5n + megabits(80))] })
  expect(second.bps('Gi0/1')).toBe(80_000_000)
  expect(second.samples[`if.in.utilization ${interfaceId(target.deviceId, 'Gi0/1')}`]).toBe(0.08)
  expect(second.facts).toBeUndefined()
})

describe('a reboot that resets counters and shuffles every ifIndex', () => {
  test('gives no rate at first, and then each port its own', async () => {
    await poll({
      uptime: 50_000,
      ports: [port(1, 'A', megabits(900)), port(2, 'B', 0n), port(3, 'C', megabits(5))],
    })
    const rebooted = await poll({
      uptime: 900,
      ports: [port(1, 'C', 10n), port(2, 'A', 20n), port(3, 'B', 30n)],
    })
    expect(['A', 'B', 'C'].map(rebooted.bps)).toEqual([undefined, undefined, undefined])
    expect(rebooted.facts?.interfaces?.map(({ key, ifIndex }) => [key, ifIndex])).toEqual([
      ['C', 1],
      ['A', 2],
      ['B', 3],
    ])
    const later = await poll({
      uptime: 3900,
      ports: [
        port(1, 'C', 10n + megabits(3)),
        port(2, 'A', 20n + megabits(1)),
        port(3, 'B', 30n + megabits(2)),
      ],
    })
    expect(['A', 'B', 'C'].map(later.bps)).toEqual([1_000_000, 2_000_000, 3_000_000])
  })

  test('joins no two ports even when the agent gives no sign of it', async () => {
    // Same indexes, no ifTableLastChange, sysUpTime goes on, counters grow: only the names tell.
    await poll({ uptime: 50_000, ports: [port(1, 'A', 0n), port(2, 'B', megabits(300))] })
    const swapped = await poll({
      uptime: 53_000,
      ports: [port(1, 'B', megabits(310), { speed: 100_000_000 }), port(2, 'A', megabits(20))],
    })
    expect(swapped.bps('A')).toBe(20_000_000)
    expect(swapped.bps('B')).toBe(10_000_000)
    expect(swapped.facts?.interfaces?.map(({ key, speedBps }) => [key, speedBps])).toEqual([
      ['B', '100000000'],
      ['A', '1000000000'],
    ])
  })

  test('in the middle of a poll begins the poll anew', async () => {
    const before = [port(1, 'A', megabits(900)), port(2, 'B', 0n)]
    const after = [port(2, 'A', 20n), port(1, 'B', 30n)]
    await poll({ uptime: 50_000, ports: before })
    agent.load(mibOf({ uptime: 53_000, ports: before }))
    let requests = 0
    agent.mischief = (_, answer) => {
      if (++requests === 1) agent.load(mibOf({ uptime: 200, ports: after }))
      return answer
    }
    const result = await pollOnce(poller, target)
    expect(result.outcome.result).toBe('success')
    expect(Object.keys(samplesOf(result)).filter((name) => name.startsWith('if.in.bps'))).toEqual([])
    agent.mischief = undefined
    const later = await poll({ uptime: 3200, ports: [port(2, 'A', 20n + megabits(7)), port(1, 'B', 30n)] })
    expect(later.bps('A')).toBe(7_000_000)
    expect(later.bps('B')).toBe(0)
  })
})

describe('a port that is renamed', () => {
  const renamed = (name: string, octets: bigint) => [port(4, name, octets, { mac: 77 })]
  test('keeps its id and its counting', async () => {
    await poll({ uptime: 50_000, ports: renamed('Gi0/4', 0n) })
    const later = await poll({ uptime: 53_000, ports: renamed('Gi1/0/4', megabits(12)) })
    expect(later.bps('Gi0/4')).toBe(12_000_000)
    expect(later.facts?.interfaces).toMatchObject([
      { id: interfaceId(target.deviceId, 'Gi0/4'), key: 'Gi1/0/4', name: 'Gi1/0/4' },
    ])
  })

  test('is known to another collector, and to this one after a restart', async () => {
    const redis = new Redis(await freshRedis())
    const knownPorts = openKnownPorts(redis)
    for (const name of ['Gi0/4', 'Gi1/0/4', 'Gi1/0/4']) {
      await using other = await openPoller(snmp, { knownPorts })
      agent.load(mibOf({ uptime: 50_000, ports: renamed(name, 0n) }))
      const { facts } = await pollOnce(other, target)
      expect(facts?.interfaces?.map(({ id }) => id)).toEqual([interfaceId(target.deviceId, 'Gi0/4')])
    }
    redis.disconnect()
  })
})

test('a port that appears is described and named at once', async () => {
  await poll({ uptime: 50_000, ports: [port(1, 'A', 0n)] })
  const grown = await poll({ uptime: 53_000, ports: [port(1, 'A', megabits(1)), port(7, 'B', 5n)] })
  expect(grown.facts?.interfaces?.map(({ key }) => key)).toEqual(['A', 'B'])
  expect(grown.bps('A')).toBe(1_000_000)
})

test('a change of the interface table is read at once, whatever else is the same', async () => {
  await poll({ uptime: 50_000, lastChange: 100, ports: [port(1, 'A', 0n, { alias: 'old' })] })
  const changed = await poll({
    uptime: 53_000,
    lastChange: 52_000,
    ports: [port(1, 'A', 0n, { alias: 'new' })],
  })
  expect(changed.facts?.interfaces?.[0]?.alias).toBe('new')
})

test('counters that were cleared give no rate for that time', async () => {
  await poll({ uptime: 50_000, ports: [port(1, 'A', megabits(10))] })
  const cleared = await poll({
    uptime: 53_000,
    ports: [port(1, 'A', megabits(11), { discontinuity: 51_000 })],
  })
  expect(cleared.bps('A')).toBeUndefined()
})

test('a rate above the line rate is not told', async () => {
  await poll({ uptime: 50_000, ports: [port(1, 'A', 0n), port(2, 'B', 0n)] })
  const spike = await poll({
    uptime: 53_000,
    ports: [port(1, 'A', megabits(1060)), port(2, 'B', megabits(40))],
  })
  expect(spike.bps('A')).toBeUndefined()
  expect(spike.bps('B')).toBe(40_000_000)
})

test('two polls in the same second give one rate, over the whole time', async () => {
  await poll({ uptime: 50_000, ports: [port(1, 'A', 0n)] })
  expect((await poll({ uptime: 50_040, ports: [port(1, 'A', 1000n)] })).bps('A')).toBeUndefined()
  expect((await poll({ uptime: 53_000, ports: [port(1, 'A', megabits(4))] })).bps('A')).toBe(4_000_000)
})

test('states and errors are told', async () => {
  await poll({ uptime: 50_000, ports: [port(1, 'A', 0n, { inErrors: 5 })] })
  const { samples } = await poll({ uptime: 53_000, ports: [port(1, 'A', 0n, { inErrors: 35, up: false })] })
  const id = interfaceId(target.deviceId, 'A')
  expect(samples).toMatchObject({
    [`if.in.errors ${id}`]: 1,
    [`if.out.errors ${id}`]: 0,
    [`if.in.discards ${id}`]: 0,
    [`if.oper ${id}`]: 0,
  })
})

test.each(['V1', 'V2C'] as const)(
  'without ifXTable 32-bit counters are used, over their wrap (%s)',
  async (version) => {
    target = snmpTarget('127.3.0.1', { port: agent.port, version })
    const old = (octets: bigint) => [port(1, '', octets, { descr: 'eth0', old: true, speed: 100_000_000 })]
    const first = await poll({ uptime: 50_000, ports: old(2n ** 32n - 1000n), cpus: [50], memory: [1, 4] })
    expect(first.result.outcome.result).toBe('success')
    expect(first.facts?.interfaces).toMatchObject([{ key: 'eth0', name: 'eth0', speedBps: '100000000' }])
    const second = await poll({
      uptime: 53_000,
      ports: old(2n ** 32n - 1000n + megabits(8)),
      cpus: [50],
      memory: [1, 4],
    })
    expect(second.bps('eth0')).toBe(8_000_000)
    expect(second.samples).toMatchObject({ 'system.cpu': 0.5, 'system.memory': 0.25, 'system.uptime': 530 })
  },
)

test('SNMPv1 reads 32-bit counters of ports that have 64-bit ones too: it cannot carry those', async () => {
  target = snmpTarget('127.3.0.1', { port: agent.port, version: 'V1' })
  agent.mischief = (_, answer) => answer
  const ports = (octets: bigint) => [port(1, 'A', octets, { speed: 100_000_000 })]
  const withoutHc = (octets: bigint) => {
    const mib = mibOf({ uptime: octets === 0n ? 50_000 : 53_000, ports: ports(octets) })
    for (const oid of Object.keys(mib))
      if (/^1\.3\.6\.1\.2\.1\.31\.1\.1\.1\.(6|10)\./.test(oid)) delete mib[oid]
    return mib
  }
  agent.load(withoutHc(0n))
  await pollOnce(poller, target)
  agent.load(withoutHc(megabits(2)))
  const samples = samplesOf(await pollOnce(poller, target))
  expect(samples[`if.in.bps ${interfaceId(target.deviceId, 'A')}`]).toBe(2_000_000)
})

describe('a port is known by', () => {
  const keys = (...ports: [string, string, string][]) =>
    Object.fromEntries(portKeys(ports.map(([index, name, descr]) => ({ index, name, descr }))))
  test('ifName, where it is unique', () => {
    expect(keys(['1', 'a', 'x'], ['2', 'b', 'x'])).toEqual({ 1: 'a', 2: 'b' })
  })
  test('else ifDescr, else the index', () => {
    expect(keys(['1', 'a', 'x'], ['2', 'a', 'y'], ['3', '', 'z'], ['4', '', ''])).toEqual({
      1: 'x',
      2: 'y',
      3: 'z',
      4: '4',
    })
    expect(keys(['1', 'a', 'x'], ['2', 'a', 'x'])).toEqual({ 1: '1', 2: '2' })
  })
  test('something of its own, even where names look like indexes', () => {
    const found = keys(['1', '2', ''], ['2', 'a', 'x'], ['3', 'a', 'x'])
    expect(new Set(Object.values(found)).size).toBe(3)
  })
})

test('ports with one name are told apart by description, and stay so', async () => {
  const twins = (octets: bigint) => [
    port(1, 'eth', octets, { descr: 'eth left' }),
    port(2, 'eth', octets * 2n, { descr: 'eth right' }),
  ]
  await poll({ uptime: 50_000, ports: twins(0n) })
  const second = await poll({ uptime: 53_000, ports: twins(megabits(1)) })
  expect(second.facts).toBeUndefined()
  expect([second.bps('eth left'), second.bps('eth right')]).toEqual([1_000_000, 2_000_000])
})
