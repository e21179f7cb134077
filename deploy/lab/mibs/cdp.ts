import type { Device } from '../device.js'
import type { Peer, Port } from '../port.js'
import { parseOid, tags } from '../snmp/ber.js'
import { defineScalars, defineTable, type Table } from '../snmp/mib.js'
import { describe } from './system.js'

const { integer, octets } = tags
/** CiscoNetworkProtocol */
const ip = 1
/** Capabilities TLV: router 0x01, switch 0x08, IGMP 0x20. */
const capabilities = { ROUTER: 0x01, SWITCH: 0x28 } as const

interface Neighbour {
  local: Port
  remote: Peer
}

const speaks = (device: Device) => device.plan.product.cdp === true
const neighbours = (device: Device): Neighbour[] =>
  (speaks(device) ? device.ports : []).flatMap((local) =>
    local.peer && local.isUp && speaks(local.peer.device) ? [{ local, remote: local.peer }] : [],
  )
const kindOf = ({ plan }: Device) => (plan.product.kind === 'ROUTER' ? 'ROUTER' : 'SWITCH')

/** CISCO-CDP-MIB: cdpCacheTable and the device's own name in it. */
export const cdpTables: readonly Table<Device>[] = [
  defineTable<Device, Neighbour>({
    entry: parseOid('1.3.6.1.4.1.9.9.23.1.2.1.1'),
    rows: (device) => neighbours(device).map((item) => ({ index: [item.local.ifIndex, 1], item })),
    columns: [
      [3, integer, () => ip],
      [4, octets, ({ remote }) => Buffer.from(remote.device.address.split('.').map(Number))],
      [5, octets, ({ remote }) => Buffer.from(describe(remote.device.plan))],
      [6, octets, ({ remote }) => Buffer.from(`${remote.device.plan.name}.example.net`)],
      [7, octets, ({ remote }) => Buffer.from(remote.port.plan.descr)],
      [8, octets, ({ remote }) => Buffer.from(`cisco ${remote.device.plan.product.model}`)],
      [9, octets, ({ remote }) => Buffer.of(0, 0, 0, capabilities[kindOf(remote.device)])],
    ],
  }),
  defineScalars<Device>(parseOid('1.3.6.1.4.1.9.9.23.1.3'), [
    [4, octets, (device) => (speaks(device) ? Buffer.from(`${device.plan.name}.example.net`) : undefined)],
  ]),
]
