import { tags } from './ber.js'
import type { Name } from './object-id.js'

/** UDP carries no more than this. */
export const messageOctetsMax = 65_507

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

  /** An unsigned value of at most 32 bits, as Counter32 and TimeTicks. */
  unsigned(value: number, tag: number): void {
    const end = this.start
    let rest = value
    do {
      this.bytes[--this.start] = rest & 0xff
      rest = Math.floor(rest / 256)
    } while (rest > 0)
    // A highest bit that is set would be a sign.
    if ((this.bytes[this.start] ?? 0) >= 0x80) this.bytes[--this.start] = 0
    this.wrap(tag, end)
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
