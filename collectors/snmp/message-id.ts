import { integerIn, tags } from '#core/service/snmp/ber.js'

/** What an SNMP message answers. */
export interface MessageId {
  /** 0 v1, 1 v2c, 3 v3. */
  version: number
  /** The request-id of its PDU (v1, v2c; RFC 3416 §3), or its msgID (v3; RFC 3412 §6). */
  id: number
}

/** Undefined when it is no whole message; a truncated one would otherwise be read as a short answer. */
export function messageIdIn(bytes: Buffer): MessageId | undefined {
  const body = contentOf(bytes, 0, bytes.length)
  if (body < 0 || bytes[0] !== tags.sequence || endOf(bytes, 0, body) !== bytes.length) return undefined
  const version = contentOf(bytes, body, bytes.length)
  if (version < 0 || bytes[body] !== tags.integer || endOf(bytes, body, version) !== version + 1)
    return undefined
  const number = bytes[version] ?? -1
  if (number === 3) return asMessage(number, integerInside(bytes, version + 1, tags.sequence))
  const community = contentOf(bytes, version + 1, bytes.length)
  if (community < 0 || bytes[version + 1] !== tags.octetString) return undefined
  return asMessage(number, integerInside(bytes, endOf(bytes, version + 1, community)))
}

const asMessage = (version: number, id: number | undefined): MessageId | undefined =>
  id === undefined ? undefined : { version, id }

/** The INTEGER that a constructed element begins with. */
function integerInside(bytes: Buffer, at: number, tag?: number): number | undefined {
  if (tag !== undefined && bytes[at] !== tag) return undefined
  const inside = contentOf(bytes, at, bytes.length)
  const from = inside < 0 ? -1 : contentOf(bytes, inside, bytes.length)
  if (from < 0 || bytes[inside] !== tags.integer) return undefined
  const to = endOf(bytes, inside, from)
  return to - from < 1 || to - from > 4 ? undefined : integerIn(bytes, from, to)
}

/** Where the content of the element at `at` begins; -1 when it does not end before `end`. */
function contentOf(bytes: Buffer, at: number, end: number): number {
  const first = bytes[at + 1]
  if (at < 0 || first === undefined) return -1
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || octets > 4 || at + 2 + octets > end) return -1
  const from = at + 2 + octets
  return endOf(bytes, at, from) > end ? -1 : from
}

/** Where the element at `at`, whose content begins at `from`, ends. */
function endOf(bytes: Buffer, at: number, from: number): number {
  if (from === at + 2) return from + (bytes[at + 1] ?? 0)
  let length = 0
  for (let n = at + 2; n < from; n++) length = length * 256 + (bytes[n] ?? 0)
  return from + length
}
