import type { AuthProtocol, PrivProtocol } from '#core/contract/credentials.js'
import type { BerReader } from '#core/service/snmp/ber-reader.js'
import { type BerWriter, messageOctetsMax } from '#core/service/snmp/ber-writer.js'
import { openMessage, versions } from '#core/service/snmp/message.js'
import {
  decrypted,
  readScopedPdu,
  readV3,
  type Security,
  sealV3,
  type V3Envelope,
  type V3Head,
} from '#core/service/snmp/usm-message.js'
import type { LocalKeys } from '#core/service/snmp/usm-thread.js'

import { type Request, writePdu } from './pdu.js'

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

/** What one agent is asked. */
export interface V3Request extends Pick<V3Envelope, 'engineId' | 'at' | 'security' | 'contextName'> {
  request: Request
}

/** Writes a request as an SNMPv3 message. */
export function writeRequest(writer: BerWriter, id: number, asked: V3Request): Buffer {
  const { engineId, at, security, contextName, request } = asked
  writer.clear()
  writePdu(writer, request, id)
  return sealV3(writer, id, {
    engineId,
    at,
    security,
    contextEngineId: engineId,
    contextName,
    reportable: true,
    octetsMax: messageOctetsMax,
  })
}

/** Undefined when it is not of version 3, or of another security model: then it answers nothing of ours. @throws BerError */
export function readAnswer(datagram: Buffer): V3Head | undefined {
  const reader = openMessage(datagram)
  if (reader.integer() !== versions.v3) return undefined
  const head = readV3(reader)
  return typeof head === 'number' ? undefined : head
}

/** A reader at the PDU. @throws BerError, or PrivacyError when it cannot be decrypted. */
export const openScoped = (head: V3Head, priv: Security['priv']): BerReader =>
  readScopedPdu(decrypted(head, priv)).pdu
