import { BerError } from './ber.js'

/** Object identifiers between their text and their octets (X.690 §8.19). */

/** Content octets of an object identifier, within a larger buffer. */
export interface Name {
  bytes: Uint8Array
  from: number
  to: number
}

/** Texts whose octets are kept: all that is asked for again and again is far less. */
const keepMax = 20_000
const known = new Map<string, Name>()

/** `1.3.6.1` as octets, kept for the next time. The text has at least two arcs. */
export function nameOf(text: string): Name {
  const found = known.get(text)
  if (found) return found
  const bytes = encode(text)
  const name = { bytes, from: 0, to: bytes.length }
  if (known.size >= keepMax) known.clear()
  known.set(text, name)
  return name
}

function encode(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    for (let size = 4; size > 0; size--) {
      const high = Math.floor(arc / 128 ** size)
      if (high > 0) octets.push((high & 0x7f) | 0x80)
    }
    octets.push(arc % 128)
  }
  return Uint8Array.from(octets)
}

/** Arcs of the octets in `[from, to)`, as text: of a whole identifier, or of its end (`index`). */
export function textOf({ bytes, from, to }: Name): string {
  let [text, arc, first] = ['', 0, true]
  for (let at = from; at < to; at++) {
    const octet = bytes[at] ?? 0
    arc = arc * 128 + (octet & 0x7f)
    if (octet >= 0x80) continue
    if (first) {
      const root = Math.min(2, Math.floor(arc / 40))
      text = `${root}.${arc - root * 40}`
      first = false
    } else text += `.${arc}`
    arc = 0
  }
  return text
}

/** RFC 2578 §3.5. */
const arcsMax = 128
/** The first of five octets of the greatest arc, 2^32-1. */
const firstOctetMax = 0x8f

/**
 * Holds the octets in `[from, to)` to RFC 2578 §3.5. @throws BerError where they are no object identifier, or one of more
 * arcs, or greater ones, than SNMP has.
 */
export function checkName(bytes: Uint8Array, from: number, to: number): void {
  if (to === from) throw new BerError('an object identifier is empty')
  let more = 0
  for (let at = from; at < to; at++) {
    if ((bytes[at] ?? 0) < 0x80) more = 0
    else if (++more >= 4 && (more > 4 || (bytes[at - 3] ?? 0) > firstOctetMax))
      throw new BerError('an arc of an object identifier is above 2^32-1')
  }
  if (more > 0) throw new BerError('an object identifier ends within an arc')
  // One of fewer octets need not be counted.
  if (to - from >= arcsMax && arcsIn(bytes, from, to) > arcsMax)
    throw new BerError(`an object identifier has more than ${arcsMax} arcs`)
}

function arcsIn(bytes: Uint8Array, from: number, to: number): number {
  // The first two arcs share their octets.
  let arcs = 1
  for (let at = from; at < to; at++) if ((bytes[at] ?? 0) < 0x80) arcs++
  return arcs
}
