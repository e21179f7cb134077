import type { Name } from './ber.js'

/** Object identifiers between their text and their octets (X.690 §8.19). */

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

/** The arcs in `[from, to)` of the octets of a name that begins before, as `17` or `192.0.2.1`. */
export function indexIn(bytes: Uint8Array, from: number, to: number): string {
  let [text, arc] = ['', 0]
  for (let at = from; at < to; at++) {
    const octet = bytes[at] ?? 0
    arc = arc * 128 + (octet & 0x7f)
    if (octet >= 0x80) continue
    text = text === '' ? `${arc}` : `${text}.${arc}`
    arc = 0
  }
  return text
}

/** Whether a name lies below another, and is not the same. */
export function isBelow(base: Name, { bytes, from, to }: Name): boolean {
  const length = base.to - base.from
  if (to - from <= length) return false
  // Siblings differ at the end.
  for (let n = length - 1; n >= 0; n--) if (bytes[from + n] !== base.bytes[base.from + n]) return false
  return true
}

/**
 * Whether a name follows another in the order of the MIB: by arcs, the shorter first. Their first `same` octets, whole
 * arcs, are known to be the same.
 */
export function isAfter(name: Name, other: Name, same = 0): boolean {
  const [length, otherLength] = [name.to - name.from, other.to - other.from]
  const common = Math.min(length, otherLength)
  let [n, arc] = [same, same]
  while (n < common) {
    const octet = name.bytes[name.from + n] ?? 0
    if (octet !== other.bytes[other.from + n]) break
    n++
    if (octet < 0x80) arc = n
  }
  if (n === length || n === otherLength) return length > otherLength
  return arcAt(name, arc) > arcAt(other, arc)
}

function arcAt({ bytes, from, to }: Name, offset: number): number {
  let arc = 0
  for (let at = from + offset; at < to; at++) {
    const octet = bytes[at] ?? 0
    arc = arc * 128 + (octet & 0x7f)
    if (octet < 0x80) break
  }
  return arc
}
