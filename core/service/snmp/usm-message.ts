import { timingSafeEqual } from 'node:crypto'

import type { AuthProtocol, PrivProtocol } from '#core/contract/credentials.js'

import { BerError, tags } from './ber.js'
import { BerReader } from './ber-reader.js'
import type { BerWriter } from './ber-writer.js'
import { versions } from './message.js'
import { authProtocols, digestOf, type EngineTime, PrivacyError, privProtocols } from './usm-protocols.js'

/** msgSecurityModel of the User-based Security Model (RFC 3411 §5). */
export const userBased = 3
/** Bits of msgFlags (RFC 3412 §6.4). */
export const flags = { auth: 1, priv: 2, reportable: 4 } as const
const nothing = Buffer.alloc(0)
/** RFC 3411 §5: SnmpEngineID. Keys are kept by it, so its length must have an end. */
const engineIdOctetsMax = 32
/** Of snmpEngineBoots and snmpEngineTime (RFC 3414 §2.2.1). */
export const clockMax = 2 ** 31 - 1
const saltOctets = 8

/** How messages of one user are secured on one engine: with its localised keys. */
export interface Security {
  username: Buffer
  auth: { protocol: AuthProtocol; key: Uint8Array } | undefined
  priv: { protocol: PrivProtocol; key: Uint8Array } | undefined
}

/** Of messages that only discover an engine (RFC 3414 §4), and of what is told to somebody unknown. */
export const nobody: Security = { username: nothing, auth: undefined, priv: undefined }

/** All of an SNMPv3 message but its PDU (RFC 3412 §6, RFC 3414 §2.4). */
export interface V3Envelope {
  engineId: Buffer
  at: EngineTime
  security: Security
  contextEngineId: Buffer
  contextName: Buffer
  /** Whether a Report is wanted where it is not taken. */
  reportable: boolean
  /** msgMaxSize: octets of the messages that we take. */
  octetsMax: number
}

/** Puts an SNMPv3 message around the PDU that the writer holds, encrypts and signs it as its security says, and takes it. */
export function sealV3(writer: BerWriter, id: number, envelope: V3Envelope): Buffer {
  const { engineId, at, security } = envelope
  const end = writer.bytes.length
  writer.octets(envelope.contextName)
  writer.octets(envelope.contextEngineId)
  writer.wrap(tags.sequence, end)
  let salt: Buffer = nothing
  if (security.priv) {
    const sealed = privProtocols[security.priv.protocol].encrypt(writer.take(), security.priv.key, at)
    salt = sealed.salt
    writer.clear()
    writer.octets(sealed.encrypted)
  }
  const scopedAt = writer.start
  writer.octets(salt)
  const digestEnd = writer.start
  writer.octets(Buffer.alloc(security.auth ? authProtocols[security.auth.protocol].digestOctets : 0))
  writer.octets(security.username)
  writer.integer(at.time)
  writer.integer(at.boots)
  writer.octets(engineId)
  writer.wrap(tags.sequence, scopedAt)
  writer.wrap(tags.octetString, scopedAt)
  const headerEnd = writer.start
  writer.integer(userBased)
  writer.octets(Buffer.of(flagsOf(envelope)))
  writer.integer(envelope.octetsMax)
  writer.integer(id)
  writer.wrap(tags.sequence, headerEnd)
  writer.integer(versions.v3)
  writer.wrap(tags.sequence, end)
  const bytes = writer.take()
  if (security.auth) {
    const { protocol, key } = security.auth
    const digest = digestOf(protocol, key, bytes)
    digest.copy(bytes, digestEnd - digest.length - writer.start)
  }
  return bytes
}

const flagsOf = ({ security, reportable }: V3Envelope): number =>
  (security.auth ? flags.auth : 0) | (security.priv ? flags.priv : 0) | (reportable ? flags.reportable : 0)

/** An SNMPv3 message as it came, its scoped PDU not read yet. */
export interface V3Head {
  bytes: Buffer
  /** msgID */
  id: number
  /** Bits of `flags`. */
  flags: number
  engineId: Buffer
  at: EngineTime
  username: Buffer
  digest: Buffer
  digestAt: number
  salt: Buffer
  /** Stands at the scoped PDU, or at the OCTET STRING it is encrypted into. */
  body: BerReader
}

/** Reads on behind msgVersion. @returns a number where the security model is that other one @throws BerError */
export function readV3(body: BerReader): V3Head | number {
  const { bytes } = body
  const header = body.enter(tags.sequence)
  const id = header.integer()
  header.integer()
  const given = header.octets()
  if (given.length !== 1) throw new BerError('msgFlags is not one octet')
  const model = header.integer()
  if (model !== userBased) return model
  const security = body.enter(tags.octetString)
  security.end = security.expect(tags.sequence)
  const engineId = security.octets()
  if (engineId.length > engineIdOctetsMax)
    throw new BerError('msgAuthoritativeEngineID has more than 32 octets')
  const at = { boots: security.integer(), time: security.integer() }
  if (at.boots < 0 || at.time < 0) throw new BerError('the clock of the engine is not within 0 and 2^31-1')
  const username = security.octets()
  const digest = security.octets()
  const digestAt = security.at - digest.length
  const salt = security.octets()
  return { bytes, id, flags: given[0] ?? 0, engineId, at, username, digest, digestAt, salt, body }
}

/** Whether the digest is that of the message. */
export function isAuthentic({ bytes, digest, digestAt }: V3Head, auth: Security['auth']): boolean {
  if (!auth || digest.length !== authProtocols[auth.protocol].digestOctets) return false
  const told = Buffer.from(digest)
  // Made without a copy of the message, which is as it was afterwards: it may be kept, or tried with another key.
  bytes.fill(0, digestAt, digestAt + told.length)
  const made = digestOf(auth.protocol, auth.key, bytes)
  told.copy(bytes, digestAt)
  return timingSafeEqual(made, told)
}

/** @returns a reader at the scoped PDU @throws PrivacyError when it cannot be decrypted, BerError */
export function decrypted({ flags: given, body, salt, at }: V3Head, priv: Security['priv']): BerReader {
  if (!(given & flags.priv)) return body
  if (!priv) throw new PrivacyError('encrypted, but not by us')
  const { blockOctets, decrypt } = privProtocols[priv.protocol]
  const encrypted = body.octets()
  if (salt.length !== saltOctets) throw new PrivacyError('the salt has not eight octets')
  if (encrypted.length % blockOctets !== 0)
    throw new PrivacyError(`what is encrypted is no multiple of ${blockOctets} octets`)
  return new BerReader(decrypt(encrypted, priv.key, { ...at, salt }))
}

/** Which context a scoped PDU is of, and the PDU: what a block cipher filled up follows it. */
export interface ScopedPdu {
  contextEngineId: Buffer
  contextName: Buffer
  pdu: BerReader
}

/** @throws BerError */
export function readScopedPdu(reader: BerReader): ScopedPdu {
  const scoped = reader.enter(tags.sequence)
  return { contextEngineId: scoped.octets(), contextName: scoped.octets(), pdu: scoped }
}
