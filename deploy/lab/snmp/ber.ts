/** Tags of SNMP's BER subset (RFC 3416 §3, RFC 2578 §7.1). */
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
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
  get: 0xa0,
  getNext: 0xa1,
  response: 0xa2,
  set: 0xa3,
  trapV1: 0xa4,
  getBulk: 0xa5,
  trapV2: 0xa7,
  report: 0xa8,
} as const

/** The bytes are not BER as SNMP uses it. */
export class BerError extends Error {
  override readonly name = 'BerError'
}

/** An object identifier as its arcs. */
export type Oid = readonly number[]

/** Reads definite-length BER; every read is checked against the enclosing element. */
export class BerReader {
  constructor(
    readonly bytes: Buffer,
    public position = 0,
    public end = bytes.length,
  ) {}

  get done(): boolean {
    return this.position >= this.end
  }

  /** The next tag, without reading it. @throws BerError at the end. */
  peek(): number {
    const tag = this.position < this.end ? this.bytes[this.position] : undefined
    if (tag === undefined) throw new BerError('the message is cut short')
    return tag
  }

  /** Reads tag and length; the position is then at the content. @throws BerError. @returns where the content ends */
  header(expected: number): number {
    const tag = this.peek()
    if (tag !== expected) throw new BerError(`tag ${tag} where ${expected} belongs`)
    let length = this.bytes[this.position + 1] ?? 0
    this.position += 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 4) throw new BerError('length is indefinite or too long')
      length = 0
      for (let n = 0; n < count; n++) length = length * 256 + (this.bytes[this.position++] ?? 0)
    }
    const end = this.position + length
    if (end > this.end) throw new BerError('an element is longer than what encloses it')
    return end
  }

  /** Reads a constructed element's head. @returns a reader of its content; this one goes on behind it */
  enter(tag: number): BerReader {
    const end = this.header(tag)
    const inner = new BerReader(this.bytes, this.position, end)
    this.position = end
    return inner
  }

  /** Reads a whole element as it stands, tag and length included. */
  element(): Buffer {
    const start = this.position
    this.position = this.header(this.peek())
    return this.bytes.subarray(start, this.position)
  }

  octets(): Buffer {
    const end = this.header(tags.octets)
    const octets = this.bytes.subarray(this.position, end)
    this.position = end
    return octets
  }

  /** A signed INTEGER of at most four octets. */
  integer(): number {
    const end = this.header(tags.integer)
    const length = end - this.position
    if (length < 1 || length > 4) throw new BerError('an integer has no or more than four octets')
    const value = this.bytes.readIntBE(this.position, length)
    this.position = end
    return value
  }

  oid(): Oid {
    const end = this.header(tags.oid)
    if (end === this.position) throw new BerError('an object identifier is empty')
    const arcs: number[] = []
    while (this.position < end) {
      const arc = this.#arc(end)
      if (arcs.length > 0) arcs.push(arc)
      else arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)))
    }
    if (arcs.length > 128) throw new BerError('an object identifier has more than 128 arcs')
    return arcs
  }

  #arc(end: number): number {
    let arc = 0
    for (;;) {
      const octet = this.bytes[this.position++] ?? 0
      arc = arc * 128 + (octet & 0x7f)
      if (arc > 0xffffffff) throw new BerError('an arc is above 2^32-1')
      if (octet < 0x80) return arc
      if (this.position >= end) throw new BerError('an object identifier ends within an arc')
    }
  }
}

/** The content octets of arcs that follow the first two. */
export function encodeArcs(arcs: Oid): Buffer {
  const octets: number[] = []
  for (const arc of arcs) {
    for (let size = 4; size > 0; size--) {
      const high = Math.floor(arc / 128 ** size)
      if (high > 0) octets.push((high & 0x7f) | 0x80)
    }
    octets.push(arc % 128)
  }
  return Buffer.from(octets)
}

/** The content octets of a whole object identifier. @throws BerError when it has fewer than two arcs */
export function encodeOid([first, second, ...rest]: Oid): Buffer {
  if (first === undefined || second === undefined) throw new BerError('an OID has at least two arcs')
  return encodeArcs([first * 40 + second, ...rest])
}

/** `1.3.6.1` or `.1.3.6.1` as arcs. */
export const parseOid = (text: string): Oid => text.replace(/^\./, '').split('.').map(Number)

/** Lexicographic order; `from` skips arcs of `a` that are known to be equal. */
export function compareOids(a: Oid, b: Oid, from = 0): number {
  const length = Math.min(a.length - from, b.length)
  for (let n = 0; n < length; n++) {
    const difference = (a[n + from] ?? 0) - (b[n] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - from - b.length
}
