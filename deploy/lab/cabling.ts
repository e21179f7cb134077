import type { PlannedDevice, PlannedLink, PlannedPort } from './network.js'
import { parentSite } from './population.js'
import { Random } from './random.js'
import type { ProfileName } from './traffic.js'
import type { Role } from './vendors/vendor.js'

/** Largest mean of a line, as a share of its rate: at the busiest hour it is then almost full, never more. */
const meanShareMax = 0.3

interface Demand {
  /** Mean bit/s towards what hangs below a device. */
  down: number
  up: number
}

/** Draws cables from the bottom up, so that each uplink carries about the sum of what lies below it. */
export class Cabling {
  readonly links: PlannedLink[] = []
  readonly #demands: Demand[]
  readonly #used = new Set<PlannedPort>()
  readonly #random: Random

  constructor(
    readonly devices: readonly PlannedDevice[],
    seed: number,
  ) {
    this.#random = new Random(seed, 'cabling')
    this.#demands = devices.map((device) => ({
      down: sum(device.ports.map((port) => (port.use === 'access' ? port.outBps : 0))),
      up: sum(device.ports.map((port) => (port.use === 'access' ? port.inBps : 0))),
    }))
  }

  /** Cables one site. Sites below it on the WAN tree must be cabled already. */
  site(site: number): void {
    const of = (...roles: Role[]) =>
      this.devices.flatMap((device, number) =>
        device.site === site && roles.includes(device.role) ? [number] : [],
      )
    const routers = of('core', 'edge')
    const distribution = of('distribution')
    const access = of('access')
    const upper = distribution.length > 0 ? distribution : routers
    const lower = access.length > 0 ? access : upper
    this.#leaves(of('wireless', 'ups', 'printer'), lower)
    for (const server of of('server')) {
      this.#demands[server] = { down: this.#random.magnitude(2e7, 4e8), up: this.#random.magnitude(4e7, 7e8) }
      this.#uplinks(server, [this.#turn(upper, server)], 'server')
    }
    for (const one of access) this.#uplinks(one, upper, 'office')
    for (const one of distribution) this.#uplinks(one, routers, 'office')
    const [first, second] = routers
    for (const firewall of of('firewall')) this.#firewall(firewall, routers)
    if (first !== undefined && second !== undefined) this.#backbone(first, second)
    this.#wan(site, routers)
  }

  #leaves(leaves: readonly number[], switches: readonly number[]): void {
    leaves.forEach((leaf, nth) => {
      const quiet = this.devices[leaf]?.role !== 'wireless'
      if (quiet)
        this.#demands[leaf] = { down: this.#random.magnitude(1e3, 2e4), up: this.#random.magnitude(1e3, 2e4) }
      this.#uplinks(leaf, [this.#turn(switches, nth)], quiet ? 'steady' : 'office')
    })
  }

  #turn(devices: readonly number[], nth: number): number {
    return devices[nth % devices.length] ?? -1
  }

  /** Connects a device to each parent that still has a free port and hands its demand on to them. */
  #uplinks(child: number, parents: readonly number[], profile: ProfileName): void {
    const demand = this.#demands[child] ?? { down: 0, up: 0 }
    const reached = parents.filter((parent) => parent !== child && this.#free(parent) && this.#free(child))
    for (const parent of reached) {
      const part = { down: demand.down / reached.length, up: demand.up / reached.length }
      this.#link(parent, child, part, profile)
      const above = this.#demands[parent]
      if (!above) continue
      above.down += part.down
      above.up += part.up
    }
  }

  /** Half of a site's traffic goes to the Internet: through the firewall, out of its first copper port. */
  #firewall(firewall: number, routers: readonly number[]): void {
    const site = sum(routers.map((router) => this.#demands[router]?.down ?? 0)) / 2
    const demand = { down: site * 0.45, up: site * 0.2 }
    const provider = this.devices[firewall]?.ports.find(({ use }) => use === 'access')
    if (!provider) return
    const line = provider.speedMbps * 1e6 * meanShareMax
    Object.assign(provider, { connected: true, adminUp: true, alias: 'Internet provider', profile: 'office' })
    provider.inBps = Math.min(line, demand.down)
    provider.outBps = Math.min(line, demand.up)
    this.#used.add(provider)
    const router = routers[0]
    if (router !== undefined)
      this.#link(firewall, router, { down: provider.inBps, up: provider.outBps }, 'office')
  }

  #backbone(first: number, second: number): void {
    const { down, up } = this.#demands[first] ?? { down: 0, up: 0 }
    this.#link(first, second, { down: down * 0.2, up: up * 0.2 }, 'office')
  }

  #wan(site: number, routers: readonly number[]): void {
    const parent = parentSite(site)
    const from = routers[0]
    if (parent < 0 || from === undefined) return
    const hubs = this.devices.flatMap((device, number) =>
      device.site === parent && (device.role === 'core' || device.role === 'edge') ? [number] : [],
    )
    const { down, up } = this.#demands[from] ?? { down: 0, up: 0 }
    this.#link(this.#turn(hubs, site), from, { down: down * 0.4, up: up * 0.4 }, 'office')
  }

  #candidates(device: number): PlannedPort[] {
    return (this.devices[device]?.ports ?? []).filter((port) => port.use !== 'local' && !this.#used.has(port))
  }

  #free(device: number): boolean {
    return this.#candidates(device).length > 0
  }

  /**
   * Picks a port of each end, of one speed where both have it: a fast trunk towards a switch or router, a copper port
   * towards an access point or a printer.
   */
  #pair(a: number, b: number): [PlannedPort, PlannedPort] | undefined {
    const [ofA, ofB] = [this.#candidates(a), this.#candidates(b)]
    const isTrunk = (port: PlannedPort) => (port.use === 'trunk' ? 0 : 1)
    const pairs = ofB
      .filter((port) => port.use === 'trunk')
      .flatMap((mine) => ofA.map((theirs) => [theirs, mine] as const))
      .sort(
        ([a1, b1], [a2, b2]) =>
          Math.abs(a1.speedMbps - b1.speedMbps) - Math.abs(a2.speedMbps - b2.speedMbps) ||
          isTrunk(a1) - isTrunk(a2),
      )
    const best = pairs[0]
    return best && [best[0], best[1]]
  }

  #link(a: number, b: number, demand: Demand, profile: ProfileName): void {
    const [above, below] = [this.devices[a], this.devices[b]]
    const pair = this.#pair(a, b)
    if (!above || !below || !pair) return
    const [upper, lower] = pair
    const prefix = above.site === below.site ? '' : 'WAN '
    const speedMbps = Math.min(upper.speedMbps, lower.speedMbps)
    const line = speedMbps * 1e6 * meanShareMax
    for (const [port, peer, there] of [
      [upper, below, lower],
      [lower, above, upper],
    ] as const) {
      this.#used.add(port)
      Object.assign(port, { connected: true, adminUp: true, speedMbps, inBps: 0, outBps: 0, profile })
      port.alias = `${prefix}to ${peer.name} ${there.name}`
    }
    this.links.push({
      a: { device: a, port: above.ports.indexOf(upper) },
      b: { device: b, port: below.ports.indexOf(lower) },
      aToBBps: Math.min(line, demand.down),
      bToABps: Math.min(line, demand.up),
      profile,
    })
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
