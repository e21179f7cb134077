import type { FdbPort } from '#core/contract/neighbors.js'

import type { Holders } from './identity.js'
import { sharedFactor, type ToldLink, toldLink } from './pairing.js'

/** What a bridge forwards to on its ports, without those on which another network device speaks for itself. */
export interface Bridge {
  deviceId: string
  ports: readonly FdbPort[]
}

/** A port behind which a host may be. */
export interface Candidate {
  deviceId: string
  interfaceId: string
  /** Devices and unknown addresses behind this port. */
  owners: number
  mac: string
}

/** Only one MAC address behind a port: nothing but that host is plugged in, or a switch that is silent with it. */
const alone = 0.7

/** Ports behind which each of these hosts was learned. */
export function candidatesOf(
  hosts: ReadonlySet<string>,
  bridges: readonly Bridge[],
  holders: Holders,
): Map<string, Candidate[]> {
  const found = new Map<string, Candidate[]>()
  for (const { deviceId, ports } of bridges) {
    for (const { interfaceId, macs } of ports) {
      const owners = new Map<string, string>()
      for (const mac of macs) {
        const [owner, second] = holders.get(`mac:${mac}`) ?? []
        owners.set(owner !== undefined && second === undefined ? owner : mac, mac)
      }
      for (const [owner, mac] of owners) {
        if (!hosts.has(owner) || owner === deviceId) continue
        found.set(owner, [...(found.get(owner) ?? []), { deviceId, interfaceId, owners: owners.size, mac }])
      }
    }
  }
  return found
}

export interface Placing {
  host: string
  candidates: readonly Candidate[]
  /** The host's own port of that MAC address. */
  portOf: (deviceId: string, mac: string) => string | undefined
  /** Whether the address of the host told its MAC address, by ARP. */
  byArp: (deviceId: string, mac: string) => boolean
  nameOf: (interfaceId: string) => string | null
}

/**
 * Where a host is plugged in: the port with the fewest others behind it, which is the one nearest to it. Undefined where
 * two are as near: then it was moved a moment ago, or something unseen stands between.
 */
export function placeHost({ host, candidates, portOf, byArp, nameOf }: Placing): ToldLink | undefined {
  const fewest = Math.min(...candidates.map(({ owners }) => owners))
  const [place, second] = candidates.filter(({ owners }) => owners === fewest)
  if (!place || second) return undefined
  const shared = place.owners > 1
  const interfaceId = portOf(host, place.mac) ?? null
  return toldLink({
    ends: [
      { deviceId: place.deviceId, interfaceId: place.interfaceId, port: nameOf(place.interfaceId) },
      { deviceId: host, interfaceId, port: interfaceId ? nameOf(interfaceId) : null },
    ],
    evidence: byArp(host, place.mac) ? ['ARP', 'FDB'] : ['FDB'],
    confidence: alone * (shared ? sharedFactor : 1),
    shared,
    toldBy: [place.deviceId],
  })
}
