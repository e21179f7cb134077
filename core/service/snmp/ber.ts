/** Tags of the BER subset that SNMP uses (RFC 3416 §3, RFC 2578 §7.1, RFC 1157 §4.1.6). */
export const tags = {
  integer: 0x02,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  ipAddress: 0x40,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  opaque: 0x44,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
  get: 0xa0,
  getNext: 0xa1,
  response: 0xa2,
  trapV1: 0xa4,
  getBulk: 0xa5,
  inform: 0xa6,
  trapV2: 0xa7,
  report: 0xa8,
} as const

/** The bytes are not BER as SNMP uses it. The message says what is wrong, for operators. */
export class BerError extends Error {
  override readonly name = 'BerError'
}

/** INTEGER and Integer32 have no more octets (RFC 2578 §7.1.1). */
export const integer32Octets = 4
/** The most octets an integer may have where agents are read as they are: 48 bits are always exact. */
export const exactOctets = 6

/** Two's complement, big endian; the caller has checked that there are 1 to 6 octets. */
export function integerIn(bytes: Uint8Array, from: number, to: number): number {
  let value = ((bytes[from] ?? 0) << 24) >> 24
  for (let at = from + 1; at < to; at++) value = value * 256 + (bytes[at] ?? 0)
  return value
}

/** @throws BerError when an integer has no octets or more than it may. */
export function checkInteger(from: number, to: number, octetsMax: number): void {
  if (to <= from || to - from > octetsMax)
    throw new BerError(`an integer has ${to - from} octets, of 1 to ${octetsMax}`)
}

/**
 * Content of a Counter64: a number where it is exact, else a BigInt; undefined where the octets are none or more than
 * 64 bits.
 */
export function unsigned64In(bytes: Uint8Array, from: number, to: number): number | bigint | undefined {
  // BER puts a zero before a highest bit that is set.
  let start = from
  while (start < to - 1 && bytes[start] === 0) start++
  const octets = to - start
  if (octets < 1 || octets > 8) return undefined
  let [high, low] = [0, 0]
  for (let at = start; at < to - 4; at++) high = high * 256 + (bytes[at] ?? 0)
  for (let at = Math.max(start, to - 4); at < to; at++) low = low * 256 + (bytes[at] ?? 0)
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low)
}
