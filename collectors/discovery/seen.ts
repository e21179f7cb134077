import type { FoundHost, Sameness } from '#core/contract/discovery.js'
import { sameDevice, telling, traitKey } from '#core/service/same-device.js'

type Described = Pick<FoundHost, 'address' | 'serialNumber' | 'chassisId' | 'sysName' | 'addresses'>

/** The devices of one run, found again at whatever address they answer. */
export class Seen {
  /** By each trait, the devices that have it. */
  readonly #devices = new Map<string, Described[]>()
  readonly #addresses = new Set<string>()

  /** Takes note of a host, and says which earlier one is the same device. */
  place(host: Described): { duplicateOf: string | null; duplicateBy: Sameness | null } {
    const keys = keysOf(host)
    const traits = traitsOf(host)
    for (const address of traits.addresses) this.#addresses.add(address)
    for (const known of new Set(keys.flatMap((key) => this.#devices.get(key) ?? []))) {
      const sign = sameDevice(traits, traitsOf(known))
      if (!sign) continue
      this.#remember(keys, known)
      return { duplicateOf: known.address, duplicateBy: sign }
    }
    this.#remember(keys, host)
    return { duplicateOf: null, duplicateBy: null }
  }

  /** Whether a device that was found has this address. */
  has(address: string): boolean {
    return this.#addresses.has(address)
  }

  #remember(keys: readonly string[], device: Described): void {
    for (const key of keys) {
      const known = this.#devices.get(key) ?? []
      if (!known.includes(device)) this.#devices.set(key, [...known, device])
    }
  }
}

const traitsOf = ({ address, addresses, ...host }: Described) => ({
  ...host,
  addresses: [address, ...addresses],
})

function keysOf({ address, addresses, serialNumber, chassisId, sysName }: Described): string[] {
  const named = [
    ['serial', traitKey(serialNumber)],
    ['chassis', traitKey(chassisId)],
    ['name', traitKey(sysName)],
  ].flatMap(([what, key]) => (key === undefined ? [] : [`${what} ${key}`]))
  return [...named, ...telling([address, ...addresses]).map((one) => `address ${one}`)]
}
