import * as z from 'zod'

import { hasFields, isAddress, isMac, isUuid, quickRows } from './quick-rows.js'

/**
 * What a device says of whom it is connected to, as its tables say it: LLDP-MIB (IEEE 802.1AB), CISCO-CDP-MIB, the
 * ARP or neighbour cache (RFC 4293), the bridge's forwarding table (RFC 4188, RFC 4363), and its own addresses.
 */

/** Most rows of each list. What is beyond is cut and counted, see `cut`. */
export const neighborRowsMax = {
  heard: 2000,
  ports: 5000,
  arp: 20_000,
  fdbPorts: 5000,
  addresses: 2000,
} as const
/** A bridge port behind which more addresses are learned than this is told by their number alone. */
export const portMacsMax = 16

/** How a chassis or a port is named: LldpChassisIdSubtype and LldpPortIdSubtype, in one list. */
export const neighborIdKind = z.enum([
  'COMPONENT',
  'ALIAS',
  'PORT_COMPONENT',
  'MAC',
  'ADDRESS',
  'NAME',
  'CIRCUIT',
  'LOCAL',
])
export const neighborId = z.object({
  kind: neighborIdKind,
  value: z
    .string()
    .max(255)
    .describe('a MAC as 00:1b:54:aa:bb:cc, an address as text; bytes that are no text as `hex:…`'),
})
export type NeighborId = z.infer<typeof neighborId>

const mac = z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
const ip = z.union([z.ipv4(), z.ipv6()])
const port = z.uuid().nullable().describe('id of the interface; null: none that is known')

/** LldpSystemCapabilitiesMap, and what CDP says of the same. */
export const neighborCapability = z.enum([
  'REPEATER',
  'BRIDGE',
  'ACCESS_POINT',
  'ROUTER',
  'TELEPHONE',
  'STATION',
])
export type NeighborCapability = z.infer<typeof neighborCapability>

/** A neighbour that introduced itself on one of the device's ports. */
export const heardNeighbor = z.object({
  protocol: z.enum(['LLDP', 'CDP']),
  interfaceId: port,
  portLabel: z.string().max(255).describe('the port it was heard on, as the device calls it'),
  chassisId: neighborId,
  portId: neighborId,
  portDescription: z.string().max(255).nullable(),
  sysName: z.string().max(255).nullable(),
  platform: z.string().max(255).nullable().describe('sysDescr, or what CDP calls the platform'),
  addresses: quickRows(ip, 16, isAddress),
  capabilities: z.array(neighborCapability),
})
export type HeardNeighbor = z.infer<typeof heardNeighbor>

export const arpEntry = z.object({ address: ip, mac, interfaceId: port })
export type ArpEntry = z.infer<typeof arpEntry>
const isPort = (value: unknown) => value === null || isUuid(value)
const isArpEntry = (row: unknown) =>
  hasFields(row, 3) && isAddress(row['address']) && isMac(row['mac']) && isPort(row['interfaceId'])

/** A port of a bridge, and whom it forwards to there. */
export const fdbPort = z.object({
  interfaceId: z.uuid(),
  total: z.int().min(1).describe('how many addresses were learned behind it'),
  macs: z.array(mac).max(portMacsMax).describe(`all of them, if they are ${portMacsMax} at most; else none`),
})
export type FdbPort = z.infer<typeof fdbPort>
const isFdbPort = (row: unknown) =>
  hasFields(row, 3) &&
  isUuid(row['interfaceId']) &&
  Number.isSafeInteger(row['total']) &&
  (row['total'] as number) >= 1 &&
  Array.isArray(row['macs']) &&
  row['macs'].length <= portMacsMax &&
  row['macs'].every(isMac)

const ownAddress = z.object({ address: ip, interfaceId: port })
const isOwnAddress = (row: unknown) =>
  hasFields(row, 2) && isAddress(row['address']) && isPort(row['interfaceId'])

export const neighborTable = z.enum(['LLDP', 'CDP', 'ARP', 'FDB', 'ADDRESSES'])

/**
 * Job of queue `inventory.neighbors`. A list that is null was not read this time, and is as it was known; one that is
 * empty says that there is nothing.
 */
export const deviceNeighbors = z.object({
  v: z.literal(1),
  kind: z.literal('device.neighbors'),
  deviceId: z.uuid(),
  at: z.int().describe('Unix time, ms'),
  chassisId: neighborId.nullable().describe('its own, as its neighbours hear it'),
  cdpDeviceId: z.string().max(255).nullable().describe('cdpGlobalDeviceId'),
  bridgeMac: mac.nullable().describe('dot1dBaseBridgeAddress'),
  addresses: quickRows(ownAddress, neighborRowsMax.addresses, isOwnAddress).nullable(),
  ports: z
    .array(z.object({ interfaceId: z.uuid(), id: neighborId }))
    .max(neighborRowsMax.ports)
    .nullable()
    .describe('what its neighbours hear of its ports (lldpLocPortTable)'),
  heard: z.array(heardNeighbor).max(neighborRowsMax.heard).nullable(),
  arp: quickRows(arpEntry, neighborRowsMax.arp, isArpEntry).nullable(),
  fdb: quickRows(fdbPort, neighborRowsMax.fdbPorts, isFdbPort).nullable(),
  cut: z.array(neighborTable).describe('tables with more rows than are read'),
})
export type DeviceNeighbors = z.infer<typeof deviceNeighbors>
