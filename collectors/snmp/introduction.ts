import { isIPv6 } from 'node:net'

import { type Agent, PollFault, type Table } from './agent.js'
import { type ColumnName, chassisClasses, column, scalar } from './oids.js'
import { identify } from './profiles.js'
import { asNumber, asOid, asText, type Varbind } from './values.js'

/** What an agent says of itself in its first answer. Null: not told. */
export interface Introduction {
  sysName: string | null
  sysDescr: string | null
  sysObjectId: string | null
  vendor: string | null
  model: string | null
  osVersion: string | null
  /** sysServices (RFC 3418): bit 1 repeats (2: forwards frames, 4: forwards packets, 64: applications). */
  services: number | null
  upTimeMs: number | null
}

/** What tells a device from every other. */
export interface Distinction {
  serialNumber: string | null
  model: string | null
  /** lldpLocChassisId in hexadecimal, with its subtype before it, as `4:001b54aabbcc`. */
  chassisId: string | null
  /** lldpLocSysCapEnabled (IEEE 802.1AB): 0x20 bridge, 0x10 access point, 0x08 router. */
  capabilities: number | null
  /** Its own addresses. */
  addresses: string[]
}

const system = [scalar.sysDescr, scalar.sysObjectID, scalar.sysUpTime, scalar.sysName, scalar.sysServices]

/** Rows of an address table that are read at most. */
const rowsMax = 4096

/** Reads the system group: the one question that every agent can answer. @throws PollFault */
export async function readIntroduction(agent: Agent): Promise<Introduction> {
  const cells = await agent.get(system)
  const read = <Value>(oid: string, as: (cell: Varbind) => Value | undefined) => {
    const cell = cells.get(oid)
    return (cell && as(cell)) ?? null
  }
  const sysDescr = read(scalar.sysDescr, asText) || null
  const sysObjectId = read(scalar.sysObjectID, asOid)
  const ticks = read(scalar.sysUpTime, asNumber)
  return {
    sysName: read(scalar.sysName, asText) || null,
    sysDescr,
    sysObjectId,
    ...identify(sysObjectId, sysDescr),
    services: read(scalar.sysServices, asNumber),
    upTimeMs: ticks === null ? null : ticks * 10,
  }
}

/** Reads what the device can be recognised by; what it does not tell is left out. */
export async function readDistinction(agent: Agent): Promise<Distinction> {
  const chassis = await optional(() => readChassis(agent), { serialNumber: null, model: null })
  const lldp = await optional(() => readLldp(agent), { chassisId: null, capabilities: null })
  return { ...chassis, ...lldp, addresses: await readAddresses(agent) }
}

/** A table that an agent falls silent in must not cost the rest. */
async function optional<T>(reading: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading()
  } catch (error) {
    if (error instanceof PollFault) return otherwise
    throw error
  }
}

/** The first chassis of ENTITY-MIB. */
async function readChassis(agent: Agent): Promise<Pick<Distinction, 'serialNumber' | 'model'>> {
  const chassisIn = (table: Table) =>
    [...table].find(([, { entPhysicalClass: cell }]) =>
      chassisClasses.includes((cell && asNumber(cell.varbind)) ?? -1),
    )?.[0]
  const table = await agent.table(['entPhysicalClass'], (so) => chassisIn(so) !== undefined || so.size > 500)
  const index = chassisIn(table)
  if (index === undefined) return { serialNumber: null, model: null }
  const [serial, model] = [column.entPhysicalSerialNum, column.entPhysicalModelName].map(
    (base) => `${base}.${index}`,
  )
  const cells = await agent.get([serial ?? '', model ?? ''])
  const text = (oid: string | undefined) => {
    const cell = cells.get(oid ?? '')
    return (cell && asText(cell)) || null
  }
  return { serialNumber: text(serial), model: text(model) }
}

async function readLldp(agent: Agent): Promise<Pick<Distinction, 'chassisId' | 'capabilities'>> {
  const cells = await agent.get([
    scalar.lldpLocChassisIdSubtype,
    scalar.lldpLocChassisId,
    scalar.lldpLocSysCapEnabled,
  ])
  const subtype = cells.get(scalar.lldpLocChassisIdSubtype)
  const id = cells.get(scalar.lldpLocChassisId)?.value
  const capabilities = cells.get(scalar.lldpLocSysCapEnabled)?.value
  const number = subtype && asNumber(subtype)
  return {
    chassisId:
      number !== undefined && Buffer.isBuffer(id) && id.length > 0
        ? `${number}:${id.toString('hex').slice(0, 510)}`
        : null,
    capabilities: Buffer.isBuffer(capabilities) ? (capabilities[0] ?? null) : null,
  }
}

/** ipAddressTable (RFC 4293) and, for agents that have only that, ipAdEntTable; read from the indexes. */
async function readAddresses(agent: Agent): Promise<string[]> {
  const [newer, older] = [
    await indexesOf(agent, 'ipAddressIfIndex'),
    await indexesOf(agent, 'ipAdEntIfIndex'),
  ]
  return unique([...newer.map((arcs) => addressAt(arcs, 0)), ...older.map(addressOf)])
}

const columnOf = (agent: Agent, name: ColumnName): Promise<Table> =>
  optional(() => agent.table([name], ({ size }) => size >= rowsMax), new Map())

/** The indexes of a column, in arcs. */
const indexesOf = async (agent: Agent, name: ColumnName): Promise<number[][]> =>
  [...(await columnOf(agent, name)).keys()].map((index) => index.split('.').map(Number))

/**
 * Addresses that an agent has heard of: management addresses of LLDP and CDP neighbours first, then those of ARP and
 * neighbour discovery (ipNetToPhysicalTable, RFC 4293, and ipNetToMediaTable, which older agents have).
 */
export async function readHeardOf(agent: Agent): Promise<string[]> {
  const lldp = await indexesOf(agent, 'lldpRemManAddrIfSubtype')
  const cdp = await columnOf(agent, 'cdpCacheAddress')
  const physical = await indexesOf(agent, 'ipNetToPhysicalPhysAddress')
  const media = await indexesOf(agent, 'ipNetToMediaPhysAddress')
  return unique([
    ...lldp.map((arcs) => addressAt(arcs, 3)),
    ...[...cdp.values()].map(({ cdpCacheAddress: cell }) =>
      Buffer.isBuffer(cell?.varbind.value) ? addressOf([...cell.varbind.value]) : undefined,
    ),
    ...physical.map((arcs) => addressAt(arcs, 1)),
    ...media.map((arcs) => addressOf(arcs.slice(1))),
  ])
}

const unique = (found: readonly (string | undefined)[]): string[] => [
  ...new Set(found.filter((address) => address !== undefined)),
]

/** An InetAddress in an index: a type, how many bytes follow, and the bytes (RFC 4001 §3). */
function addressAt(arcs: readonly number[], at: number): string | undefined {
  const length = arcs[at + 1] ?? 0
  return arcs.length === at + 2 + length ? addressOf(arcs.slice(at + 2)) : undefined
}

/** IPv4 of 4 bytes, IPv6 of 16; undefined for others, and for what no host has. */
function addressOf(bytes: readonly number[]): string | undefined {
  if (!bytes.every((byte) => byte >= 0 && byte <= 255)) return undefined
  if (bytes.length === 4) {
    const [first = 0] = bytes
    return first === 0 || first >= 224 ? undefined : bytes.join('.')
  }
  if (bytes.length !== 16 || bytes[0] === 0xff) return undefined
  const text = Buffer.from(bytes).toString('hex').match(/..../g)?.join(':') ?? ''
  return isIPv6(text) ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : undefined
}
