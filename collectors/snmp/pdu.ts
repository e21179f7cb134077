import { BerError, checkInteger, exactOctets, integerIn, tags, unsigned64In } from '#core/service/snmp/ber.js'
import type { BerReader } from '#core/service/snmp/ber-reader.js'
import type { BerWriter } from '#core/service/snmp/ber-writer.js'
import { checkName, type Name, nameOf, textOf } from '#core/service/snmp/object-id.js'

import type { SnmpValue, Varbind } from './values.js'

/** What is asked. For GETBULK `first` and `second` are non-repeaters and max-repetitions, else both are zero. */
export interface Request {
  type: number
  first: number
  second: number
  names: readonly Name[]
}

/** An answer (RFC 3416 §3): `first` and `second` are error-status and error-index. */
export interface Pdu {
  type: number
  id: number
  first: number
  second: number
  bindings: Bindings
}

/** The most varbinds a datagram can hold, at seven octets each. */
const bindingsMax = 9500
const places = 5
/** What most bindings take at least. */
const bindingOctets = 14

/**
 * The variable bindings of one answer, where they lie in its datagram: nothing is copied, and no value is read, before
 * somebody wants it. Their structure has been checked.
 */
export class Bindings {
  /** For each binding: name from and to, tag, value from and to. */
  readonly #at: number[]
  #values: SnmpValue[] | undefined
  length = 0

  /** `room`: for about so many. */
  private constructor(
    readonly bytes: Buffer,
    room: number,
  ) {
    // Growing it step by step would cost more than reading what goes into it.
    this.#at = new Array<number>(room * places)
  }

  nameFrom(n: number): number {
    return this.#at[n * places] ?? 0
  }
  nameTo(n: number): number {
    return this.#at[n * places + 1] ?? 0
  }
  type(n: number): number {
    return this.#at[n * places + 2] ?? 0
  }
  value(n: number): SnmpValue {
    if (this.#values) return this.#values[n] ?? null
    const at = n * places
    return valueIn(this.bytes, this.#at[at + 2] ?? 0, this.#at[at + 3] ?? 0, this.#at[at + 4] ?? 0)
  }
  oid(n: number): string {
    return textOf({ bytes: this.bytes, from: this.nameFrom(n), to: this.nameTo(n) })
  }
  /** Whether binding `n` is about this object. */
  isOf(n: number, { bytes, from, to }: Name): boolean {
    const mine = this.nameFrom(n)
    if (this.nameTo(n) - mine !== to - from) return false
    for (let at = 0; at < to - from; at++) if (bytes[from + at] !== this.bytes[mine + at]) return false
    return true
  }

  /** Of what another library has read already. */
  static of(varbinds: readonly Varbind[]): Bindings {
    const names = varbinds.map(({ oid }) => nameOf(oid))
    const found = new Bindings(Buffer.concat(names.map(({ bytes }) => bytes)), names.length)
    let from = 0
    for (const [n, { bytes }] of names.entries()) {
      const to = from + bytes.length
      found.#at.splice(n * places, places, from, to, varbinds[n]?.type ?? tags.null, 0, 0)
      from = to
    }
    found.length = names.length
    found.#values = varbinds.map(({ value }) => value)
    return found
  }

  /** Reads a VarBindList. @throws BerError */
  static read(reader: BerReader): Bindings {
    const found = new Bindings(reader.bytes, Math.ceil((reader.end - reader.at) / bindingOctets))
    const at = found.#at
    const listEnd = reader.expect(tags.sequence)
    const outer = reader.end
    while (reader.at < listEnd) {
      if (found.length >= bindingsMax) throw new BerError('the answer has too many variable bindings')
      reader.end = listEnd
      const end = reader.expect(tags.sequence)
      reader.end = end
      const nameTo = reader.expect(tags.oid)
      checkName(reader.bytes, reader.at, nameTo)
      const nameFrom = reader.at
      reader.at = nameTo
      const { tag } = reader
      const valueTo = reader.open()
      checkValue(reader, tag, valueTo)
      const place = found.length++ * places
      at[place] = nameFrom
      at[place + 1] = nameTo
      at[place + 2] = tag
      at[place + 3] = reader.at
      at[place + 4] = valueTo
      reader.at = valueTo
      reader.finish()
    }
    reader.end = outer
    return found
  }
}

function checkValue(reader: BerReader, tag: number, to: number): void {
  switch (tag) {
    case tags.integer:
    case tags.counter32:
    case tags.gauge32:
    case tags.timeTicks:
      checkInteger(reader.at, to, exactOctets)
      return
    case tags.oid:
      checkName(reader.bytes, reader.at, to)
      return
    case tags.ipAddress:
      if (to - reader.at !== 4) throw new BerError(`an IpAddress has ${to - reader.at} octets`)
      return
    case tags.octetString:
    case tags.opaque:
    case tags.counter64:
    case tags.null:
    case tags.noSuchObject:
    case tags.noSuchInstance:
    case tags.endOfMibView:
      return
    default:
      throw new BerError(`a value has the unknown type ${tag}`)
  }
}

function valueIn(bytes: Buffer, tag: number, from: number, to: number): SnmpValue {
  switch (tag) {
    case tags.integer:
      return integerIn(bytes, from, to)
    case tags.counter32:
    case tags.gauge32:
    case tags.timeTicks:
      // Some agents forget the zero before a highest bit that is set.
      return integerIn(bytes, from, to) >>> 0
    case tags.counter64:
      return unsigned64In(bytes, from, to) ?? bytes.subarray(from, to)
    case tags.oid:
      return textOf({ bytes, from, to })
    case tags.ipAddress:
      return `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}`
    case tags.octetString:
    case tags.opaque:
      return bytes.subarray(from, to)
    default:
      return null
  }
}

/** Writes a request in front of what the writer holds. */
export function writePdu(writer: BerWriter, { type, first, second, names }: Request, id: number): void {
  const end = writer.start
  for (let n = names.length - 1; n >= 0; n--) writer.unbound(names[n] as Name)
  writer.wrap(tags.sequence, end)
  writer.integer(second)
  writer.integer(first)
  writer.integer(id)
  writer.wrap(type, end)
}

/** Reads a Response or Report. @throws BerError also where it is another kind. */
export function readPdu(reader: BerReader): Pdu {
  const type = reader.tag
  if (type !== tags.response && type !== tags.report) throw new BerError('the message is no answer')
  const outer = reader.end
  reader.end = reader.open()
  const id = reader.integer()
  const first = reader.integer()
  const second = reader.integer()
  const bindings = Bindings.read(reader)
  reader.finish()
  reader.end = outer
  return { type, id, first, second, bindings }
}
