import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Poller, ProbeResult } from '#core/service/collector.js'
import { interfaceId } from '#core/service/interface-id.js'
import { openPoller, pollOnce, snmpTarget } from '#tests/kit/collector.js'
import { int, type Mib, SnmpAgent, text, timeTicks } from '#tests/kit/snmp-agent.js'
import { fakePorts, mibOf } from '#tests/kit/snmp-device.js'

import { snmp } from './index.js'

let agent: SnmpAgent
let poller: Poller
beforeAll(async () => {
  agent = await SnmpAgent.listen('127.5.0.31')
})
afterAll(() => agent[Symbol.asyncDispose]())

const lldp = '1.0.8802.1.1.2.1'
const bytes = (...all: number[]) => text(Buffer.from(all))
const base = (): Mib => mibOf({ uptime: 100_000, ports: fakePorts(4) })

/** A row of lldpRemTable: heard on local port `port`. */
function heard(
  mib: Mib,
  port: number,
  nth: number,
  { chassis, id, name = '' }: { chassis: [number, Buffer]; id: [number, Buffer]; name?: string },
): void {
  const at = (column: number) => `${lldp}.4.1.1.${column}.0.${port}.${nth}`
  mib[at(4)] = int(chassis[0])
  mib[at(5)] = text(chassis[1])
  mib[at(6)] = int(id[0])
  mib[at(7)] = text(id[1])
  mib[at(8)] = text('far port')
  mib[at(9)] = text(name)
  mib[at(10)] = text('some system')
  mib[at(12)] = bytes(0x28, 0)
}

async function poll(mib: Mib, settings: object = {}): Promise<ProbeResult & { deviceId: string }> {
  poller = await openPoller(snmp)
  try {
    const target = snmpTarget('127.5.0.31', { port: agent.port, ...settings })
    agent.load(mib)
    return { ...(await pollOnce(poller, target)), deviceId: target.deviceId }
  } finally {
    await poller[Symbol.asyncDispose]()
  }
}

describe('neighbours by LLDP', () => {
  test('a name that is too long is cut between characters, as JSON of a database needs it', async () => {
    const mib = base()
    const name = `${'n'.repeat(254)}\u{1f600}`
    heard(mib, 1, 1, { chassis: [7, Buffer.from(name)], id: [5, Buffer.from(name)], name })
    const [told] = (await poll(mib)).neighbors?.heard ?? []
    expect(told?.sysName).toMatch(/^n{254}.$/u)
    for (const said of [told?.sysName, told?.chassisId.value, told?.portId.value])
      expect(said?.isWellFormed()).toBe(true)
  })

  test('every way to name a chassis and a port is understood', async () => {
    const mib = base()
    const mac = Buffer.from([0, 0x1b, 0x54, 0xaa, 0xbb, 0xcc])
    const kinds: [chassis: [number, Buffer], id: [number, Buffer]][] = [
      [
        [1, Buffer.from('chassis-7')],
        [1, Buffer.from('to the core')],
      ],
      [
        [2, Buffer.from('alias')],
        [2, Buffer.from('slot 1')],
      ],
      [
        [3, Buffer.from('backplane')],
        [3, mac],
      ],
      [
        [4, mac],
        [4, Buffer.from([1, 192, 0, 2, 7])],
      ],
      [
        [5, Buffer.from([1, 192, 0, 2, 1])],
        [5, Buffer.from('Gi0/1')],
      ],
      [
        [5, Buffer.from([2, 0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 1])],
        [6, Buffer.from([1, 2])],
      ],
      [
        [6, Buffer.from('ge-0/0/0')],
        [7, Buffer.from('513')],
      ],
      [
        [7, Buffer.from('local name\0')],
        [7, Buffer.from([0xff, 0xfe])],
      ],
    ]
    for (const [n, [chassis, id]] of kinds.entries()) heard(mib, 1, n + 1, { chassis, id })
    const { neighbors } = await poll(mib)
    expect(neighbors?.heard?.map(({ chassisId, portId }) => [chassisId, portId])).toEqual([
      [
        { kind: 'COMPONENT', value: 'chassis-7' },
        { kind: 'ALIAS', value: 'to the core' },
      ],
      [
        { kind: 'ALIAS', value: 'alias' },
        { kind: 'PORT_COMPONENT', value: 'slot 1' },
      ],
      [
        { kind: 'PORT_COMPONENT', value: 'backplane' },
        { kind: 'MAC', value: '00:1b:54:aa:bb:cc' },
      ],
      [
        { kind: 'MAC', value: '00:1b:54:aa:bb:cc' },
        { kind: 'ADDRESS', value: '192.0.2.7' },
      ],
      [
        { kind: 'ADDRESS', value: '192.0.2.1' },
        { kind: 'NAME', value: 'Gi0/1' },
      ],
      [
        { kind: 'ADDRESS', value: '2001:db8::1' },
        { kind: 'CIRCUIT', value: 'hex:0102' },
      ],
      [
        { kind: 'NAME', value: 'ge-0/0/0' },
        { kind: 'LOCAL', value: '513' },
      ],
      [
        { kind: 'LOCAL', value: 'local name' },
        { kind: 'LOCAL', value: 'hex:fffe' },
      ],
    ])
    expect(neighbors?.heard?.[0]?.capabilities).toEqual(['BRIDGE', 'ROUTER'])
  })

  test('a local port is the interface it names, whatever its number is', async () => {
    const mib = base()
    mib[`${lldp}.3.7.1.2.77`] = int(5)
    mib[`${lldp}.3.7.1.3.77`] = text('Gi0/3')
    mib[`${lldp}.3.7.1.4.77`] = text('Ethernet 3')
    heard(mib, 77, 1, { chassis: [7, Buffer.from('x')], id: [5, Buffer.from('y')], name: 'far.example.net' })
    mib[`${lldp}.4.2.1.3.0.77.1.1.4.192.0.2.9`] = int(2)
    mib[`${lldp}.4.2.1.3.0.77.1.1.4.169.254.0.1`] = int(2)
    const { neighbors, deviceId } = await poll(mib)
    expect(neighbors?.heard).toMatchObject([
      {
        interfaceId: interfaceId(deviceId, 'Gi0/3'),
        portLabel: 'Gi0/3',
        sysName: 'far.example.net',
        addresses: ['192.0.2.9'],
      },
    ])
    expect(neighbors?.ports).toEqual([
      { interfaceId: interfaceId(deviceId, 'Gi0/3'), id: { kind: 'NAME', value: 'Gi0/3' } },
    ])
  })

  test('rows without a chassis or a port, and of wrong types, cost neither the others nor the poll', async () => {
    const mib = base()
    heard(mib, 1, 1, { chassis: [99, Buffer.from('x')], id: [5, Buffer.from('y')] })
    heard(mib, 1, 2, { chassis: [4, Buffer.alloc(0)], id: [5, Buffer.from('y')] })
    heard(mib, 1, 3, { chassis: [7, Buffer.from('good')], id: [5, Buffer.from('y')] })
    mib[`${lldp}.4.1.1.9.0.1.3`] = int(3)
    const { neighbors, outcome } = await poll(mib)
    expect(outcome.result).toBe('success')
    expect(neighbors?.heard?.map(({ chassisId }) => chassisId.value)).toEqual(['good'])
  })
})

describe('when they are read', () => {
  test('at first, then when LLDP says that it changed; and not at all where that is switched off', async () => {
    const mib = base()
    const changed = `${lldp}.2.1.0`
    mib[changed] = timeTicks(1)
    poller = await openPoller(snmp)
    const target = snmpTarget('127.5.0.31', { port: agent.port })
    const next = async () => (await pollOnce(poller, target)).neighbors
    agent.load(mib)
    expect(await next()).toMatchObject({ heard: [], fdb: [], arp: [] })
    expect(await next()).toBeUndefined()
    heard(mib, 1, 1, { chassis: [7, Buffer.from('new')], id: [5, Buffer.from('y')] })
    agent.load({ ...mib, [changed]: timeTicks(2) })
    // Only the small tables: what was not read is as it was.
    expect(await next()).toMatchObject({ heard: [{ chassisId: { value: 'new' } }], fdb: null, arp: null })
    expect(await next()).toBeUndefined()
    await poller[Symbol.asyncDispose]()
    expect((await poll(mib, { neighbors: false })).neighbors).toBeUndefined()
  })
})

describe('bridge and ARP tables', () => {
  const fdb = '1.3.6.1.2.1.17.7.1.2.2.1'
  const learn = (mib: Mib, mac: string, port: number, status = 3) => {
    mib[`${fdb}.2.1.${mac}`] = int(port)
    mib[`${fdb}.3.1.${mac}`] = int(status)
  }
  const bridge = (mib: Mib) => {
    for (const n of [1, 2, 3, 4]) mib[`1.3.6.1.2.1.17.1.4.1.2.${n + 10}`] = int(n)
    return mib
  }

  test('tell who was learned on which port, by the port’s interface', async () => {
    const mib = bridge(base())
    learn(mib, '0.27.84.1.1.1', 11)
    learn(mib, '0.27.84.1.1.2', 12)
    learn(mib, '0.27.84.1.1.3', 12)
    learn(mib, '0.27.84.9.9.9', 13, 4)
    for (let n = 0; n < 20; n++) learn(mib, `2.0.0.0.0.${n}`, 14)
    const arp = '1.3.6.1.2.1.4.22.1'
    mib[`${arp}.2.1.192.0.2.5`] = bytes(0, 27, 84, 1, 1, 1)
    mib[`${arp}.4.1.192.0.2.5`] = int(3)
    mib[`${arp}.2.1.192.0.2.6`] = bytes(0, 27, 84, 1, 1, 2)
    mib[`${arp}.4.1.192.0.2.6`] = int(2)
    const { neighbors, deviceId } = await poll(mib)
    const port = (name: string) => interfaceId(deviceId, name)
    expect(neighbors?.fdb).toEqual([
      { interfaceId: port('Gi0/1'), total: 1, macs: ['00:1b:54:01:01:01'] },
      { interfaceId: port('Gi0/2'), total: 2, macs: ['00:1b:54:01:01:02', '00:1b:54:01:01:03'] },
      { interfaceId: port('Gi0/4'), total: 20, macs: [] },
    ])
    expect(neighbors?.arp).toEqual([
      { address: '192.0.2.5', mac: '00:1b:54:01:01:01', interfaceId: port('Gi0/1') },
    ])
  })

  test('a bridge table beyond its bound is not used at all, said so, and the poll is good', async () => {
    const mib = bridge(base())
    for (let n = 0; n < 300; n++) learn(mib, `2.0.0.0.${n >> 8}.${n & 255}`, 11 + (n % 4))
    const { neighbors, outcome } = await poll(mib, { fdbRowsMax: 100 })
    expect(outcome.result).toBe('success')
    expect(neighbors).toMatchObject({ fdb: null, cut: ['FDB'], heard: [] })
  })
})
