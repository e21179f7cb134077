import { timingSafeEqual } from 'node:crypto'

import type { AuthProtocol, PrivProtocol } from '#core/contract/credentials.js'

import { BerReader, type BerWriter, tags } from './ber.js'
import { type Request, writePdu } from './pdu.js'
import { authProtocols, digestOf, type EngineTime, privProtocols } from './usm-protocols.js'
import type { LocalKeys } from './usm-thread.js'

/** Octets of the messages we can take (RFC 3412 §6.3). */
const messageOctetsMax = 65_507
const version3 = 3
const userBasedSecurityModel = 3
const flags = { auth: 1, priv: 2, reportable: 4 } as const
const nothing = Buffer.alloc(0)

/** How messages of one user are secured on one engine. */
export interface Security {
  username: Buffer
  auth: { protocol: AuthProtocol; key: Uint8Array } | undefined
  priv: { protocol: PrivProtocol; key: Uint8Array } | undefined
}

/** @throws Error when the user has protocols but no keys. */
export const securityOf = (
  user: { username: string; authProtocol: AuthProtocol | null; privProtocol: PrivProtocol | null },
  keys: LocalKeys | undefined,
): Security => ({
  username: Buffer.from(user.username),
  auth: keys && user.authProtocol ? { protocol: user.authProtocol, key: keys.auth } : undefined,
  priv:
    keys && user.authProtocol && user.privProtocol
      ? { protocol: user.privProtocol, key: keys.priv }
      : undefined,
})

/** What asks an engine for its id and clock (RFC 3414 §4). */
export const discovering: Security = { username: nothing, auth: undefined, priv: undefined }

export interface V3Message {
  engineId: Buffer
  at: EngineTime
  security: Security
  contextName: Buffer
  request: Request
}

/** Writes an SNMPv3 message (RFC 3412 §6, RFC 3414 §2.4). */
export function writeV3(writer: BerWriter, id: number, message: V3Message): Buffer {
  const { engineId, at, security, contextName, request } = message
  writer.clear()
  const end = writer.start
  writePdu(writer, request, id)
  writer.octets(contextName)
  writer.octets(engineId)
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
  writer.integer(userBasedSecurityModel)
  writer.octets(
    Buffer.of((security.auth ? flags.auth : 0) | (security.priv ? flags.priv : 0) | flags.reportable),
  )
  writer.integer(messageOctetsMax)
  writer.integer(id)
  writer.wrap(tags.sequence, headerEnd)
  writer.integer(version3)
  writer.wrap(tags.sequence, end)
  const bytes = writer.take()
  if (security.auth) {
    const { protocol, key } = security.auth
    const digest = digestOf(protocol, key, bytes)
    digest.copy(bytes, digestEnd - digest.length - writer.start)
  }
  return bytes
}

/** An SNMPv3 message as it came, its scoped PDU not read yet. */
export interface V3Head {
  bytes: Buffer
  authenticated: boolean
  encrypted: boolean
  engineId: Buffer
  at: EngineTime
  digest: Buffer
  digestAt: number
  salt: Buffer
  /** Stands at the scoped PDU, or at the OCTET STRING it is encrypted into. */
  body: BerReader
}

/** Undefined when it is not of version 3, or of another security model. @throws BerError */
export function readV3(datagram: Buffer): V3Head | undefined {
  const body = new BerReader(datagram)
  body.end = body.expect(tags.sequence)
  if (body.integer() !== version3) return undefined
  const header = new BerReader(datagram, body.at, body.end)
  header.end = body.at = header.expect(tags.sequence)
  header.integer()
  header.integer()
  const given = header.octets()[0] ?? 0
  if (header.integer() !== userBasedSecurityModel) return undefined
  const security = new BerReader(datagram, body.at, body.end)
  security.end = body.at = security.expect(tags.octetString)
  security.end = security.expect(tags.sequence)
  const engineId = security.octets()
  const at = { boots: security.integer(), time: security.integer() }
  security.octets()
  const digest = security.octets()
  const digestAt = security.at - digest.length
  const salt = security.octets()
  const [authenticated, encrypted] = [(given & flags.auth) !== 0, (given & flags.priv) !== 0]
  return { bytes: datagram, authenticated, encrypted, engineId, at, digest, digestAt, salt, body }
}

/** Whether the digest is that of the message. */
export function isAuthentic({ bytes, digest, digestAt }: V3Head, auth: Security['auth']): boolean {
  if (!auth || digest.length !== authProtocols[auth.protocol].digestOctets) return false
  const told = Buffer.from(digest)
  bytes.fill(0, digestAt, digestAt + told.length)
  return timingSafeEqual(digestOf(auth.protocol, auth.key, bytes), told)
}

/** A reader at the PDU. @throws BerError, or Error when it cannot be decrypted. */
export function openScoped({ encrypted, body, salt, at }: V3Head, priv: Security['priv']): BerReader {
  let reader = body
  if (encrypted) {
    if (!priv) throw new Error('encrypted, but not by us')
    reader = new BerReader(privProtocols[priv.protocol].decrypt(body.octets(), priv.key, { ...at, salt }))
  }
  // What a block cipher filled up follows the scoped PDU.
  reader.end = reader.expect(tags.sequence)
  reader.octets()
  reader.octets()
  return reader
}
