import { BerError, tags } from './ber.js'
import { BerReader } from './ber-reader.js'
import type { BerWriter } from './ber-writer.js'

/** msgVersion (RFC 1157 §4, RFC 1901 §3, RFC 3412 §6). */
export const versions = { v1: 0, v2c: 1, v3: 3 } as const

/** Opens the SEQUENCE that a datagram is. @returns a reader at msgVersion @throws BerError */
export function openMessage(datagram: Buffer): BerReader {
  const reader = new BerReader(datagram)
  const end = reader.expect(tags.sequence)
  if (end !== datagram.length) throw new BerError('the datagram goes on behind the message')
  return reader
}

/** Puts version and community around the PDU that the writer holds, and takes the message (RFC 1901 §3). */
export function sealCommunity(writer: BerWriter, version: 0 | 1, community: Uint8Array): Buffer {
  writer.octets(community)
  writer.integer(version)
  writer.wrap(tags.sequence, writer.bytes.length)
  return writer.take()
}
