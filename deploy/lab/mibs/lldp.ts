import type { Device } from '../device.js'
import type { Peer, Port } from '../port.js'
import { encodeOid, parseOid, tags } from '../snmp/ber.js'
import { defineScalars, defineTable, type Table } from '../snmp/mib.js'
import { describe } from './system.js'

const { integer, octets, oid, timeTicks } = tags
/** LldpChassisIdSubtype macAddress, LldpManAddrIfSubtype ifIndex, AddressFamilyNumbers ipV4. */
const [macAddress, byIfIndex, ipV4] = [4, 2, 1]
const portIdSubtypes = { mac: 3, name: 5, local: 7 } as const

interface Neighbour {
  local: Port
  remote: Peer
}

const speaks = (device: Device) => device.plan.product.lldp !== null
const style = (device: Device) => device.plan.product.lldp?.portId ?? 'name'

function portId(device: Device, port: Port): Buffer {
  const how = style(device)
  if (how === 'mac') return Buffer.from(port.plan.mac, 'hex')
  return Buffer.from(how === 'name' ? port.plan.name : String(port.ifIndex))
}

const ports = (device: Device) =>
  (speaks(device) ? device.ports : [])
    .filter(({ plan }) => plan.type === 6)
    .map((port) => ({ index: [port.ifIndex], item: { device, port } satisfies Peer }))

/** Who was heard: the far end of each cable that is up and speaks LLDP too. */
const neighbours = (device: Device): Neighbour[] =>
  (speaks(device) ? device.ports : []).flatMap((local) =>
    local.peer && local.isUp && speaks(local.peer.device) ? [{ local, remote: local.peer }] : [],
  )

const remoteIndex = ({ local }: Neighbour) => [0, local.ifIndex, 1]
const capabilitiesOf = (device: Device) => Buffer.of(device.plan.product.lldp?.capabilities ?? 0, 0)
const addressArcs = (device: Device) => [ipV4, 4, ...device.address.split('.').map(Number)]
const ifTable = encodeOid(parseOid('1.3.6.1.2.1.2.2.1.1'))

/** LLDP-MIB (IEEE 802.1AB-2005): this system, its ports, and the neighbours it hears. */
export const lldpTables: readonly Table<Device>[] = [
  defineScalars<Device>(parseOid('1.0.8802.1.1.2.1.2'), [
    [1, timeTicks, (device) => (speaks(device) ? device.ticks(device.neighboursChangedAt) : undefined)],
  ]),
  defineScalars<Device>(parseOid('1.0.8802.1.1.2.1.3'), [
    [1, integer, (device) => (speaks(device) ? macAddress : undefined)],
    [2, octets, (device) => (speaks(device) ? Buffer.from(device.plan.mac, 'hex') : undefined)],
    [3, octets, (device) => (speaks(device) ? Buffer.from(device.plan.name) : undefined)],
    [4, octets, (device) => (speaks(device) ? Buffer.from(describe(device.plan)) : undefined)],
    [5, octets, (device) => (speaks(device) ? capabilitiesOf(device) : undefined)],
    [6, octets, (device) => (speaks(device) ? capabilitiesOf(device) : undefined)],
  ]),
  defineTable<Device, Peer>({
    entry: parseOid('1.0.8802.1.1.2.1.3.7.1'),
    rows: ports,
    columns: [
      [2, integer, ({ device }) => portIdSubtypes[style(device)]],
      [3, octets, ({ device, port }) => portId(device, port)],
      [4, octets, ({ port }) => Buffer.from(port.plan.descr)],
    ],
  }),
  defineTable<Device, Device>({
    entry: parseOid('1.0.8802.1.1.2.1.3.8.1'),
    rows: (device) => (speaks(device) ? [{ index: addressArcs(device), item: device }] : []),
    columns: [
      [3, integer, () => 5],
      [4, integer, () => byIfIndex],
      [5, integer, ({ ports: [first] }) => first?.ifIndex],
      [6, oid, () => ifTable],
    ],
  }),
  defineTable<Device, Neighbour>({
    entry: parseOid('1.0.8802.1.1.2.1.4.1.1'),
    rows: (device) => neighbours(device).map((item) => ({ index: remoteIndex(item), item })),
    columns: [
      [4, integer, () => macAddress],
      [5, octets, ({ remote }) => Buffer.from(remote.device.plan.mac, 'hex')],
      [6, integer, ({ remote }) => portIdSubtypes[style(remote.device)]],
      [7, octets, ({ remote }) => portId(remote.device, remote.port)],
      [8, octets, ({ remote }) => Buffer.from(remote.port.plan.descr)],
      [9, octets, ({ remote }) => Buffer.from(remote.device.plan.name)],
      [10, octets, ({ remote }) => Buffer.from(describe(remote.device.plan))],
      [11, octets, ({ remote }) => capabilitiesOf(remote.device)],
      [12, octets, ({ remote }) => capabilitiesOf(remote.device)],
    ],
  }),
  defineTable<Device, Neighbour>({
    entry: parseOid('1.0.8802.1.1.2.1.4.2.1'),
    rows: (device) =>
      neighbours(device).map((item) => ({
        index: [...remoteIndex(item), ...addressArcs(item.remote.device)],
        item,
      })),
    columns: [
      [3, integer, () => byIfIndex],
      [4, integer, ({ remote }) => remote.port.ifIndex],
      [5, oid, () => ifTable],
    ],
  }),
]
