import type { Resolved } from '../bridging.js'
import type { Device } from '../device.js'
import type { Port } from '../port.js'
import { parseOid, tags } from '../snmp/ber.js'
import { defineTable, type Table } from '../snmp/mib.js'

const { integer, octets, ipAddress } = tags
/** ipNetToMediaType */
const dynamic = 3
const bytesOf = (address: string): number[] => address.split('.').map(Number)

/** Where a device has its address: on a VLAN interface, else on the first port that is up. */
const holder = ({ ports }: Device): Port | undefined =>
  ports.find(({ plan }) => plan.type === 53) ??
  ports.find(({ peer, isUp }) => peer !== undefined && isUp) ??
  ports[0]

/** IP-MIB (RFC 4293): ipAddrTable, its own address, and ipNetToMediaTable, its ARP cache. */
export const ipTables: readonly Table<Device>[] = [
  defineTable<Device, Device>({
    entry: parseOid('1.3.6.1.2.1.4.20.1'),
    rows: (device) => [{ index: bytesOf(device.address), item: device }],
    columns: [
      [1, ipAddress, ({ address }) => Buffer.from(bytesOf(address))],
      [2, integer, (device) => holder(device)?.ifIndex],
      [3, ipAddress, () => Buffer.of(255, 255, 255, 0)],
    ],
  }),
  defineTable<Device, Resolved>({
    entry: parseOid('1.3.6.1.2.1.4.22.1'),
    rows: (device) =>
      (device.bridging?.resolved(device) ?? []).map((item) => ({
        index: [item.port.ifIndex, ...bytesOf(item.address)],
        item,
      })),
    columns: [
      [1, integer, ({ port }) => port.ifIndex],
      [2, octets, ({ mac }) => Buffer.from(mac, 'hex')],
      [3, ipAddress, ({ address }) => Buffer.from(bytesOf(address))],
      [4, integer, () => dynamic],
    ],
  }),
]
