import type { HeardNeighbor } from '#core/contract/neighbors.js'
import type { Stranger } from '#core/contract/topology.js'

import type { PortHint } from './far-port.js'
import { type Holders, heardKeys, nameKeys, resolve } from './identity.js'

/** Whom a device hears on one of its ports, whatever the protocols. */
export interface Adjacency {
  deviceId: string
  interfaceId: string | null
  port: string
  /** A device that is watched, or somebody who is not. */
  far: { deviceId: string } | { stranger: Stranger }
  hints: PortHint[]
  protocols: Set<'LLDP' | 'CDP'>
  /** Others are heard on the same port: something stands between that does not speak. */
  shared: boolean
}

/** The adjacencies of one device. What it hears of itself (a loop, a cable between two of its ports) is left out. */
export function adjacenciesOf(
  deviceId: string,
  heard: readonly HeardNeighbor[],
  holders: Holders,
): Adjacency[] {
  const byPort = new Map<string, Map<string, Adjacency>>()
  for (const one of heard) {
    const keys = heardKeys(one)
    if (keys.some((key) => holders.get(key)?.includes(deviceId) && holders.get(key)?.length === 1)) continue
    const farId = resolve(keys, holders, deviceId)
    const place = one.interfaceId ?? `label ${one.portLabel}`
    const onPort = byPort.get(place) ?? new Map<string, Adjacency>()
    byPort.set(place, onPort)
    const who = farId ?? strangerKey(one, onPort)
    const known = onPort.get(who)
    if (known) {
      known.protocols.add(one.protocol)
      known.hints.push(hintOf(one))
      continue
    }
    onPort.set(who, {
      deviceId,
      interfaceId: one.interfaceId,
      port: one.portLabel,
      far: farId ? { deviceId: farId } : { stranger: strangerOf(one, who) },
      hints: [hintOf(one)],
      protocols: new Set([one.protocol]),
      shared: false,
    })
  }
  return [...byPort.values()].flatMap((onPort) => withShared([...onPort.values()]))
}

const hintOf = ({ portId, portDescription }: HeardNeighbor): PortHint => ({ portId, portDescription })

/** A stranger heard by both protocols is one: they have his name in common. */
function strangerKey(one: HeardNeighbor, onPort: ReadonlyMap<string, Adjacency>): string {
  const names = nameKeys(one.sysName)
  for (const [key, { far }] of onPort) {
    if ('stranger' in far && nameKeys(far.stranger.name).some((name) => names.includes(name))) return key
  }
  return `${one.chassisId.kind} ${one.chassisId.value}`
}

const strangerOf = (
  { sysName, chassisId, addresses, platform, capabilities }: HeardNeighbor,
  key: string,
): Stranger => ({
  key,
  name: sysName ?? chassisId.value,
  address: addresses[0] ?? null,
  platform,
  capabilities,
})

/**
 * LLDP frames end at the next bridge that speaks it, CDP frames at the next that speaks CDP. So two who are heard by LLDP
 * are behind something that passes it on, and one who is heard by CDP alone beside one of LLDP stands behind the latter.
 */
function withShared(adjacencies: Adjacency[]): Adjacency[] {
  const ofLldp = adjacencies.filter(({ protocols }) => protocols.has('LLDP'))
  const others = adjacencies.length - ofLldp.length
  for (const one of adjacencies) {
    one.shared = one.protocols.has('LLDP') ? ofLldp.length > 1 : ofLldp.length > 0 || others > 1
  }
  return adjacencies
}
