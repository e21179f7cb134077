import { tags as tag } from '#core/service/snmp/ber.js'

/**
 * A value as it came (RFC 3416 §3): numbers for integers of all kinds; for Counter64 a BigInt where a number would not
 * be exact; text for object identifiers and IpAddress; octets for strings, and for a Counter64 that is none.
 */
export type SnmpValue = number | bigint | string | Buffer | null

/** One variable binding: an OID, an ASN.1 tag (see core/service/snmp/ber.ts) and its value. */
export interface Varbind {
  oid: string
  type: number
  value: SnmpValue
}

/** The agent does not have it. Not an error: nothing is sampled. */
export const isMissing = ({ type }: Varbind): boolean =>
  type === tag.null || (type >= tag.noSuchObject && type <= tag.endOfMibView)

/** A counter and how many bits it has before it begins again at zero. */
export interface Counter {
  value: bigint
  width: 32 | 64
}

/** Reads an integer of any kind; undefined when it is something else. Agents mix the kinds up, so all are taken. */
export function asNumber({ type, value }: Varbind): number | undefined {
  if (type === tag.counter64)
    return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : undefined
  const integral =
    type === tag.integer || type === tag.counter32 || type === tag.gauge32 || type === tag.timeTicks
  return integral && typeof value === 'number' ? value : undefined
}

/** Reads Counter64, Counter32 and what agents send in its place; undefined when it is neither. */
export function asCounter({ type, value }: Varbind): Counter | undefined {
  if (type === tag.counter64) {
    return typeof value === 'bigint' || typeof value === 'number'
      ? { value: BigInt(value), width: 64 }
      : undefined
  }
  const counting = type === tag.counter32 || type === tag.gauge32 || type === tag.integer
  return counting && typeof value === 'number' && value >= 0 ? { value: BigInt(value), width: 32 } : undefined
}

/** Longest text that is kept of an agent's string. */
const textMax = 1000

/** Reads a DisplayString: no control characters (a NUL cannot be stored), no blanks at the ends. */
export function asText({ type, value }: Varbind): string | undefined {
  if (type !== tag.octetString || !Buffer.isBuffer(value)) return undefined
  return (
    value
      .toString('utf8')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
      .replace(/[\u0000-\u001f\u007f\ufffd]+/g, ' ')
      .trim()
      .slice(0, textMax)
      // The cut may have gone through a surrogate pair; half of one cannot be stored as JSON.
      .toWellFormed()
  )
}

/** Reads an OBJECT IDENTIFIER. */
export const asOid = ({ type, value }: Varbind): string | undefined =>
  type === tag.oid && typeof value === 'string' ? value : undefined

/** Reads an Ethernet address as `00:1b:54:aa:bb:cc`; null when the port has none. */
export function asMac({ type, value }: Varbind): string | null | undefined {
  if (type !== tag.octetString || !Buffer.isBuffer(value)) return undefined
  if (value.length !== 6 || value.every((byte) => byte === 0)) return null
  return value.toString('hex').replace(/..(?=.)/g, '$&:')
}

/**
 * Reads a measured number: an integer of any kind, a number at the begin of a text (as `+11.97 V`), or a float that is
 * packed into an Opaque (NET-SNMP-TC: 9f 78 04 and 9f 79 08). Undefined when it is none of these.
 */
export function asMeasure(varbind: Varbind): number | undefined {
  const { type, value } = varbind
  if (type === tag.octetString && Buffer.isBuffer(value)) {
    const found = /^[^\d+-]{0,3}([+-]?\d+(\.\d+)?)/.exec(value.toString('latin1').trim())?.[1]
    return found === undefined ? undefined : Number(found)
  }
  if (type === tag.opaque && Buffer.isBuffer(value)) {
    const head = value.toString('hex', 0, 3)
    if (head === '9f7804' && value.length === 7) return value.readFloatBE(3)
    return head === '9f7908' && value.length === 11 ? value.readDoubleBE(3) : undefined
  }
  return asNumber(varbind)
}
