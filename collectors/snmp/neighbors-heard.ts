import { type HeardNeighbor, type NeighborId, neighborRowsMax } from '#core/contract/neighbors.js'

import type { Agent } from './agent.js'
import type { OwnPorts } from './neighbors-ports.js'
import {
  addressOf,
  arcs,
  bytesIn,
  cdpCapabilities,
  chassisIdOf,
  isTelling,
  lldpCapabilities,
  numberIn,
  portIdOf,
  textIn,
} from './neighbors-values.js'

/** What a device's LLDP says of its own ports. */
export type LldpPort = { interfaceId: string; id: NeighborId }

export interface Lldp {
  ports: LldpPort[]
  heard: HeardNeighbor[]
  cut: boolean
}

const { heard: heardMax, ports: portsMax } = neighborRowsMax
const addressesMax = 16

/** Reads lldpLocPortTable, lldpRemTable and lldpRemManAddrTable (IEEE 802.1AB). @throws PollFault */
export async function readLldp(agent: Agent, own: OwnPorts): Promise<Lldp> {
  const remote = await agent.table(
    [
      'lldpRemChassisIdSubtype',
      'lldpRemChassisId',
      'lldpRemPortIdSubtype',
      'lldpRemPortId',
      'lldpRemPortDesc',
      'lldpRemSysName',
      'lldpRemSysDesc',
      'lldpRemSysCapEnabled',
    ],
    ({ size }) => size >= heardMax,
  )
  const local = await agent.table(
    ['lldpLocPortIdSubtype', 'lldpLocPortId', 'lldpLocPortDesc'],
    ({ size }) => size >= portsMax,
  )
  const addresses = remote.size > 0 ? await managementAddresses(agent) : new Map<string, string[]>()
  const labels = new Map<string, string>()
  const interfaces = new Map<string, string>()
  const ports: LldpPort[] = []
  for (const [number, row] of [...local].slice(0, portsMax)) {
    const id = portIdOf(numberIn(row.lldpLocPortIdSubtype), bytesIn(row.lldpLocPortId))
    const description = textIn(row.lldpLocPortDesc)
    labels.set(number, description ?? id?.value ?? number)
    const port = own.byLldp(id, description, Number(number))
    if (!port) continue
    labels.set(number, port.name)
    interfaces.set(number, port.id)
    if (id) ports.push({ interfaceId: port.id, id })
  }
  const heard = [...remote].slice(0, heardMax).flatMap(([index, row]): HeardNeighbor[] => {
    const chassisId = chassisIdOf(numberIn(row.lldpRemChassisIdSubtype), bytesIn(row.lldpRemChassisId))
    const portId = portIdOf(numberIn(row.lldpRemPortIdSubtype), bytesIn(row.lldpRemPortId))
    // lldpRemTimeMark, lldpRemLocalPortNum, lldpRemIndex
    const [, number, nth] = index.split('.')
    if (!chassisId || !portId || number === undefined) return []
    const port = interfaces.get(number) ?? own.byIndex(Number(number))?.id ?? null
    return [
      {
        protocol: 'LLDP',
        interfaceId: port,
        portLabel: (labels.get(number) ?? number).slice(0, 255),
        chassisId,
        portId,
        portDescription: textIn(row.lldpRemPortDesc),
        sysName: textIn(row.lldpRemSysName),
        platform: textIn(row.lldpRemSysDesc),
        addresses: (addresses.get(`${number}.${nth}`) ?? []).slice(0, addressesMax),
        capabilities: lldpCapabilities(bytesIn(row.lldpRemSysCapEnabled)),
      },
    ]
  })
  return { ports, heard, cut: remote.size >= heardMax || local.size >= portsMax }
}

/** Addresses by `lldpRemLocalPortNum.lldpRemIndex`: they stand in the index of lldpRemManAddrTable. */
async function managementAddresses(agent: Agent): Promise<Map<string, string[]>> {
  const table = await agent.table(['lldpRemManAddrIfSubtype'], ({ size }) => size >= heardMax * 2)
  const found = new Map<string, string[]>()
  for (const index of table.keys()) {
    // TimeMark, LocalPortNum, Index, family (1 IPv4, 2 IPv6), length, the address
    const [, number, nth, , length, ...bytes] = arcs(index)
    const address = bytes.length === length ? addressOf(bytes) : undefined
    if (!address || !isTelling(address)) continue
    const key = `${number}.${nth}`
    found.set(key, [...(found.get(key) ?? []), address])
  }
  return found
}

/** Reads cdpCacheTable (CISCO-CDP-MIB), whose index begins with the ifIndex. @throws PollFault */
export async function readCdp(
  agent: Agent,
  own: OwnPorts,
): Promise<{ heard: HeardNeighbor[]; cut: boolean }> {
  const table = await agent.table(
    [
      'cdpCacheDeviceId',
      'cdpCacheDevicePort',
      'cdpCacheAddressType',
      'cdpCacheAddress',
      'cdpCachePlatform',
      'cdpCacheCapabilities',
    ],
    ({ size }) => size >= heardMax,
  )
  const heard = [...table].slice(0, heardMax).flatMap(([index, row]): HeardNeighbor[] => {
    const [deviceId, portName] = [textIn(row.cdpCacheDeviceId), textIn(row.cdpCacheDevicePort)]
    if (!deviceId || !portName) return []
    const port = own.byIndex(arcs(index)[0])
    // CiscoNetworkProtocol: 1 IP, 20 IPv6
    const known = [1, 20].includes(numberIn(row.cdpCacheAddressType) ?? 1)
    const address = known ? addressOf([...(bytesIn(row.cdpCacheAddress) ?? [])]) : undefined
    return [
      {
        protocol: 'CDP',
        interfaceId: port?.id ?? null,
        portLabel: (port?.name ?? index).slice(0, 255),
        chassisId: { kind: 'LOCAL', value: deviceId },
        portId: { kind: 'NAME', value: portName },
        portDescription: null,
        sysName: deviceId,
        platform: textIn(row.cdpCachePlatform),
        addresses: address && isTelling(address) ? [address] : [],
        capabilities: cdpCapabilities(bytesIn(row.cdpCacheCapabilities)),
      },
    ]
  })
  return { heard, cut: table.size >= heardMax }
}
