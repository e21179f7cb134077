import { trapLimits, type VarbindType } from '#core/contract/traps.js'

import {
  BerError,
  checkInteger,
  integer32Octets,
  integerIn,
  tags,
  unsigned64In,
} from '#core/service/snmp/ber.js'
import type { BerReader, Element, Place } from '#core/service/snmp/ber-reader.js'
import { checkName, textOf } from '#core/service/snmp/object-id.js'

/** A variable binding as it came, its value as the contract writes it. */
export interface ReadVarbind {
  oid: string
  type: VarbindType
  value: string
}

const types: Readonly<Record<number, VarbindType>> = {
  [tags.integer]: 'INTEGER',
  [tags.octetString]: 'OCTET_STRING',
  [tags.null]: 'NULL',
  [tags.oid]: 'OBJECT_IDENTIFIER',
  [tags.ipAddress]: 'IP_ADDRESS',
  [tags.counter32]: 'COUNTER32',
  [tags.gauge32]: 'GAUGE32',
  [tags.timeTicks]: 'TIME_TICKS',
  [tags.opaque]: 'OPAQUE',
  [tags.counter64]: 'COUNTER64',
  [tags.noSuchObject]: 'NO_SUCH_OBJECT',
  [tags.noSuchInstance]: 'NO_SUCH_INSTANCE',
  [tags.endOfMibView]: 'END_OF_MIB_VIEW',
}

/** SNMP-COMMUNITY-MIB's snmpTrapCommunity.0 (RFC 3584 §3.1): what a proxy passes on is a secret like any community. */
export const trapCommunityOid = '1.3.6.1.6.3.18.1.4.0'

/** The bindings of a PDU, and where in the datagram lies what nobody may see. */
export interface Bindings {
  varbinds: ReadVarbind[]
  secrets: Place[]
}

/** Reads a whole variable-bindings list. @throws BerError; a type that SNMP does not have is one, too */
export function readBindings(list: BerReader): Bindings {
  const varbinds: ReadVarbind[] = []
  const secrets: Place[] = []
  while (!list.done) {
    if (varbinds.length >= trapLimits.varbinds)
      throw new BerError(`there are more than ${trapLimits.varbinds} variable bindings`)
    const binding = list.enter(tags.sequence)
    const oid = oidOf(list.bytes, binding.element(tags.oid))
    const element = binding.element()
    if (!binding.done) throw new BerError('a variable binding has more than a name and a value')
    const isSecret = oid === trapCommunityOid
    if (isSecret) secrets.push(element)
    varbinds.push({ oid, ...(isSecret ? hidden : readValue(list.bytes, element)) })
  }
  return { varbinds, secrets }
}

/** Content as an object identifier in dotted form. @throws BerError */
export function oidOf(bytes: Buffer, { from, to }: Place): string {
  checkName(bytes, from, to)
  return textOf({ bytes, from, to })
}

/** Content as an unsigned integer of at most 32 bits. @throws BerError */
export function unsigned32Of(bytes: Buffer, { from, to }: Place): number {
  // Agents leave out the zero before a highest bit that is set, so there may be one octet more, or not.
  const begin = to - from === 5 && bytes[from] === 0 ? from + 1 : from
  if (to <= begin || to - begin > 4) throw new BerError('a value is no unsigned integer of 32 bits')
  return integerIn(bytes, begin, to) >>> 0
}

function unsigned64Of(bytes: Buffer, { from, to }: Place): number | bigint {
  const value = unsigned64In(bytes, from, to)
  if (value === undefined) throw new BerError('a value is no unsigned integer of 64 bits')
  return value
}

const hidden = { type: 'OCTET_STRING', value: '***' } as const

function readValue(bytes: Buffer, element: Element): { type: VarbindType; value: string } {
  const type = types[element.tag]
  if (type === undefined) throw new BerError(`a value has the unknown type 0x${element.tag.toString(16)}`)
  const { from, to } = element
  switch (type) {
    case 'INTEGER':
      checkInteger(from, to, integer32Octets)
      return { type, value: String(integerIn(bytes, from, to)) }
    case 'COUNTER32':
    case 'GAUGE32':
    case 'TIME_TICKS':
      return { type, value: String(unsigned32Of(bytes, element)) }
    case 'COUNTER64':
      return { type, value: String(unsigned64Of(bytes, element)) }
    case 'OBJECT_IDENTIFIER':
      return { type, value: oidOf(bytes, element) }
    case 'IP_ADDRESS':
      if (to - from !== 4) throw new BerError('an IP address has not four octets')
      return { type, value: bytes.subarray(from, to).join('.') }
    case 'OCTET_STRING':
      return { type, value: stringOf(bytes.subarray(from, to)) }
    case 'OPAQUE':
      return { type, value: hexOf(bytes.subarray(from, to)) }
    default:
      return { type, value: '' }
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true })
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what makes octets no text.
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/** Text where the octets are text (a NUL at the end, as C programs send it, is left out), else hexadecimal. */
export function stringOf(octets: Buffer): string {
  try {
    const text = decoder.decode(octets.at(-1) === 0 ? octets.subarray(0, -1) : octets)
    if (!control.test(text)) return cut(text)
  } catch {
    // Not UTF-8, so not text.
  }
  return hexOf(octets)
}

const hexOf = (octets: Buffer): string => cut(`0x${octets.toString('hex')}`)

const cut = (text: string): string =>
  text.length > trapLimits.valueChars ? `${text.slice(0, trapLimits.valueChars - 1).toWellFormed()}…` : text
