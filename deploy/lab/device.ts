import type { Bridging } from './bridging.js'
import type { PlannedDevice, PlannedSite } from './network.js'
import type { Port } from './port.js'
import { mix, Random } from './random.js'
import { Agent, type AgentOptions } from './snmp/agent.js'
import { type Mib, RowCache } from './snmp/mib.js'
import { Curve, epochMs, profiles } from './traffic.js'
import type { SensorPart } from './vendors/vendor.js'

const dayMs = 86_400_000

export interface DeviceOptions {
  plan: PlannedDevice
  site: PlannedSite
  /** Seconds that the site's standard time is ahead of UTC. */
  offsetSeconds: number
  address: string
  snmpPort: number
  ports: readonly Port[]
  seed: number
  mib: Mib<Device>
  agent: Omit<AgentOptions<Device>, 'mib' | 'cache' | 'engineId' | 'messageBytesMax'>
  /** Unix time, ms. */
  at: number
}

/** A device that runs: what it is, since when, and how it is doing. */
export class Device {
  readonly plan: PlannedDevice
  readonly site: PlannedSite
  readonly address: string
  readonly snmpPort: number
  readonly ports: readonly Port[]
  readonly agent: Agent<Device>
  readonly cache: RowCache<Device>
  /** Unix time, ms: sysUpTime counts from here. */
  bootedAt: number
  /** Off, or still starting: answers nothing, and its links are down. */
  isDown = false
  slowMs = 0
  lossRatio = 0
  /** Sends a datagram from its own socket; set when that is open. */
  send: (message: Buffer, port: number, address: string) => void = () => {}
  /** When the interface table last changed, Unix time, ms. */
  tableChangedAt: number
  /** When a neighbour last came or went, Unix time, ms. */
  neighboursChangedAt: number
  /** Where frames go in its site. */
  bridging: Bridging | undefined
  readonly #curve: Curve
  readonly #seed: number
  #boots = 0

  constructor(options: DeviceOptions) {
    const { plan, at } = options
    this.plan = plan
    this.site = options.site
    this.address = options.address
    this.snmpPort = options.snmpPort
    this.ports = options.ports
    const random = new Random(options.seed, plan.name)
    this.#seed = random.seed
    const profile = plan.role === 'server' ? profiles.server : profiles.office
    this.#curve = new Curve(profile, options.offsetSeconds, random.seed)
    // Rebooted every few weeks in a maintenance window, so that a restarted lab finds its devices as they were.
    const periodMs = Math.round(random.between(15, 110)) * dayMs
    const phaseMs = Math.round(random.next() * periodMs)
    this.bootedAt = Math.floor((at - epochMs + phaseMs) / periodMs) * periodMs + epochMs - phaseMs
    this.tableChangedAt = this.bootedAt
    this.neighboursChangedAt = this.bootedAt
    this.cache = new RowCache(options.mib, this)
    this.agent = new Agent<Device>(
      {
        ...options.agent,
        mib: options.mib,
        cache: this.cache,
        engineId: engineId(plan, random.seed),
        messageBytesMax: plan.product.messageBytesMax,
      },
      // Grows from one start of the lab to the next, as managers that remember the engine expect (RFC 3414 §2.3).
      { boots: Math.max(1, Math.floor(at / 1000) - 1_700_000_000), startedAt: at },
    )
    this.ports.forEach((port, index) => {
      port.ifIndex = plan.product.firstIfIndex + index
      port.changedAt = this.bootedAt
      port.restart(this.bootedAt)
    })
  }

  /** sysUpTime at `at`, in hundredths of a second, as TimeTicks. */
  ticks(at: number, since = this.bootedAt): number {
    return Math.floor(Math.max(0, at - since) / 10) % 2 ** 32
  }

  /** Boots at `at`: time and counters start over, and every ifIndex goes to another port. */
  reboot(at: number): void {
    this.bootedAt = at
    this.tableChangedAt = at
    this.neighboursChangedAt = at
    this.agent.restart(at)
    const random = new Random(this.#seed, `boot ${++this.#boots}`)
    const indexes = this.ports.map(({ ifIndex }) => ifIndex)
    if (indexes.length === 1) indexes[0] = (indexes[0] ?? 0) + 1
    const order = this.ports.map((_, n) => n)
    for (let n = order.length - 1; n > 0; n--) {
      const other = Math.floor(random.next() * (n + 1))
      ;[order[n], order[other]] = [order[other] ?? 0, order[n] ?? 0]
    }
    // One step along a random cycle: none keeps its own.
    order.forEach((port, n) => {
      const taken = this.ports[port]
      const from = order[(n + 1) % order.length] ?? 0
      if (taken) taken.ifIndex = indexes[from] ?? 0
    })
    for (const port of this.ports) {
      port.changedAt = at
      port.restart(at)
    }
    this.cache.clear()
  }

  /** How busy one processor is at `at`, in whole percent (hrProcessorLoad). */
  processorLoad(processor: number, at: number): number {
    const { idle, busy } = this.plan.product.load
    const wobble = (mix(this.#seed + processor, Math.floor(at / 5000)) / 2 ** 32 - 0.5) * 0.06
    const share = idle + (busy - idle) * this.#effort(at) + wobble
    return Math.round(100 * Math.min(0.99, Math.max(0.01, share)))
  }

  /** Used share of the memory at `at`: follows the load, and creeps up while the device runs. */
  memoryShare(at: number): number {
    const { memory } = this.plan.product.load
    const creep = Math.min(0.12, ((at - this.bootedAt) / dayMs) * 0.0015)
    return Math.min(0.97, memory * (0.92 + 0.16 * this.#effort(at)) + creep)
  }

  /** 0 idle to 1 busy. */
  #effort(at: number): number {
    const saturated = this.ports.some(({ fault }) => fault === 'saturated') ? 0.35 : 0
    return Math.min(1, this.#curve.level((at - epochMs) / 1000) / 2.3 + saturated)
  }

  /** What a sensor measures at `at`: between its idle and its busy value, and a little beside. */
  sensorValue({ idle, busy }: SensorPart, number: number, at: number): number {
    const wobble = mix(this.#seed + 7919 * (number + 1), Math.floor(at / 20_000)) / 2 ** 32 - 0.5
    const own = mix(this.#seed, number + 1) / 2 ** 32 - 0.5
    return idle + (busy - idle) * Math.min(1.1, this.#effort(at) * 0.75 + own * 0.2 + wobble * 0.12 + 0.1)
  }

  /** A few fans and power supplies of a large network are always broken. */
  isFailed({ kind }: SensorPart, number: number): boolean {
    return (kind === 'fan' || kind === 'supply') && mix(this.#seed + 31, number) % 29 === 0
  }

  port(name: string): Port | undefined {
    const wanted = name.toLowerCase()
    return this.ports.find(
      ({ plan }) => plan.name.toLowerCase() === wanted || plan.descr.toLowerCase() === wanted,
    )
  }
}

/** snmpEngineID: enterprise number with the high bit set, format 4 (text), and text of our own (RFC 3411 §5). */
function engineId(plan: PlannedDevice, seed: number): Buffer {
  const enterprise = Number(plan.product.sysObjectId.split('.')[6])
  const head = Buffer.alloc(5)
  head.writeUInt32BE((enterprise | 0x80000000) >>> 0, 0)
  head[4] = 4
  return Buffer.concat([head, Buffer.from(`${seed.toString(16).padStart(8, '0')}${plan.name}`.slice(0, 27))])
}
