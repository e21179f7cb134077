import { trapLimits } from '#core/contract/traps.js'

import { BerError, BerReader, type Element, element, integerElement, tags } from './ber.js'
import { encrypt, flags, type Signer, sign } from './usm.js'

/** An SNMPv1 or SNMPv2c message, read up to its PDU (RFC 3584 §5.2). */
export interface CommunityMessage {
  version: 'V1' | 'V2C'
  community: Element
  pdu: BerReader
}

/** An SNMPv3 message, read up to its scoped PDU (RFC 3412 §6, RFC 3414 §2.4). */
export interface V3Message {
  version: 'V3'
  messageId: number
  flags: number
  securityModel: number
  engineId: Buffer
  boots: number
  time: number
  user: Buffer
  digest: Element
  salt: Buffer
  /** At the scoped PDU, or at the OCTET STRING that it was encrypted into. */
  body: BerReader
}

/** Reads what stands before the PDU. @throws BerError */
export function readMessage(datagram: Buffer): CommunityMessage | V3Message {
  const whole = new BerReader(datagram)
  const reader = whole.enter(tags.sequence)
  if (!whole.done) throw new BerError('the datagram goes on behind the message')
  const version = reader.integer()
  if (version === 0 || version === 1)
    return { version: version === 0 ? 'V1' : 'V2C', community: reader.element(tags.octets), pdu: reader }
  if (version !== 3) throw new BerError(`msgVersion is ${version}, which there is not`)
  const head = reader.enter(tags.sequence)
  const messageId = head.integer()
  head.integer()
  const given = head.octets()
  if (given.length !== 1) throw new BerError('msgFlags is not one octet')
  const securityModel = head.integer()
  const { from, to } = reader.element(tags.octets)
  const security = new BerReader(datagram, from, to).enter(tags.sequence)
  return {
    version: 'V3',
    messageId,
    flags: given[0] as number,
    securityModel,
    engineId: security.octets(),
    boots: security.integer(),
    time: security.integer(),
    user: security.octets(),
    digest: security.element(tags.octets),
    salt: security.octets(),
    body: reader,
  }
}

/** A scoped PDU: which context it is of, and the PDU. @throws BerError */
export function readScopedPdu(reader: BerReader): {
  contextEngineId: Buffer
  contextName: Buffer
  pdu: BerReader
} {
  const scoped = reader.enter(tags.sequence)
  return { contextEngineId: scoped.octets(), contextName: scoped.octets(), pdu: scoped }
}

const zero = integerElement(0)

/** The PDU that says that an inform has arrived: its own bindings, without error (RFC 3416 §4.2.7). */
export const responsePdu = (requestId: number, bindings: Buffer): Buffer =>
  element(tags.response, integerElement(requestId), zero, zero, element(tags.sequence, bindings))

/** The PDU of a Report with one counter (RFC 3412 §7.1, RFC 3414 §3.2). `name` is the content of its OID. */
export const reportPdu = (requestId: number, name: Buffer, counter: number): Buffer => {
  const binding = element(tags.sequence, element(tags.oid, name), integerElement(counter, tags.counter32))
  return element(tags.report, integerElement(requestId), zero, zero, element(tags.sequence, binding))
}

export const communityMessage = (version: number, community: Buffer, pdu: Buffer): Buffer =>
  element(tags.sequence, integerElement(version), element(tags.octets, community), pdu)

export interface V3Envelope {
  messageId: number
  engineId: Buffer
  boots: number
  time: number
  userName: Buffer
  contextEngineId: Buffer
  contextName: Buffer
  pdu: Buffer
  /** Who signs, and with which level; undefined: nobody. */
  security?: (Signer & { level: number }) | undefined
}

const userBasedSecurityModel = 3

/** Writes an SNMPv3 message, signed and encrypted as its level says. */
export function v3Message({ messageId, pdu, security, ...of }: V3Envelope): Buffer {
  const level = security?.level ?? 0
  let body = element(
    tags.sequence,
    element(tags.octets, of.contextEngineId),
    element(tags.octets, of.contextName),
    pdu,
  )
  let salt: Buffer = Buffer.alloc(0)
  if (security && level & flags.priv) {
    const sealed = encrypt(body, of, security)
    salt = sealed.salt
    body = element(tags.octets, sealed.encrypted)
  }
  const digestLength = level & flags.auth ? (security?.user.auth?.digestLength ?? 0) : 0
  const behindDigest = element(tags.octets, salt)
  const parameters = element(
    tags.octets,
    element(
      tags.sequence,
      element(tags.octets, of.engineId),
      integerElement(of.boots),
      integerElement(of.time),
      element(tags.octets, of.userName),
      element(tags.octets, Buffer.alloc(digestLength)),
      behindDigest,
    ),
  )
  const head = element(
    tags.sequence,
    integerElement(messageId),
    integerElement(trapLimits.datagramBytes),
    element(tags.octets, Buffer.of(level)),
    integerElement(userBasedSecurityModel),
  )
  const message = element(tags.sequence, integerElement(3), head, parameters, body)
  if (security && digestLength > 0)
    sign(message, message.length - body.length - behindDigest.length - digestLength, security)
  return message
}
