import type { Device } from './device.js'
import type { Port } from './port.js'
import type { Role } from './vendors/vendor.js'

/** A place where a bridge has learned an address. */
export interface Learned {
  /** As twelve hexadecimal digits. */
  mac: string
  port: Port
}

/** What a router knows of a host on one of its ports. */
export interface Resolved {
  address: string
  mac: string
  port: Port
}

const bridging: ReadonlySet<Role> = new Set(['distribution', 'access', 'wireless'])
export const isBridge = ({ plan }: Device): boolean => bridging.has(plan.role)

/** First three octets of what is plugged into desks. */
const deskOui = '5c857e'

/** A way that frames take between two bridges: out of `out`, into `far`. */
interface Way {
  out: Port
  far: Device
}

/**
 * Where frames go within a site: its bridges form a spanning tree over the cables that are up, so that of two uplinks one
 * is blocked, and each bridge has learned every address of the site. Worked out when it is asked for, until `clear`.
 */
export class Bridging {
  #tables: Map<Device, Learned[]> | undefined

  constructor(readonly devices: readonly Device[]) {}

  /** Something about the site's cables changed. */
  clear(): void {
    this.#tables = undefined
    for (const { cache } of this.devices) cache.clear()
  }

  /** What a bridge has learned. */
  learned(device: Device): readonly Learned[] {
    this.#tables ??= learn(this.devices)
    return this.#tables.get(device) ?? []
  }

  /** Whom a device that is no bridge can speak to without another router, as its ARP cache has it. */
  resolved(device: Device): Resolved[] {
    if (isBridge(device)) return []
    const found = new Map<string, Resolved>()
    for (const port of device.ports) {
      const { peer } = port
      if (!peer || !port.isUp) continue
      const reached = isBridge(peer.device)
        ? [
            { device: peer.device, mac: peer.device.plan.mac },
            ...this.learned(peer.device).flatMap(({ mac }) => ownerOf(this.devices, mac) ?? []),
          ]
        : [{ device: peer.device, mac: peer.port.plan.mac }]
      for (const { device: other, mac } of reached) {
        if (other === device || other.isDown || found.has(other.address)) continue
        found.set(other.address, { address: other.address, mac, port })
      }
    }
    return [...found.values()]
  }
}

function ownerOf(devices: readonly Device[], mac: string): { device: Device; mac: string } | undefined {
  const device = devices.find(({ plan }) => plan.mac === mac || plan.ports.some((port) => port.mac === mac))
  return device && { device, mac }
}

function learn(devices: readonly Device[]): Map<Device, Learned[]> {
  const bridges = devices.filter((device) => isBridge(device) && !device.isDown)
  const ways = spanningTree(bridges)
  const tables = new Map<Device, Learned[]>(bridges.map((bridge) => [bridge, []]))
  for (const bridge of bridges) {
    for (const port of bridge.ports) {
      for (const mac of stationsBehind(port)) {
        tables.get(bridge)?.push({ mac, port })
        tellOthers({ mac, bridge, ways, tables })
      }
    }
    tellOthers({ mac: bridge.plan.mac, bridge, ways, tables })
  }
  return tables
}

/** Addresses that a bridge hears on a port which leads to no other bridge. */
function stationsBehind({ plan, peer, isUp }: Port): string[] {
  if (!isUp) return []
  if (peer) return isBridge(peer.device) ? [] : [peer.port.plan.mac]
  return plan.use === 'access' && plan.mac !== '' ? [`${deskOui}${plan.mac.slice(6)}`] : []
}

interface Telling {
  mac: string
  bridge: Device
  ways: ReadonlyMap<Device, readonly Way[]>
  tables: ReadonlyMap<Device, Learned[]>
}

/** Every other bridge of the tree learns the address on the port that leads towards `bridge`. */
function tellOthers({ mac, bridge, ways, tables }: Telling): void {
  const seen = new Set([bridge])
  for (const at of seen) {
    for (const { far } of ways.get(at) ?? []) {
      if (seen.has(far)) continue
      seen.add(far)
      const back = ways.get(far)?.find((way) => way.far === at)
      if (back) tables.get(far)?.push({ mac, port: back.out })
    }
  }
}

/** The cables between bridges that are not blocked, both ways. */
function spanningTree(bridges: readonly Device[]): Map<Device, Way[]> {
  const ways = new Map<Device, Way[]>(bridges.map((bridge) => [bridge, []]))
  const seen = new Set<Device>()
  for (const root of bridges) {
    if (seen.has(root)) continue
    const tree = new Set([root])
    for (const at of tree) {
      seen.add(at)
      for (const port of at.ports) {
        const { peer } = port
        if (!peer || !port.isUp || !isBridge(peer.device) || tree.has(peer.device)) continue
        tree.add(peer.device)
        ways.get(at)?.push({ out: port, far: peer.device })
        ways.get(peer.device)?.push({ out: peer.port, far: at })
      }
    }
  }
  return ways
}
