import { BerError, BerReader, type Oid, tags } from './ber.js'

/** A request as it came. */
export interface Pdu {
  type: number
  requestId: number
  /** nonRepeaters of a GETBULK, else error-status. */
  first: number
  /** maxRepetitions of a GETBULK, else error-index. */
  second: number
  names: readonly Oid[]
  /** Content octets of each name, to be repeated in the answer. */
  rawNames: readonly Buffer[]
  /** The whole content of the variable-bindings list, to be repeated in an SNMPv1 error. */
  rawBindings: Buffer
}

const requests: readonly number[] = [tags.get, tags.getNext, tags.set, tags.getBulk]

/** Reads a request PDU. @throws BerError when it is malformed or no request. */
export function readPdu(reader: BerReader): Pdu {
  const type = reader.peek()
  if (!requests.includes(type)) throw new BerError(`PDU type ${type} is no request`)
  const body = reader.enter(type)
  const [requestId, first, second] = [body.integer(), body.integer(), body.integer()]
  const list = body.enter(tags.sequence)
  const rawBindings = list.bytes.subarray(list.position, list.end)
  const names: Oid[] = []
  const rawNames: Buffer[] = []
  while (!list.done) {
    const binding = list.enter(tags.sequence)
    const name = new BerReader(binding.bytes, binding.position, binding.end)
    const nameEnd = name.header(tags.oid)
    rawNames.push(name.bytes.subarray(name.position, nameEnd))
    names.push(binding.oid())
    binding.element()
  }
  return { type, requestId, first, second, names, rawNames, rawBindings }
}
