import { isBridge, type Learned } from '../bridging.js'
import type { Device } from '../device.js'
import type { Port } from '../port.js'
import { parseOid, tags } from '../snmp/ber.js'
import { defineScalars, defineTable, type Table } from '../snmp/mib.js'

const { integer, octets } = tags
/** dot1dTpFdbStatus */
const learned = 3
const vlan = 1

/** RouterOS has only the older table. */
const isOld = (device: Device) => device.plan.product.vendor === 'MikroTik'
/** Bridge ports are numbered from 1, whatever the ifIndex of their interface is. */
const portsOf = (device: Device): Port[] =>
  isBridge(device) ? device.ports.filter(({ plan }) => plan.use !== 'local') : []
const macBytes = (mac: string): number[] => [...Buffer.from(mac, 'hex')]

interface Row {
  number: number
}
const forwarding = (device: Device, prefix: readonly number[]): { index: number[]; item: Row }[] => {
  const numbers = new Map(portsOf(device).map((port, n) => [port, n + 1]))
  return (device.bridging?.learned(device) ?? []).flatMap(({ mac, port }: Learned) => {
    const number = numbers.get(port)
    return number === undefined ? [] : [{ index: [...prefix, ...macBytes(mac)], item: { number } }]
  })
}

/** BRIDGE-MIB (RFC 4188) and Q-BRIDGE-MIB (RFC 4363): the bridge, its ports, and whom it forwards to. */
export const bridgeTables: readonly Table<Device>[] = [
  defineScalars<Device>(parseOid('1.3.6.1.2.1.17.1'), [
    [1, octets, (device) => (isBridge(device) ? Buffer.from(device.plan.mac, 'hex') : undefined)],
    [2, integer, (device) => (isBridge(device) ? portsOf(device).length : undefined)],
  ]),
  defineTable<Device, Port>({
    entry: parseOid('1.3.6.1.2.1.17.1.4.1'),
    rows: (device) => portsOf(device).map((item, n) => ({ index: [n + 1], item })),
    columns: [[2, integer, ({ ifIndex }) => ifIndex]],
  }),
  defineTable<Device, Row>({
    entry: parseOid('1.3.6.1.2.1.17.4.3.1'),
    rows: (device) => (isOld(device) ? forwarding(device, []) : []),
    columns: [
      [2, integer, ({ number }) => number],
      [3, integer, () => learned],
    ],
  }),
  defineTable<Device, Row>({
    entry: parseOid('1.3.6.1.2.1.17.7.1.2.2.1'),
    rows: (device) => (isOld(device) ? [] : forwarding(device, [vlan])),
    columns: [
      [2, integer, ({ number }) => number],
      [3, integer, () => learned],
    ],
  }),
]
