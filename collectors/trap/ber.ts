/** Tags of SNMP's subset of BER (RFC 3416 §3, RFC 2578 §7.1, RFC 1157 §4.1.6). */
export const tags = {
  integer: 0x02,
  octets: 0x04,
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
  response: 0xa2,
  trapV1: 0xa4,
  inform: 0xa6,
  trapV2: 0xa7,
  report: 0xa8,
} as const

/** The bytes are not BER as SNMP uses it; the message says what is wrong, for operators. */
export class BerError extends Error {
  override readonly name = 'BerError'
}

/** One element: its tag and where its content lies in the buffer. */
export interface Element {
  tag: number
  from: number
  to: number
}

const arcsMax = 128

/**
 * Reads definite-length BER. Every length is checked against what encloses it, so nothing outside of the element is
 * ever read, whatever the bytes say. Every method throws BerError and nothing else.
 */
export class BerReader {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end
  }

  /** The next tag, without reading on. */
  peek(): number {
    if (this.done) throw new BerError('the message is cut short')
    return this.bytes[this.at] as number
  }

  /** Reads one element of any kind, or of this tag. */
  element(expected?: number): Element {
    const tag = this.peek()
    if (expected !== undefined && tag !== expected)
      throw new BerError(`tag 0x${tag.toString(16)} where 0x${expected.toString(16)} belongs`)
    if (this.at + 1 >= this.end) throw new BerError('the message is cut short')
    let length = this.bytes[this.at + 1] as number
    let from = this.at + 2
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0 || octets > 4) throw new BerError('a length is indefinite or absurd')
      if (from + octets > this.end) throw new BerError('the message is cut short')
      length = this.bytes.readUIntBE(from, octets)
      from += octets
    }
    const to = from + length
    if (to > this.end) throw new BerError('an element is longer than what encloses it')
    this.at = to
    return { tag, from, to }
  }

  /** Reads a constructed element and goes on behind it. @returns a reader of its content */
  enter(tag: number): BerReader {
    const { from, to } = this.element(tag)
    return new BerReader(this.bytes, from, to)
  }

  /** Content of an OCTET STRING; a view, not a copy. */
  octets(): Buffer {
    const { from, to } = this.element(tags.octets)
    return this.bytes.subarray(from, to)
  }

  /** A signed INTEGER of at most 32 bits. */
  integer(): number {
    return integerOf(this.bytes, this.element(tags.integer))
  }

  oid(): string {
    return oidOf(this.bytes, this.element(tags.oid))
  }
}

/** Content as a signed integer of at most 32 bits. */
export function integerOf(bytes: Buffer, { from, to }: Element): number {
  if (to - from < 1 || to - from > 4) throw new BerError('an integer has no octet or more than four')
  return bytes.readIntBE(from, to - from)
}

/** Content as an unsigned integer of at most `width` bits. Agents leave out the zero before a highest bit that is set. */
export function unsignedOf(bytes: Buffer, { from, to }: Element, width: 32 | 64): bigint {
  const octets = width / 8
  const begin = to - from === octets + 1 && bytes[from] === 0 ? from + 1 : from
  if (to <= begin || to - begin > octets)
    throw new BerError(`a value is no unsigned integer of ${width} bits`)
  return BigInt(`0x${bytes.toString('hex', begin, to)}`)
}

/** Content as an object identifier in dotted form. */
export function oidOf(bytes: Buffer, { from, to }: Element): string {
  if (from === to) throw new BerError('an object identifier is empty')
  const arcs: number[] = []
  let arc = 0
  for (let at = from; at < to; at++) {
    const octet = bytes[at] as number
    arc = arc * 128 + (octet & 0x7f)
    if (arc > 0xffffffff + 80) throw new BerError('an arc of an object identifier is above 2^32-1')
    if (octet >= 0x80) continue
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    else arcs.push(arc)
    arc = 0
  }
  if ((bytes[to - 1] as number) >= 0x80) throw new BerError('an object identifier ends within an arc')
  if (arcs.length > arcsMax) throw new BerError(`an object identifier has more than ${arcsMax} arcs`)
  return arcs.join('.')
}

/** An element of this tag with this content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content])
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content])
}

/** An INTEGER, or with another tag an unsigned one, of at most 32 bits. */
export function integerElement(value: number, tag: number = tags.integer): Buffer {
  const octets = Buffer.alloc(5)
  octets.writeIntBE(value, 0, 5)
  let from = 0
  // As short as two's complement allows (X.690 §8.3.2).
  while (
    from < 4 &&
    octets[from] === (value < 0 ? 0xff : 0) &&
    (octets[from + 1] as number) >= 0x80 === value < 0
  )
    from++
  return element(tag, octets.subarray(from))
}
