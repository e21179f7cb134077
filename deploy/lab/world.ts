import { Bridging } from './bridging.js'
import { Device } from './device.js'
import { bridgeTables } from './mibs/bridge.js'
import { cdpTables } from './mibs/cdp.js'
import { entityTables } from './mibs/entity.js'
import { hostTables } from './mibs/host.js'
import { interfaceTables } from './mibs/interfaces.js'
import { ipTables } from './mibs/ip.js'
import { lldpTables } from './mibs/lldp.js'
import { sensorTables } from './mibs/sensors.js'
import { systemTables } from './mibs/system.js'
import { vendorSensorTables } from './mibs/vendor-sensors.js'
import type { Network } from './network.js'
import { type Peer, Port } from './port.js'
import { hashText, mix } from './random.js'
import { standardOffsetSeconds } from './sites.js'
import { Mib } from './snmp/mib.js'
import type { UsmUser } from './snmp/usm.js'
import { MessageWriter } from './snmp/writer.js'
import { Curve, Flow, type FlowMode, type ProfileName, profiles } from './traffic.js'

/** Every variable that a simulated device has. */
export const labMib = new Mib<Device>([
  ...systemTables,
  ...interfaceTables,
  ...hostTables,
  ...entityTables,
  ...lldpTables,
  ...cdpTables,
  ...ipTables,
  ...bridgeTables,
  ...sensorTables,
  ...vendorSensorTables,
])

export interface WorldOptions {
  network: Network
  seed: number
  /** Address and UDP port of device number `n` of the network. */
  place: (device: number) => { address: string; port: number }
  community: string
  user: UsmUser
  /** Unix time, ms, at which this world begins. */
  at: number
}

/** Something that a device would send a trap about. */
export type Happened = (device: Device, name: 'linkDown' | 'linkUp' | 'coldStart', port?: Port) => void

/** The network as it runs: devices, and the flows between them. */
export class World {
  /** Told of what happens; whoever wants traps sets it. */
  happened: Happened = () => {}
  readonly devices: readonly Device[]
  readonly #byName: ReadonlyMap<string, Device>

  constructor(options: WorldOptions) {
    const { network, at } = options
    const ports = buildPorts(options)
    const writer = new MessageWriter()
    this.devices = network.devices.map((plan, number) => {
      const site = network.sites[plan.site]
      if (!site) throw new RangeError(`device ${plan.name} has no site`)
      const { address, port } = options.place(number)
      return new Device({
        plan,
        site,
        offsetSeconds: standardOffsetSeconds(site.timezone),
        address,
        snmpPort: port,
        ports: ports[number] ?? [],
        seed: options.seed,
        mib: labMib,
        agent: { writer, community: options.community, user: options.user },
        at,
      })
    })
    for (const { a, b } of network.links) {
      const [first, second] = [this.#end(a), this.#end(b)]
      if (!first || !second) continue
      first.port.peer = second
      second.port.peer = first
    }
    for (const device of this.devices) for (const port of device.ports) port.isUp = isLinkUp(device, port)
    const sites = Map.groupBy(this.devices, ({ plan }) => plan.site)
    for (const devices of sites.values()) {
      const bridging = new Bridging(devices)
      for (const device of devices) device.bridging = bridging
    }
    this.#byName = new Map(this.devices.map((device) => [device.plan.name, device]))
  }

  #end({ device, port }: { device: number; port: number }) {
    const found = this.devices[device]
    const its = found?.ports[port]
    return found && its && { device: found, port: its }
  }

  device(name: string): Device | undefined {
    return this.#byName.get(name)
  }

  /** Brings ports, flows and neighbour tables in line after something changed about `device`. */
  refresh(device: Device, at: number): void {
    for (const port of device.ports) this.refreshPort(device, port, at)
  }

  refreshPort(device: Device, port: Port, at: number): void {
    const isUp = isLinkUp(device, port)
    const isSaturated = port.fault === 'saturated' || port.peer?.port.fault === 'saturated'
    const mode: FlowMode = isUp ? (isSaturated ? 'saturated' : 'normal') : 'stopped'
    port.inFlow.set(mode, at)
    port.outFlow.set(mode, at)
    for (const end of [{ device, port }, port.peer]) {
      if (!end || end.port.isUp === isUp) continue
      end.port.isUp = isUp
      end.port.changedAt = at
      end.device.neighboursChangedAt = at
      end.device.bridging?.clear()
      this.happened(end.device, isUp ? 'linkUp' : 'linkDown', end.port)
    }
  }

  /** Pulls the cable out of both ports, and plugs one between them. */
  plug(a: Peer, b: Peer, at: number): void {
    for (const { device, port } of [a, b]) {
      const { peer } = port
      port.peer = undefined
      if (peer) {
        peer.port.peer = undefined
        peer.port.plan.connected = false
        this.refreshPort(peer.device, peer.port, at)
        peer.device.neighboursChangedAt = at
        peer.device.bridging?.clear()
      }
      Object.assign(port.plan, { connected: true, adminUp: true })
      device.neighboursChangedAt = at
    }
    a.port.peer = b
    b.port.peer = a
    for (const { device, port } of [a, b]) {
      this.refreshPort(device, port, at)
      device.bridging?.clear()
    }
  }
}

/** A cable works when both its devices run and both its ports are ready. */
const isLinkUp = (device: Device, port: Port): boolean =>
  !device.isDown &&
  port.isReady &&
  (port.peer === undefined || (!port.peer.device.isDown && port.peer.port.isReady))

/** Ports of each device with their flows; both ends of a link share theirs. */
function buildPorts({ network, seed }: WorldOptions): Port[][] {
  const offsets = network.sites.map(({ timezone }) => standardOffsetSeconds(timezone))
  const makeFlow = (name: string, site: number, meanBps: number, line: FlowLine) =>
    new Flow({
      meanBps,
      lineBps: line.speedMbps * 1e6,
      curve: new Curve(profiles[line.profile], offsets[site] ?? 0, mix(seed, hashText(name))),
    })
  const linked = new Map<string, { inFlow: Flow; outFlow: Flow }>()
  for (const { a, b, aToBBps, bToABps, profile } of network.links) {
    const [above, below] = [network.devices[a.device], network.devices[b.device]]
    const port = below?.ports[b.port]
    if (!above || !below || !port) continue
    const line = { speedMbps: port.speedMbps, profile }
    const down = makeFlow(`${below.name}/${port.name}/in`, below.site, aToBBps, line)
    const up = makeFlow(`${below.name}/${port.name}/out`, below.site, bToABps, line)
    linked.set(`${a.device}/${a.port}`, { inFlow: up, outFlow: down })
    linked.set(`${b.device}/${b.port}`, { inFlow: down, outFlow: up })
  }
  return network.devices.map((device, number) =>
    device.ports.map((plan, index) => {
      const name = `${device.name}/${plan.name}`
      const { inFlow, outFlow } = linked.get(`${number}/${index}`) ?? {
        inFlow: makeFlow(`${name}/in`, device.site, plan.inBps, plan),
        outFlow: makeFlow(`${name}/out`, device.site, plan.outBps, plan),
      }
      return new Port(plan, inFlow, outFlow)
    }),
  )
}

interface FlowLine {
  speedMbps: number
  profile: ProfileName
}
