import type { InterfaceFacts } from '#core/contract/devices.js'
import type { DeviceNeighbors } from '#core/contract/neighbors.js'
import { count } from '#core/service/metrics.js'

import { type Agent, PollFault } from './agent.js'
import { type Lldp, readCdp, readLldp } from './neighbors-heard.js'
import { OwnPorts } from './neighbors-ports.js'
import { readAddresses, readArp, readFdb } from './neighbors-tables.js'
import { chassisIdOf } from './neighbors-values.js'
import { scalar } from './oids.js'
import { asMac, asNumber, asText } from './values.js'

/** What a device says of its neighbours, without whose it is. */
export type Neighbors = Omit<DeviceNeighbors, 'v' | 'kind' | 'deviceId' | 'at'>

export interface NeighborOptions {
  /** The device's ports, which the tables speak of by ifIndex or name. Without them nothing is told of which port. */
  ports?: Iterable<InterfaceFacts>
  /** `heard`: only LLDP and CDP, which are small. */
  extent?: 'heard' | 'all'
  /** LLDP as it was read last and has not changed since: it is not read again. */
  lldp?: Lldp | undefined
  /** Rows of the bridge table. 0: it is not read. */
  fdbRowsMax?: number
}

/**
 * Reads who a device's neighbours are. A table that cannot be read is told as null, and what follows an agent that has
 * fallen silent is not asked for. @throws RestartedMidway; AbortError when the process stops.
 */
export async function readNeighbors(
  agent: Agent,
  { ports = [], extent = 'all', lldp: known, fdbRowsMax = 10_000 }: NeighborOptions = {},
): Promise<{ neighbors: Neighbors; lldp: Lldp | undefined }> {
  const own = new OwnPorts(ports)
  let silent = false
  const attempt = async <T>(table: string, reading: () => Promise<T>): Promise<T | undefined> => {
    if (silent) return undefined
    try {
      return await reading()
    } catch (error) {
      if (!(error instanceof PollFault)) throw error
      silent = error.reason === 'INCOMPLETE' || error.reason === 'NO_REPLY'
      count('sotp_collector_neighbor_tables_failed_total', { table, reason: error.reason.toLowerCase() })
      return undefined
    }
  }
  const identity = await attempt('identity', () => readIdentity(agent))
  const lldp = known ?? (await attempt('lldp', () => readLldp(agent, own)))
  const cdp = await attempt('cdp', () => readCdp(agent, own))
  const all = extent === 'all'
  const addresses = all ? await attempt('addresses', () => readAddresses(agent, own)) : undefined
  const arp = all ? await attempt('arp', () => readArp(agent, own)) : undefined
  const fdb = all && fdbRowsMax > 0 ? await attempt('fdb', () => readFdb(agent, own, fdbRowsMax)) : undefined
  const cut = [
    ...(lldp?.cut ? (['LLDP'] as const) : []),
    ...(cdp?.cut ? (['CDP'] as const) : []),
    ...(arp?.cut ? (['ARP'] as const) : []),
    ...(fdb?.cut ? (['FDB'] as const) : []),
  ]
  for (const table of cut) count('sotp_collector_neighbor_tables_cut_total', { table: table.toLowerCase() })
  const neighbors: Neighbors = {
    ...(identity ?? { chassisId: null, cdpDeviceId: null, bridgeMac: null }),
    addresses: addresses ?? null,
    ports: lldp?.ports ?? null,
    // One without the other would seem to say that all who speak the other are gone.
    heard: lldp && cdp ? [...lldp.heard, ...cdp.heard].slice(0, 2000) : null,
    arp: arp?.arp ?? null,
    fdb: fdb?.fdb ?? null,
    cut,
  }
  return { neighbors, lldp }
}

/** By what its neighbours know the device. */
async function readIdentity(
  agent: Agent,
): Promise<Pick<DeviceNeighbors, 'chassisId' | 'cdpDeviceId' | 'bridgeMac'>> {
  const found = await agent.get([
    scalar.lldpLocChassisIdSubtype,
    scalar.lldpLocChassisId,
    scalar.cdpGlobalDeviceId,
    scalar.dot1dBaseBridgeAddress,
  ])
  const [subtype, chassis, cdp, bridge] = [
    found.get(scalar.lldpLocChassisIdSubtype),
    found.get(scalar.lldpLocChassisId)?.value,
    found.get(scalar.cdpGlobalDeviceId),
    found.get(scalar.dot1dBaseBridgeAddress),
  ]
  return {
    chassisId: chassisIdOf(subtype && asNumber(subtype), Buffer.isBuffer(chassis) ? chassis : undefined),
    cdpDeviceId: (cdp && asText(cdp)?.slice(0, 255)) || null,
    bridgeMac: (bridge && asMac(bridge)) ?? null,
  }
}
