import ipaddr from 'ipaddr.js'

/** Addresses of one family from `first` to `last`, both included, as numbers. */
export interface AddressRange {
  family: 4 | 6
  first: bigint
  last: bigint
}

/** A text names no range that can be probed. The message says why, for people. */
export class BadRange extends Error {
  override readonly name = 'BadRange'
}

/** What no host has: RFC 1122 §3.2.1.3, RFC 5771, RFC 4291 §2.4; and what needs the name of a link beside it. */
const impossible: readonly [network: string, why: string][] = [
  ['0.0.0.0/8', 'means "this network"'],
  ['224.0.0.0/4', 'is multicast'],
  ['240.0.0.0/4', 'is reserved'],
  ['::/128', 'means "no address"'],
  ['ff00::/8', 'is multicast'],
  ['::ffff:0:0/96', 'is an IPv4 address in IPv6 notation: write it as IPv4'],
  ['fe80::/10', 'is link-local: such addresses mean nothing without an interface'],
]

/**
 * Reads a network (`10.0.0.0/24`, `2001:db8::/120`) or one address. Whatever address of a network stands before the slash
 * names it. @throws BadRange
 */
export function parseRange(text: string): AddressRange {
  const [base = '', length, more] = text.trim().split('/')
  if (more !== undefined) throw new BadRange('is not a network')
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(base)
  if (!isV4 && (!base.includes(':') || base.includes('%') || !ipaddr.IPv6.isValid(base))) {
    throw new BadRange('is neither an address nor a network, as 10.0.0.0/24 or 2001:db8::/120')
  }
  const bits = isV4 ? 32 : 128
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
  if (!(prefix >= 0 && prefix <= bits)) throw new BadRange(`has a prefix length that is not 0 to ${bits}`)
  const size = 1n << BigInt(bits - prefix)
  const first = (numberOf(base) / size) * size
  return { family: isV4 ? 4 : 6, first, last: first + size - 1n }
}

/**
 * Reads a range of which hosts are to be probed: without the network and broadcast address of an IPv4 network (RFC 3021:
 * a /31 has none). @throws BadRange, also for what no host can have
 */
export function parseTarget(text: string): AddressRange {
  const range = parseRange(text)
  const { family, first, last } = range
  for (const [network, why] of impossible) {
    const known = parseRange(network)
    if (known.family === family && first >= known.first && last <= known.last) throw new BadRange(why)
  }
  return family === 4 && last - first >= 3n ? { family, first: first + 1n, last: last - 1n } : range
}

/** The ranges in order, without what `excluded` covers and without overlap. */
export function subtract(
  ranges: readonly AddressRange[],
  excluded: readonly AddressRange[] = [],
): AddressRange[] {
  const holes = merged(excluded)
  return merged(ranges).flatMap((range) => {
    const left: AddressRange[] = []
    let from = range.first
    for (const hole of holes) {
      if (hole.family !== range.family || hole.last < from || hole.first > range.last) continue
      if (hole.first > from) left.push({ ...range, first: from, last: hole.first - 1n })
      from = hole.last + 1n
    }
    return from <= range.last ? [...left, { ...range, first: from }] : left
  })
}

function merged(ranges: readonly AddressRange[]): AddressRange[] {
  const sorted = [...ranges].sort((a, b) => a.family - b.family || (a.first < b.first ? -1 : 1))
  const joined: AddressRange[] = []
  for (const range of sorted) {
    const before = joined.at(-1)
    if (before?.family !== range.family || before.last + 1n < range.first) joined.push({ ...range })
    else if (range.last > before.last) before.last = range.last
  }
  return joined
}

/** How many addresses the ranges have, which must not overlap. */
export const countOf = (ranges: readonly AddressRange[]): bigint =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n)

/** Whether one of the ranges has this address; false for what is no address. */
export function covers(ranges: readonly AddressRange[], address: string): boolean {
  const family = familyOf(address)
  if (family === undefined) return false
  const number = numberOf(address)
  return ranges.some((range) => range.family === family && range.first <= number && number <= range.last)
}

/** Every address of the ranges, in order, IPv6 as RFC 5952 writes it. */
export function* addressesOf(ranges: readonly AddressRange[]): Generator<string> {
  for (const { family, first, last } of ranges) {
    for (let number = first; number <= last; number++) yield textOf(family, number)
  }
}

/** The one way in which an IP address is written (RFC 5952); undefined for what is none. */
export function canonicalIp(address: string): string | undefined {
  const family = familyOf(address)
  return family && textOf(family, numberOf(address))
}

const familyOf = (address: string): 4 | 6 | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(address)
    ? 4
    : address.includes(':') && ipaddr.IPv6.isValid(address)
      ? 6
      : undefined

const numberOf = (address: string): bigint =>
  ipaddr
    .parse(address)
    .toByteArray()
    .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

function textOf(family: 4 | 6, number: bigint): string {
  const bytes = Array.from({ length: family === 4 ? 4 : 16 }, (_, n, size = family === 4 ? 4 : 16) =>
    Number((number >> BigInt(8 * (size - 1 - n))) & 255n),
  )
  const parsed = ipaddr.fromByteArray(bytes)
  return 'toRFC5952String' in parsed ? parsed.toRFC5952String() : parsed.toString()
}
