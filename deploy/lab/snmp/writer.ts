import { tags } from './ber.js'

/** What a variable may hold: an integer for the integer tags (exact up to 2^53), octets for the others. */
export type Value = number | Buffer

const two32 = 2 ** 32
/** Room in front of the first written octet for the headers that come last. */
const headroom = 1024

/**
 * A message buffer that grows at both ends: variables are appended, and once their length is known the headers around
 * them are put in front. One writer serves a whole process; what it holds is valid until the next `reset`.
 */
export class MessageWriter {
  readonly buffer = Buffer.allocUnsafe(headroom + 72 * 1024)
  start = headroom
  end = headroom

  reset(): void {
    this.start = headroom
    this.end = headroom
  }

  get length(): number {
    return this.end - this.start
  }

  /** The octets written so far; a view, not a copy. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.start, this.end)
  }

  append(octets: Uint8Array): void {
    this.buffer.set(octets, this.end)
    this.end += octets.length
  }

  /** Appends `SEQUENCE { name, value }`; the name's content octets come in two parts, column and row. */
  variable(prefix: Buffer, suffix: Buffer, tag: number, value: Value): void {
    const at = this.end
    this.end += 2
    this.#header(tags.oid, prefix.length + suffix.length)
    this.append(prefix)
    this.append(suffix)
    if (typeof value === 'number') this.#number(tag, value)
    else {
      this.#header(tag, value.length)
      this.append(value)
    }
    const length = this.end - at - 2
    const { buffer } = this
    buffer[at] = tags.sequence
    if (length < 0x80) {
      buffer[at + 1] = length
      return
    }
    const size = length < 0x100 ? 1 : 2
    buffer.copyWithin(at + 2 + size, at + 2, this.end)
    this.end += size
    buffer[at + 1] = 0x80 | size
    buffer.writeUIntBE(length, at + 2, size)
  }

  #header(tag: number, length: number): void {
    this.buffer[this.end++] = tag
    if (length >= 0x100) {
      this.buffer[this.end++] = 0x82
      this.buffer[this.end++] = length >> 8
    } else if (length >= 0x80) this.buffer[this.end++] = 0x81
    this.buffer[this.end++] = length & 0xff
  }

  #number(tag: number, value: number): void {
    const size = integerSize(value)
    this.buffer[this.end++] = tag
    this.buffer[this.end++] = size
    writeInteger(this.buffer, this.end, size, value)
    this.end += size
  }

  /** Puts a header of `tag` in front of all that was written. */
  wrap(tag: number): void {
    this.#prependHeader(tag, this.end - this.start)
  }

  prependInteger(value: number, tag: number = tags.integer): void {
    const size = integerSize(value)
    this.start -= size
    writeInteger(this.buffer, this.start, size, value)
    this.#prependHeader(tag, size)
  }

  prependOctets(octets: Uint8Array, tag: number = tags.octets): void {
    this.start -= octets.length
    this.buffer.set(octets, this.start)
    this.#prependHeader(tag, octets.length)
  }

  #prependHeader(tag: number, length: number): void {
    if (length < 0x80) this.buffer[--this.start] = length
    else {
      let size = 0
      for (let rest = length; rest > 0; rest >>= 8, size++) this.buffer[--this.start] = rest & 0xff
      this.buffer[--this.start] = 0x80 | size
    }
    this.buffer[--this.start] = tag
  }
}

/** Octets of the shortest two's complement form, as BER demands (X.690 §8.3.2). */
function integerSize(value: number): number {
  if (value >= 0) {
    let size = 1
    for (let limit = 0x80; value >= limit; limit *= 0x100) size++
    return size
  }
  let size = 1
  for (let limit = -0x80; value < limit; limit *= 0x100) size++
  return size
}

function writeInteger(buffer: Buffer, at: number, size: number, value: number): void {
  let low = value % two32
  let high = Math.floor(value / two32)
  if (value < 0) {
    low = value | 0
    high = -1
  }
  for (let n = size - 1; n >= 0; n--) {
    buffer[at + n] = low & 0xff
    low = Math.floor(low / 0x100)
    if (size - n === 4) low = high
  }
}
