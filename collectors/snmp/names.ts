import type { Name } from '#core/service/snmp/object-id.js'

/** Object identifiers as octets, in the order of the MIB. */

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
