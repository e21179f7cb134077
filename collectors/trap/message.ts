import { BerError, tags } from '#core/service/snmp/ber.js'
import type { BerReader, Element } from '#core/service/snmp/ber-reader.js'
import { BerWriter } from '#core/service/snmp/ber-writer.js'
import { openMessage, sealCommunity, versions } from '#core/service/snmp/message.js'
import { nameOf } from '#core/service/snmp/object-id.js'
import { readV3, sealV3, type V3Envelope, type V3Head } from '#core/service/snmp/usm-message.js'

/** An SNMPv1 or SNMPv2c message, read up to its PDU (RFC 3584 §5.2). */
export interface CommunityMessage {
  version: 'V1' | 'V2C'
  community: Element
  pdu: BerReader
}

/** An SNMPv3 message, read up to its scoped PDU; a number where it is of that other security model. */
export interface V3Message {
  version: 'V3'
  head: V3Head | number
}

/** Reads what stands before the PDU. @throws BerError */
export function readMessage(datagram: Buffer): CommunityMessage | V3Message {
  const reader = openMessage(datagram)
  const version = reader.integer()
  if (version === versions.v3) return { version: 'V3', head: readV3(reader) }
  if (version !== versions.v1 && version !== versions.v2c)
    throw new BerError(`msgVersion is ${version}, which there is not`)
  const community = reader.element(tags.octetString)
  return { version: version === versions.v1 ? 'V1' : 'V2C', community, pdu: reader }
}

/** All answers are written here, one after the other. */
const writer = new BerWriter()

/** What says that an inform has arrived: its own bindings, without error (RFC 3416 §4.2.7). */
export interface Response {
  requestId: number
  /** Content of the variable-bindings list. */
  bindings: Buffer
}

function writeResponse({ requestId, bindings }: Response): void {
  writer.clear()
  writer.raw(bindings)
  wrapPdu(tags.response, requestId)
}

/** A Report with one counter (RFC 3412 §7.1, RFC 3414 §3.2). */
export interface Report {
  requestId: number
  /** The object that is counted. */
  oid: string
  counter: number
}

function writeReport({ requestId, oid, counter }: Report): void {
  writer.clear()
  writer.unsigned(counter, tags.counter32)
  const valueAt = writer.start
  writer.raw(nameOf(oid).bytes)
  writer.wrap(tags.oid, valueAt)
  writer.wrap(tags.sequence, writer.bytes.length)
  wrapPdu(tags.report, requestId)
}

/** Around the bindings that the writer holds. */
function wrapPdu(tag: number, requestId: number): void {
  const end = writer.bytes.length
  writer.wrap(tags.sequence, end)
  writer.integer(0)
  writer.integer(0)
  writer.integer(requestId)
  writer.wrap(tag, end)
}

/** The answer to an inform of v1's or v2c's kind of message. */
export function communityResponse(
  version: CommunityMessage['version'],
  community: Buffer,
  of: Response,
): Buffer {
  writeResponse(of)
  return sealCommunity(writer, version === 'V1' ? versions.v1 : versions.v2c, community)
}

export function v3Response(id: number, envelope: V3Envelope, of: Response): Buffer {
  writeResponse(of)
  return sealV3(writer, id, envelope)
}

export function v3Report(id: number, envelope: V3Envelope, of: Report): Buffer {
  writeReport(of)
  return sealV3(writer, id, envelope)
}
