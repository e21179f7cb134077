import { isIPv4, isIPv6 } from 'node:net'

import type { Monitoring } from '#core/contract/devices.js'

/** The one way in which an address is stored: IPv6 as RFC 5952 writes it, anything else as it was given. */
export function canonicalAddress(text: string): string {
  if (!isIPv6(text) || text.includes('%')) return text
  return new URL(`http://[${text}]/`).hostname.slice(1, -1)
}

/**
 * One text per address, whatever its case or spelling: what makes addresses unique, and what they are ordered by.
 * IPv4 sorts by number, then IPv6 by number, then host names.
 */
export function addressKey(address: string): string {
  if (isIPv4(address)) {
    return `4 ${address
      .split('.')
      .map((part) => part.padStart(3, '0'))
      .join('.')}`
  }
  const canonical = canonicalAddress(address)
  return isIPv6(canonical) ? `6 ${expand(canonical)}` : `h ${canonical.toLowerCase()}`
}

/**
 * What no two live devices share: the address, or, for those that are not pinged, the SNMP port behind it. So devices
 * behind one forwarding address can be told apart. The index `device_live_address` says the same in SQL.
 */
export const endpointKey = (address: string, { icmp, snmp }: Monitoring): string =>
  !icmp.enabled && snmp ? `${addressKey(address)} ${snmp.port}` : addressKey(address)

/** All eight groups of a canonical IPv6 address. */
function expand(canonical: string): string {
  const [head = '', tail] = canonical.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(':')
}
