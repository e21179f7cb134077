import type { Device } from '../device.js'
import type { Port, PortCounters } from '../port.js'
import { parseOid, tags } from '../snmp/ber.js'
import { type ColumnSpec, defineScalars, defineTable, type Table } from '../snmp/mib.js'

const { integer, octets, timeTicks, counter32, counter64, gauge32 } = tags
const two32 = 2 ** 32
const gaugeMax = two32 - 1

interface Interface {
  device: Device
  port: Port
  /** Texts as they are sent. */
  name: Buffer
  descr: Buffer
  alias: Buffer
  mac: Buffer
}

const rows = (device: Device) =>
  device.ports.map((port) => ({
    index: [port.ifIndex],
    item: {
      device,
      port,
      name: Buffer.from(port.plan.name),
      descr: Buffer.from(port.plan.descr),
      alias: Buffer.from(port.plan.alias),
      mac: Buffer.from(port.plan.mac, 'hex'),
    } satisfies Interface,
  }))

/** A 32-bit counter: the low half of the 64-bit one. */
const low = (number: number, name: keyof PortCounters): ColumnSpec<Interface> => [
  number,
  counter32,
  ({ port }, at) => port.counters(at)[name] % two32,
]
const whole = (number: number, name: keyof PortCounters): ColumnSpec<Interface> => [
  number,
  counter64,
  ({ port }, at) => port.counters(at)[name],
]
const upDown = (isUp: boolean) => (isUp ? 1 : 2)

/** IF-MIB (RFC 2863): ifTable, ifXTable and when they changed. */
export const interfaceTables: readonly Table<Device>[] = [
  defineScalars<Device>(parseOid('1.3.6.1.2.1.2'), [[1, integer, ({ ports }) => ports.length]]),
  defineTable<Device, Interface>({
    entry: parseOid('1.3.6.1.2.1.2.2.1'),
    rows,
    columns: [
      [1, integer, ({ port }) => port.ifIndex],
      [2, octets, ({ descr }) => descr],
      [3, integer, ({ port }) => port.plan.type],
      [4, integer, ({ port }) => port.plan.mtu],
      [5, gauge32, ({ port }) => Math.min(gaugeMax, port.plan.speedMbps * 1e6)],
      [6, octets, ({ mac }) => mac],
      [7, integer, ({ port }) => upDown(port.adminUp)],
      [8, integer, ({ port }) => upDown(port.isUp)],
      [9, timeTicks, ({ device, port }) => device.ticks(port.changedAt)],
      low(10, 'inOctets'),
      low(11, 'inUnicast'),
      low(13, 'inDiscards'),
      low(14, 'inErrors'),
      [15, counter32, () => 0],
      low(16, 'outOctets'),
      low(17, 'outUnicast'),
      low(19, 'outDiscards'),
      low(20, 'outErrors'),
    ],
  }),
  defineTable<Device, Interface>({
    entry: parseOid('1.3.6.1.2.1.31.1.1.1'),
    rows,
    columns: [
      [1, octets, ({ name }) => name],
      low(2, 'inMulticast'),
      low(3, 'inBroadcast'),
      low(4, 'outMulticast'),
      low(5, 'outBroadcast'),
      whole(6, 'inOctets'),
      whole(7, 'inUnicast'),
      whole(8, 'inMulticast'),
      whole(9, 'inBroadcast'),
      whole(10, 'outOctets'),
      whole(11, 'outUnicast'),
      whole(12, 'outMulticast'),
      whole(13, 'outBroadcast'),
      [14, integer, () => 1],
      [15, gauge32, ({ port }) => port.plan.speedMbps],
      [16, integer, () => 2],
      [17, integer, ({ port }) => (port.plan.type === 6 ? 1 : 2)],
      [18, octets, ({ alias }) => alias],
      // Counters only ever restart together with the agent, which is discontinuity zero (RFC 2863).
      [19, timeTicks, () => 0],
    ],
  }),
  defineScalars<Device>(parseOid('1.3.6.1.2.1.31.1'), [
    [5, timeTicks, (device) => device.ticks(device.tableChangedAt)],
  ]),
]
