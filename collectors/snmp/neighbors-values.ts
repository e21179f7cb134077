import ipaddr from 'ipaddr.js'

import type { NeighborCapability, NeighborId } from '#core/contract/neighbors.js'

import type { Cell } from './agent.js'
import { asMac, asNumber, asText } from './values.js'

/**
 * Cells of neighbour tables. What is of the wrong type is passed over: no figure of the device depends on these tables,
 * so they never spoil its poll.
 */
const textMax = 255

export const textIn = (cell: Cell | undefined): string | null =>
  (cell && asText(cell.varbind)?.slice(0, textMax)) || null
export const numberIn = (cell: Cell | undefined): number | undefined => cell && asNumber(cell.varbind)
export const macIn = (cell: Cell | undefined): string | null => (cell && asMac(cell.varbind)) ?? null

export const bytesIn = (cell: Cell | undefined): Buffer | undefined =>
  Buffer.isBuffer(cell?.varbind.value) ? cell.varbind.value : undefined

/** An IPv4 or IPv6 address from its bytes, as text (RFC 5952); undefined for others and for those with a zone. */
export function addressOf(bytes: readonly number[]): string | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined
  if (bytes.some((byte) => !(byte >= 0 && byte <= 255))) return undefined
  return ipaddr.fromByteArray([...bytes]).toString()
}

/** Whether an address says anything of where a device is: not of every host, and not of one link alone. */
export function isTelling(address: string): boolean {
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  if (range === 'unspecified' || range === 'linkLocal' || range === 'multicast' || range === 'broadcast')
    return false
  return address !== '127.0.0.1' && address !== '::1'
}

/** Arcs of an index as numbers. */
export const arcs = (index: string): number[] => index.split('.').map(Number)

/** The last six arcs of an index as a MAC address; undefined where they are none, or an address of a group. */
export function macOfArcs(last: readonly number[]): string | undefined {
  if (last.length !== 6 || last.some((byte) => !(byte >= 0 && byte <= 255))) return undefined
  const isGroup = ((last[0] ?? 0) & 1) === 1
  if (isGroup || last.every((byte) => byte === 0)) return undefined
  return last.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

const chassisKinds = [
  undefined,
  'COMPONENT',
  'ALIAS',
  'PORT_COMPONENT',
  'MAC',
  'ADDRESS',
  'NAME',
  'LOCAL',
] as const
const portKinds = [
  undefined,
  'ALIAS',
  'PORT_COMPONENT',
  'MAC',
  'ADDRESS',
  'NAME',
  'CIRCUIT',
  'LOCAL',
] as const

/** LldpChassisId with its subtype (IEEE 802.1AB §9.5.2); null when it is not there or makes no sense. */
export const chassisIdOf = (subtype: number | undefined, bytes: Buffer | undefined): NeighborId | null =>
  idOf(chassisKinds[subtype ?? 0], bytes)

/** LldpPortId with its subtype (IEEE 802.1AB §9.5.3). */
export const portIdOf = (subtype: number | undefined, bytes: Buffer | undefined): NeighborId | null =>
  idOf(portKinds[subtype ?? 0], bytes)

function idOf(kind: NeighborId['kind'] | undefined, bytes: Buffer | undefined): NeighborId | null {
  if (!kind || !bytes || bytes.length === 0) return null
  if (kind === 'MAC' && bytes.length === 6) return { kind, value: macText(bytes) }
  if (kind === 'ADDRESS') {
    // IANA address family number, then the address (§9.5.2.3).
    const address = addressOf([...bytes.subarray(1)])
    if (address) return { kind, value: address }
  }
  return { kind, value: textOrHex(bytes) }
}

const macText = (bytes: Buffer): string => bytes.toString('hex').replace(/..(?=.)/g, '$&:')

function textOrHex(bytes: Buffer): string {
  const text = bytes.toString('utf8').replace(/\0+$/, '').trim()
  const isText = text !== '' && /^[^\p{Cc}\ufffd]+$/u.test(text)
  return (isText ? text : `hex:${bytes.toString('hex')}`).slice(0, textMax)
}

/** LldpSystemCapabilitiesMap: bit 0 is the highest of the first octet. */
const lldpBits: readonly [number, NeighborCapability][] = [
  [1, 'REPEATER'],
  [2, 'BRIDGE'],
  [3, 'ACCESS_POINT'],
  [4, 'ROUTER'],
  [5, 'TELEPHONE'],
  [7, 'STATION'],
]
export const lldpCapabilities = (bytes: Buffer | undefined): NeighborCapability[] =>
  lldpBits.flatMap(([bit, capability]) => (((bytes?.[0] ?? 0) >> (7 - bit)) & 1 ? [capability] : []))

/** Capabilities TLV of CDP: bits from the lowest. */
const cdpBits: readonly [number, NeighborCapability][] = [
  [0x01, 'ROUTER'],
  [0x02, 'BRIDGE'],
  [0x04, 'BRIDGE'],
  [0x08, 'BRIDGE'],
  [0x10, 'STATION'],
  [0x40, 'REPEATER'],
  [0x80, 'TELEPHONE'],
]
export function cdpCapabilities(bytes: Buffer | undefined): NeighborCapability[] {
  const map = bytes?.at(-1) ?? 0
  return [...new Set(cdpBits.flatMap(([bit, capability]) => (map & bit ? [capability] : [])))]
}
