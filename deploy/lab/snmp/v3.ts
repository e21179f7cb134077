import { BerError, BerReader, tags } from './ber.js'
import { digest, digestLength, encrypt } from './usm.js'
import type { MessageWriter } from './writer.js'

/** UsmSecurityParameters (RFC 3414 §2.4). */
export interface SecurityParameters {
  engineId: Buffer
  boots: number
  time: number
  username: Buffer
  /** msgAuthenticationParameters: a view into the message. */
  digest: Buffer
  /** msgPrivacyParameters. */
  salt: Buffer
}

/** What stands before the scoped PDU of an SNMPv3 message (RFC 3412 §6). */
export interface V3Head {
  messageId: number
  messageBytesMax: number
  authenticated: boolean
  encrypted: boolean
  /** The sender wants a Report when something is wrong. */
  reportable: boolean
  parameters: SecurityParameters
  /** At the scoped PDU, or at the OCTET STRING that it was encrypted into. */
  body: BerReader
}

const flags = { auth: 1, priv: 2, reportable: 4 } as const
const userBasedSecurityModel = 3

/** Reads on behind msgVersion. @throws BerError also for another security model and for privacy without authentication */
export function readV3Head(reader: BerReader): V3Head {
  const global = reader.enter(tags.sequence)
  const messageId = global.integer()
  const messageBytesMax = global.integer()
  const given = global.octets()[0] ?? 0
  if (global.integer() !== userBasedSecurityModel) throw new BerError('not the user-based security model')
  if ((given & flags.priv) !== 0 && (given & flags.auth) === 0)
    throw new BerError('privacy without authentication')
  if (messageBytesMax < 484) throw new BerError('msgMaxSize is below 484')
  const outer = reader.octets()
  const security = new BerReader(outer).enter(tags.sequence)
  const parameters: SecurityParameters = {
    engineId: security.octets(),
    boots: security.integer(),
    time: security.integer(),
    username: security.octets(),
    digest: security.octets(),
    salt: security.octets(),
  }
  return {
    messageId,
    messageBytesMax,
    authenticated: (given & flags.auth) !== 0,
    encrypted: (given & flags.priv) !== 0,
    reportable: (given & flags.reportable) !== 0,
    parameters,
    body: reader,
  }
}

export interface V3Envelope {
  messageId: number
  messageBytesMax: number
  engineId: Buffer
  boots: number
  time: number
  username: Buffer
  /** Undefined: not signed. */
  authKey: Buffer | undefined
  /** Undefined: not encrypted. */
  privKey: Buffer | undefined
}

/** Puts the PDU that the writer holds into an SNMPv3 message. @returns a view of the whole message */
export function writeV3(writer: MessageWriter, envelope: V3Envelope): Buffer {
  const { engineId, authKey, privKey } = envelope
  writer.prependOctets(Buffer.alloc(0))
  writer.prependOctets(engineId)
  writer.wrap(tags.sequence)
  let salt: Buffer = Buffer.alloc(0)
  if (privKey) {
    const sealed = encrypt(writer.bytes, privKey, envelope)
    salt = sealed.salt
    writer.reset()
    writer.append(sealed.cipher)
    writer.wrap(tags.octets)
  }
  const digestAt = prependSecurity(writer, envelope, salt)
  writer.prependInteger(userBasedSecurityModel)
  writer.prependOctets(Buffer.of((authKey ? flags.auth : 0) | (privKey ? flags.priv : 0)))
  writer.prependInteger(envelope.messageBytesMax)
  writer.prependInteger(envelope.messageId)
  wrapPart(writer, digestAt.securityStart)
  writer.prependInteger(3)
  writer.wrap(tags.sequence)
  if (authKey) digest(writer.bytes, authKey).copy(writer.buffer, digestAt.position)
  return writer.bytes
}

/** Puts msgSecurityParameters in front. @returns where they begin and where the digest's zeros stand */
function prependSecurity(
  writer: MessageWriter,
  { engineId, boots, time, username, authKey }: V3Envelope,
  salt: Buffer,
): { securityStart: number; position: number } {
  const bodyStart = writer.start
  writer.prependOctets(salt)
  const position = writer.start - (authKey ? digestLength : 0)
  writer.prependOctets(Buffer.alloc(authKey ? digestLength : 0))
  writer.prependOctets(username)
  writer.prependInteger(time)
  writer.prependInteger(boots)
  writer.prependOctets(engineId)
  wrapPart(writer, bodyStart)
  wrapPart(writer, bodyStart, tags.octets)
  return { securityStart: writer.start, position }
}

/** Puts a header in front of what was written since the writer's start was `from`. */
function wrapPart(writer: MessageWriter, from: number, tag: number = tags.sequence): void {
  const { end } = writer
  writer.end = from
  writer.wrap(tag)
  writer.end = end
}
