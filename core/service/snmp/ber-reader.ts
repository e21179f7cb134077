import { BerError, checkInteger, integer32Octets, integerIn, tags } from './ber.js'

/** A place in the bytes that were read: where content begins and ends. */
export interface Place {
  from: number
  to: number
}

/** One element: its tag and where its content lies. */
export interface Element extends Place {
  tag: number
}

/**
 * Reads definite-length BER front to back. Every length is checked against what encloses it, so nothing outside of that
 * is ever read, whatever the bytes say. Its methods throw BerError and nothing else.
 *
 * Where speed counts, `open` and `expect` go through a message with one reader, by moving its `end`; `element` and
 * `enter` are the same for those who like an object better.
 */
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

  get done(): boolean {
    return this.at >= this.end
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
    if (this.tag !== tag) throw this.#other(tag)
    return this.open()
  }

  #other(tag: number): BerError {
    return this.done
      ? new BerError('the message is cut short')
      : new BerError(`tag 0x${this.tag.toString(16)} stands where 0x${tag.toString(16)} belongs`)
  }

  /** Reads one element of any kind, or of this tag, and goes on behind it. */
  element(expected?: number): Element {
    const { tag } = this
    const to = expected === undefined ? this.open() : this.expect(expected)
    const from = this.at
    this.at = to
    return { tag, from, to }
  }

  /** Goes on behind an element. @returns a reader of its content */
  enter(tag: number): BerReader {
    const to = this.expect(tag)
    const inner = new BerReader(this.bytes, this.at, to)
    this.at = to
    return inner
  }

  /** A signed INTEGER of at most 32 bits. */
  integer(): number {
    const to = this.expect(tags.integer)
    checkInteger(this.at, to, integer32Octets)
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
