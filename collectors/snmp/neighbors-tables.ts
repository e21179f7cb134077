import { setImmediate } from 'node:timers/promises'

import {
  type ArpEntry,
  type DeviceNeighbors,
  type FdbPort,
  neighborRowsMax,
  portMacsMax,
} from '#core/contract/neighbors.js'

import type { Agent, Table } from './agent.js'
import type { OwnPorts } from './neighbors-ports.js'
import { addressOf, arcs, isTelling, macIn, macOfArcs, numberIn } from './neighbors-values.js'

/** Most rows of the ARP cache that are read: below what ends a walk. */
const arpMax = 15_000
/** ipNetToMediaType and ipNetToPhysicalType: the entry was taken back. */
const invalid = 2
/** dot1dTpFdbStatus and dot1qTpFdbStatus. Others are taken back, the bridge's own, or set by hand. */
const learned = 3
/** Rows worked through before others get their turn. */
const slice = 2000

/** The device's own addresses: ipAddressTable, else ipAddrTable (RFC 4293). @throws PollFault */
export async function readAddresses(
  agent: Agent,
  own: OwnPorts,
): Promise<NonNullable<DeviceNeighbors['addresses']>> {
  const max = neighborRowsMax.addresses
  const found = new Map<string, string | null>()
  const modern = await agent.table(['ipAddressIfIndex'], ({ size }) => size >= max)
  for (const [index, row] of modern) {
    const [, length, ...bytes] = arcs(index)
    const address = bytes.length === length ? addressOf(bytes) : undefined
    if (address) found.set(address, own.byIndex(numberIn(row.ipAddressIfIndex))?.id ?? null)
  }
  if (found.size === 0) {
    for (const [index, row] of await agent.table(['ipAdEntIfIndex'], ({ size }) => size >= max)) {
      const address = addressOf(arcs(index))
      if (address) found.set(address, own.byIndex(numberIn(row.ipAdEntIfIndex))?.id ?? null)
    }
  }
  return [...found]
    .filter(([address]) => isTelling(address))
    .slice(0, max)
    .map(([address, interfaceId]) => ({ address, interfaceId }))
}

/** The ARP and neighbour cache: ipNetToPhysicalTable (RFC 4293), else ipNetToMediaTable. @throws PollFault */
export async function readArp(agent: Agent, own: OwnPorts): Promise<{ arp: ArpEntry[]; cut: boolean }> {
  const enough = ({ size }: Table) => size >= arpMax
  let table = await agent.table(['ipNetToPhysicalPhysAddress', 'ipNetToPhysicalType'], enough)
  const isOld = table.size === 0
  if (isOld) table = await agent.table(['ipNetToMediaPhysAddress', 'ipNetToMediaType'], enough)
  const found = new Map<string, ArpEntry>()
  let done = 0
  for (const [index, row] of table) {
    if (++done % slice === 0) await setImmediate()
    const [ifIndex, ...rest] = arcs(index)
    const bytes = isOld ? rest : rest.slice(2)
    const address = isOld || rest[1] === bytes.length ? addressOf(bytes) : undefined
    const mac = macIn(row.ipNetToPhysicalPhysAddress ?? row.ipNetToMediaPhysAddress)
    const type = numberIn(row.ipNetToPhysicalType ?? row.ipNetToMediaType)
    if (!address || !mac || type === invalid || !isTelling(address)) continue
    found.set(address, { address, mac, interfaceId: own.byIndex(ifIndex)?.id ?? null })
  }
  return { arp: [...found.values()], cut: table.size >= arpMax }
}

/**
 * The bridge's forwarding table by port: dot1qTpFdbTable of all VLANs (RFC 4363), else dot1dTpFdbTable (RFC 4188). One
 * with more than `rowsMax` rows says nothing: a port that seems to have one address might have more.
 * @throws PollFault
 */
export async function readFdb(
  agent: Agent,
  own: OwnPorts,
  rowsMax: number,
): Promise<{ fdb: FdbPort[] | null; cut: boolean }> {
  const enough = ({ size }: Table) => size > rowsMax
  let table = await agent.table(['dot1qTpFdbPort', 'dot1qTpFdbStatus'], enough)
  if (table.size === 0) table = await agent.table(['dot1dTpFdbPort', 'dot1dTpFdbStatus'], enough)
  if (table.size === 0) return { fdb: [], cut: false }
  if (table.size > rowsMax) return { fdb: null, cut: true }
  const base = await agent.table(['dot1dBasePortIfIndex'], ({ size }) => size >= neighborRowsMax.fdbPorts)
  const behind = new Map<string, Set<string>>()
  let done = 0
  for (const [index, row] of table) {
    if (++done % slice === 0) await setImmediate()
    const bridgePort = numberIn(row.dot1qTpFdbPort ?? row.dot1dTpFdbPort)
    const status = numberIn(row.dot1qTpFdbStatus ?? row.dot1dTpFdbStatus)
    const mac = macOfArcs(arcs(index).slice(-6))
    if (!bridgePort || status !== learned || !mac) continue
    const port = own.byIndex(numberIn(base.get(String(bridgePort))?.dot1dBasePortIfIndex))
    if (!port) continue
    const macs = behind.get(port.id) ?? new Set()
    behind.set(port.id, macs.add(mac))
  }
  const fdb = [...behind].slice(0, neighborRowsMax.fdbPorts).map(([interfaceId, macs]): FdbPort => {
    const total = macs.size
    return { interfaceId, total, macs: total <= portMacsMax ? [...macs].sort() : [] }
  })
  return { fdb, cut: false }
}
