import { type LookupAddress, lookup as resolve } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** Whether a sink may lie in a private network: `refuse`, or `allow` where that is wanted (and plain http, too). */
export type PrivatePolicy = 'refuse' | 'allow'

/**
 * Addresses that are not of the public Internet (IANA special-purpose registries, RFC 6890): this host, its networks,
 * metadata services, and ways to write an IPv4 address as an IPv6 one.
 */
const refused = new BlockList()
for (const [network, length] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  refused.addSubnet(network, length, 'ipv4')
}
for (const [network, length] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  refused.addSubnet(network, length, 'ipv6')
}

/** Whether an IP address may be connected to. */
export function mayConnect(address: string, policy: PrivatePolicy): boolean {
  const family = isIP(address)
  return family !== 0 && (policy === 'allow' || !refused.check(address, family === 4 ? 'ipv4' : 'ipv6'))
}

/** Why a URL can be no sink, as far as it tells without asking the network; undefined where it can. */
export function urlFault(text: string, policy: PrivatePolicy): string | undefined {
  const url = URL.parse(text)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && policy === 'allow'))) {
    return policy === 'allow' ? 'must be an https or http URL' : 'must be an https URL'
  }
  if (url.username || url.password) return 'must not hold a password'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = isIP(host)
    ? !mayConnect(host, policy)
    : /(^|\.)localhost\.?$/.test(host) && policy === 'refuse'
  return isLocal ? 'must not be an address of a private network' : undefined
}

/**
 * Resolves a name once, for the connection that is about to be made: what was checked is what is connected to, so that
 * a name that answers differently the next moment (DNS rebinding) gains nothing. One refused address refuses the name.
 */
export const guardedLookup =
  (policy: PrivatePolicy): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, [])
      if (addresses.length === 0 || addresses.some(({ address }) => !mayConnect(address, policy))) {
        return callback(new Error('the name leads into a private network'), [])
      }
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      return callback(null, first?.address ?? '', first?.family)
    })
  }
