import type { Sameness } from '../contract/discovery.js'

/** What tells devices apart, as far as they say it of themselves. */
export interface Traits {
  serialNumber: string | null
  /** LLDP chassis id. */
  chassisId: string | null
  sysName: string | null
  /** All that are known, also the one it was found at. */
  addresses: readonly string[]
}

/** What agents say that were never told who they are: no two devices are one because of it. */
const placeholders =
  /^(?:|[0.:\- ]+|[x?*]+|n\/?a|\(?none\)?|null|unknown|unspecified|default|not (?:set|specified|available)|to be filled.*|(?:local)?host(?:name)?|localhost\..*|router|switch|gateway|device|printer|ubnt|openwrt|mikrotik|(?:sysname|serial).*)$/i

/** Addresses that many devices have: RFC 1122 §3.2.1.3 (the host itself), RFC 3927, RFC 4291 §2.5.3 and §2.5.6. */
const shared = /^(?:127\.0\.0\.1|0\.|169\.254\.|::1?$|fe80:)/i

/** What a text is compared by; undefined when it names nobody. */
export function traitKey(text: string | null | undefined): string | undefined {
  const key = text?.trim().toLowerCase() ?? ''
  return placeholders.test(key) ? undefined : key
}

/** The addresses by which a device can be recognised. */
export const telling = (addresses: readonly string[]): string[] =>
  addresses.filter((address) => !shared.test(address))

/**
 * Whether two descriptions are of one device, by the strongest sign. Serial numbers or chassis ids that differ say that
 * they are not, whatever else is alike: names are copied, and virtual addresses move.
 */
export function sameDevice(one: Traits, other: Traits): Sameness | undefined {
  const alike = (name: 'serialNumber' | 'chassisId' | 'sysName'): boolean | undefined => {
    const [a, b] = [traitKey(one[name]), traitKey(other[name])]
    return a === undefined || b === undefined ? undefined : a === b
  }
  const [serial, chassis] = [alike('serialNumber'), alike('chassisId')]
  if (serial === false || chassis === false) return undefined
  if (serial) return 'SERIAL'
  if (chassis) return 'CHASSIS_ID'
  const others = new Set(telling(other.addresses))
  if (telling(one.addresses).some((address) => others.has(address))) return 'ADDRESS'
  return alike('sysName') ? 'SYS_NAME' : undefined
}
