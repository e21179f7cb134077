/** Tags of the BER subset that SNMP uses (RFC 3416 §3, RFC 2578 §7.1). */
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
  getBulk: 0xa5,
  report: 0xa8,
} as const

/** The bytes are not BER as SNMP uses it. The message says what is wrong, for operators. */
export class BerError extends Error {
  override readonly name = 'BerError'
}

/** The most octets an integer may have: 48 bits are always exact. RFC 2578 needs five. */
const integerOctetsMax = 6

/** Two's complement, big endian; the caller has checked that there are 1 to 6 octets. */
export function integerIn(bytes: Uint8Array, from: number, to: number): number {
  let value = ((bytes[from] ?? 0) << 24) >> 24
  for (let at = from + 1; at < to; at++) value = value * 256 + (bytes[at] ?? 0)
  return value
}

/** Reads definite-length BER front to back. Every length is checked against what encloses it. */
export class BerReader {
  constructor(
    readonly bytes: Buffer,
    /** Where it stands. */
    public at = 0,
    /** Where what it reads ends. */
    public end = bytes.length,
  ) {}

  /** The next tag, without reading it; -1 at the end. */
  get tag(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1
  }

  /** Reads tag and length and stands at the content. @returns where the content ends. @throws BerError */
  open(): number {
    const { bytes, end } = this
    let at = this.at + 2
    if (at > end) throw new BerError('the message is cut short')
    let length = bytes[at - 1] ?? 0
    if (length >= 0x80) {
      const octets = length & 0x7f
      if (octets === 0 || octets > 4)
        throw new BerError('a length is indefinite or has more than four octets')
      length = 0
      for (let n = 0; n < octets; n++) length = length * 256 + (bytes[at++] ?? 0)
    }
    if (at + length > end) throw new BerError('an element is longer than what encloses it')
    this.at = at
    return at + length
  }

  /** As `open`, of an element with this tag. */
  expect(tag: number): number {
    if (this.tag !== tag) throw new BerError(`tag ${this.tag} stands where ${tag} belongs`)
    return this.open()
  }

  integer(): number {
    const to = this.expect(tags.integer)
    checkInteger(this.at, to)
    const value = integerIn(this.bytes, this.at, to)
    this.at = to
    return value
  }

  /** The content of an OCTET STRING, as a view. */
  octets(): Buffer {
    const to = this.expect(tags.octetString)
    const view = this.bytes.subarray(this.at, to)
    this.at = to
    return view
  }

  /** @throws BerError when something follows. */
  finish(): void {
    if (this.at !== this.end) throw new BerError('something follows where the message should end')
  }
}

/** @throws BerError when an integer has no octets or more than are exact. */
export function checkInteger(from: number, to: number): void {
  if (to <= from || to - from > integerOctetsMax) throw new BerError(`an integer has ${to - from} octets`)
}

/** Content octets of an object identifier, within a larger buffer. */
export interface Name {
  bytes: Uint8Array
  from: number
  to: number
}

/** UDP carries no more than this. */
const messageOctetsMax = 65_507

/** Writes BER back to front, so that every length is known when its header is written. */
export class BerWriter {
  readonly bytes = Buffer.allocUnsafeSlow(messageOctetsMax)
  /** What is written begins here and ends where the buffer ends. */
  start = messageOctetsMax

  clear(): void {
    this.start = messageOctetsMax
  }

  /** A header for what was written since `start` was `end`. */
  wrap(tag: number, end: number): void {
    const length = end - this.start
    const { bytes } = this
    if (length < 0x80) bytes[--this.start] = length
    else {
      let octets = 0
      for (let rest = length; rest > 0; rest >>= 8, octets++) bytes[--this.start] = rest & 0xff
      bytes[--this.start] = 0x80 | octets
    }
    bytes[--this.start] = tag
  }

  /** An INTEGER of 32 bits. */
  integer(value: number): void {
    const end = this.start
    let rest = value
    do {
      this.bytes[--this.start] = rest & 0xff
      rest >>= 8
    } while (rest !== ((this.bytes[this.start] ?? 0) << 24) >> 31)
    this.wrap(tags.integer, end)
  }

  octets(value: Uint8Array): void {
    const end = this.start
    this.raw(value)
    this.wrap(tags.octetString, end)
  }

  raw(value: Uint8Array): void {
    this.start -= value.length
    this.bytes.set(value, this.start)
  }

  /** A variable binding without a value, as requests carry them. */
  unbound({ bytes: from, from: first, to }: Name): void {
    const { bytes } = this
    const end = this.start
    bytes[--this.start] = 0
    bytes[--this.start] = tags.null
    const nameEnd = this.start
    // Names are short: a loop is faster than a copy.
    for (let at = to; at > first; ) bytes[--this.start] = from[--at] ?? 0
    this.wrap(tags.oid, nameEnd)
    this.wrap(tags.sequence, end)
  }

  /** A copy of what was written: the buffer itself is used again at once. */
  take(): Buffer {
    return Buffer.from(this.bytes.subarray(this.start))
  }
}
