import { type Agent, PollFault } from './agent.js'
import { identityWithoutAsking, readIdentity } from './identity-texts.js'
import { type Neighbors, readNeighbors } from './neighbors.js'
import { scalar } from './oids.js'
import { type Profiles, profileOf } from './profiles.js'
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
  /** lldpLocChassisId with what it is, as `MAC 00:1b:54:aa:bb:cc`. */
  chassisId: string | null
  /** lldpLocSysCapEnabled (IEEE 802.1AB): 0x20 bridge, 0x10 access point, 0x08 router. */
  capabilities: number | null
  /** Its own addresses. */
  addresses: string[]
  /** Addresses of others that it has heard of. */
  heardOf: string[]
}

const system = [scalar.sysDescr, scalar.sysObjectID, scalar.sysUpTime, scalar.sysName, scalar.sysServices]

/** Reads the system group: the one question that every agent can answer. @throws PollFault */
export async function readIntroduction(agent: Agent, profiles: Profiles): Promise<Introduction> {
  const cells = await agent.get(system)
  const read = <Value>(oid: string, as: (cell: Varbind) => Value | undefined) => {
    const cell = cells.get(oid)
    return (cell && as(cell)) ?? null
  }
  const sysDescr = read(scalar.sysDescr, asText) || null
  const sysObjectId = read(scalar.sysObjectID, asOid)
  const said = { sysDescr, sysObjectId }
  const profile = profileOf(profiles, said)
  const { model, osVersion } = identityWithoutAsking(profile, said)
  const ticks = read(scalar.sysUpTime, asNumber)
  return {
    sysName: read(scalar.sysName, asText) || null,
    ...said,
    vendor: profile.vendor,
    model,
    osVersion,
    services: read(scalar.sysServices, asNumber),
    upTimeMs: ticks === null ? null : ticks * 10,
  }
}

/** Reads what the device can be recognised by, and whom it knows; what it does not tell is left out. */
export async function readDistinction(
  agent: Agent,
  said: Introduction,
  profiles: Profiles,
): Promise<Distinction> {
  const profile = profileOf(profiles, said)
  const { serialNumber, model } = await optional(
    () => readIdentity(agent, profile, said),
    identityWithoutAsking(profile, said),
  )
  const capabilities = await optional(() => readCapabilities(agent), null)
  const { neighbors } = await readNeighbors(agent, { fdbRowsMax: 0 })
  const { chassisId, addresses } = neighbors
  return {
    serialNumber,
    model,
    capabilities,
    chassisId: chassisId && `${chassisId.kind} ${chassisId.value}`,
    addresses: (addresses ?? []).map(({ address }) => address),
    heardOf: heardBy(neighbors),
  }
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

/** What it can do, by LLDP. */
async function readCapabilities(agent: Agent): Promise<number | null> {
  const value = (await agent.get([scalar.lldpLocSysCapEnabled])).get(scalar.lldpLocSysCapEnabled)?.value
  return Buffer.isBuffer(value) ? (value[0] ?? null) : null
}

/** Management addresses of LLDP and CDP neighbours first, then those of the ARP cache. */
const heardBy = ({ heard, arp }: Neighbors): string[] => [
  ...new Set([
    ...(heard ?? []).flatMap(({ addresses }) => addresses),
    ...(arp ?? []).map(({ address }) => address),
  ]),
]
