import { isStranger, type ToldLink } from './pairing.js'

/** The ends of a link as it is stored, and how it came to be known. */
export interface OldLink {
  deviceId: string
  interfaceId: string | null
  farDeviceId: string | null
  farInterfaceId: string | null
  evidence: string[]
  shared: boolean
}

/**
 * Says of old links whether they can be true beside what is told now: a port has one cable, and a host that is placed is
 * in one place. One look each, however many are told: a port may hear thousands.
 */
export class Contradictions {
  /** Ports on which a link is told that is alone there, and such on which it is one of several. */
  readonly #exclusive = new Set<string>()
  readonly #shared = new Set<string>()
  readonly #pairs = new Set<string>()
  /** Devices that a bridge has placed. */
  readonly #placed = new Set<string>()

  constructor(told: readonly ToldLink[]) {
    for (const { from, to, shared, evidence, toldBy } of told) {
      const ends = isStranger(to) ? [from] : [from, to]
      for (const { deviceId, interfaceId } of ends) {
        if (interfaceId !== null) (shared ? this.#shared : this.#exclusive).add(`${deviceId} ${interfaceId}`)
        if (evidence.includes('FDB') && !toldBy.includes(deviceId)) this.#placed.add(deviceId)
      }
      if (!isStranger(to)) this.#pairs.add(`${from.deviceId} ${to.deviceId}`)
    }
  }

  /** Whether something told contradicts this link, which is not told itself. */
  has({ deviceId, interfaceId, farDeviceId, farInterfaceId, evidence, shared }: OldLink): boolean {
    const ends = [
      { deviceId, interfaceId },
      ...(farDeviceId ? [{ deviceId: farDeviceId, interfaceId: farInterfaceId }] : []),
    ]
    return ends.some((end) => {
      const port = `${end.deviceId} ${end.interfaceId}`
      if (end.interfaceId !== null && (this.#exclusive.has(port) || (!shared && this.#shared.has(port))))
        return true
      // An end whose port was not known: it is the same cable, told better or elsewhere.
      if (end.interfaceId === null && this.#pairs.has(`${deviceId} ${farDeviceId}`)) return true
      return evidence.includes('FDB') && this.#placed.has(end.deviceId)
    })
  }
}
