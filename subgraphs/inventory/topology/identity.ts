import type { HeardNeighbor, NeighborId } from '#core/contract/neighbors.js'

/**
 * A device is known to its neighbours by keys: `mac:00:1b:54:aa:bb:cc`, `ip:192.0.2.1`, `name:sw1.example.net` (lower
 * case, also without its domain), `chassis:LOCAL:…`. Those of a device itself are worked out in SQL (`own-keys.ts`).
 */

/** MAC addresses that several routers share: VRRP (RFC 9568 §7.3), HSRP versions 1 and 2. */
export const sharedMacs = ['00:00:5e:00:01:', '00:00:5e:00:02:', '00:00:0c:07:ac:', '00:00:0c:9f:f']

const macKey = (mac: string): string[] =>
  sharedMacs.some((prefix) => mac.startsWith(prefix)) ? [] : [`mac:${mac}`]

/** Keys of a name as it is heard: whole, then without its domain. */
export function nameKeys(name: string | null): string[] {
  const whole = name?.trim().toLowerCase() ?? ''
  if (whole === '') return []
  const [short = ''] = whole.split('.')
  return short === '' || short === whole ? [`name:${whole}`] : [`name:${whole}`, `name:${short}`]
}

export function chassisKeys({ kind, value }: NeighborId): string[] {
  if (kind === 'MAC') return macKey(value)
  if (kind === 'ADDRESS') return [`ip:${value}`]
  return [`chassis:${kind}:${value}`]
}

/** The device id of CDP: a host name, with NX-OS followed by the serial number in brackets, or a MAC address. */
function cdpKeys(deviceId: string): string[] {
  const name = deviceId.replace(/\([^)]*\)$/, '')
  const digits = name.replace(/[.:-]/g, '').toLowerCase()
  const isMac = /^[0-9a-f]{12}$/.test(digits)
  return isMac ? macKey((digits.match(/../g) ?? []).join(':')) : nameKeys(name)
}

/** By what a neighbour that was heard may be known here, the most telling first. */
export function heardKeys({ protocol, chassisId, portId, sysName, addresses }: HeardNeighbor): string[] {
  const first =
    protocol === 'CDP'
      ? cdpKeys(chassisId.value)
      : [
          ...chassisKeys(chassisId),
          ...(portId.kind === 'MAC' ? macKey(portId.value) : []),
          ...nameKeys(sysName),
        ]
  return [...new Set([...first, ...addresses.map((address) => `ip:${address}`)])]
}

/** Which devices have each key. */
export type Holders = ReadonlyMap<string, readonly string[]>

/**
 * The one device that a neighbour of `self` is, by the first key that only one device has; of several that share a key,
 * the one that also has the next. Undefined: nobody that is watched.
 */
export function resolve(keys: readonly string[], holders: Holders, self: string): string | undefined {
  let candidates: readonly string[] | undefined
  for (const key of keys) {
    const found: readonly string[] = (holders.get(key) ?? []).filter((id) => id !== self)
    if (found.length === 0) continue
    const both: readonly string[] = candidates ? candidates.filter((id) => found.includes(id)) : found
    if (both.length === 1) return both[0]
    candidates = both.length > 0 ? both : candidates
  }
  return undefined
}
