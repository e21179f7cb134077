import type { Device } from './device.js'
import type { PlannedPort } from './network.js'
import { hashText, mix } from './random.js'
import type { Flow } from './traffic.js'

export type PortFault = 'none' | 'down' | 'flapping' | 'saturated'

/** What a port counted since its device started; whole numbers. */
export interface PortCounters {
  inOctets: number
  inUnicast: number
  inMulticast: number
  inBroadcast: number
  inErrors: number
  inDiscards: number
  outOctets: number
  outUnicast: number
  outMulticast: number
  outBroadcast: number
  outErrors: number
  outDiscards: number
}

/** The far end of a cable. */
export interface Peer {
  device: Device
  port: Port
}

/** A port that works: its plan, the two flows it counts, and what is wrong with it. */
export class Port {
  /** Changes with every reboot; the name does not. */
  ifIndex = 0
  isUp = false
  /** Unix time, ms, of the last change of `isUp`. */
  changedAt = 0
  fault: PortFault = 'none'
  /** A flapping port is down right now. */
  isFlappedDown = false
  peer: Peer | undefined
  readonly #bytesPerPacket: { in: number; out: number }
  #base = { in: 0, out: 0, inDrops: 0, outDrops: 0 }
  #last = { in: 0, out: 0 }
  #counters: PortCounters | undefined
  #countedAt = Number.NaN

  constructor(
    readonly plan: PlannedPort,
    readonly inFlow: Flow,
    readonly outFlow: Flow,
  ) {
    const size = (seed: string) => 350 + (mix(hashText(seed), 1) % 750)
    this.#bytesPerPacket = { in: size(`${plan.mac}in`), out: size(`${plan.mac}out`) }
  }

  get adminUp(): boolean {
    return this.plan.adminUp && this.fault !== 'down'
  }

  /** Whether this end would carry a link, if the other end does too. */
  get isReady(): boolean {
    return this.plan.connected && this.adminUp && !this.isFlappedDown
  }

  /** Counters begin at zero at `at`. */
  restart(at: number): void {
    this.#base = {
      in: this.inFlow.octets(at),
      out: this.outFlow.octets(at),
      inDrops: this.inFlow.drops(at),
      outDrops: this.outFlow.drops(at),
    }
    this.#last = { in: 0, out: 0 }
    this.#countedAt = Number.NaN
  }

  /** All counters at one time; columns of one answer read them once. */
  counters(at: number): PortCounters {
    if (this.#counters && this.#countedAt === at) return this.#counters
    this.#countedAt = at
    this.#counters = this.#count(at)
    return this.#counters
  }

  #count(at: number): PortCounters {
    const { errorPpm, discardPpm } = this.plan
    // Never less than before: a sum of floats may differ in its last digit from the sum it continues.
    const inOctets = Math.max(this.#last.in, Math.floor(this.inFlow.octets(at) - this.#base.in))
    const outOctets = Math.max(this.#last.out, Math.floor(this.outFlow.octets(at) - this.#base.out))
    this.#last = { in: inOctets, out: outOctets }
    const inPackets = inOctets / this.#bytesPerPacket.in
    const outPackets = outOctets / this.#bytesPerPacket.out
    return {
      inOctets,
      inUnicast: Math.floor(inPackets * 0.975),
      inMulticast: Math.floor(inPackets * 0.018),
      inBroadcast: Math.floor(inPackets * 0.007),
      inErrors: Math.floor((inPackets * errorPpm) / 1e6),
      inDiscards: Math.floor((this.inFlow.drops(at) - this.#base.inDrops) * 0.2),
      outOctets,
      outUnicast: Math.floor(outPackets * 0.975),
      outMulticast: Math.floor(outPackets * 0.018),
      outBroadcast: Math.floor(outPackets * 0.007),
      outErrors: Math.floor((outPackets * errorPpm) / 4e6),
      outDiscards:
        Math.floor((outPackets * discardPpm) / 1e6) +
        Math.floor(this.outFlow.drops(at) - this.#base.outDrops),
    }
  }
}
