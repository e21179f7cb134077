import { trapLimits } from '#core/contract/traps.js'
import { BerError } from '#core/service/snmp/ber.js'
import { BerReader } from '#core/service/snmp/ber-reader.js'
import {
  decrypted,
  flags,
  isAuthentic,
  nobody,
  readScopedPdu,
  type Security,
  type V3Envelope,
  type V3Head,
} from '#core/service/snmp/usm-message.js'
import { PrivacyError } from '#core/service/snmp/usm-protocols.js'
import { type UsmStat, usmStats } from '#core/service/snmp/usm-stats.js'

import type { Access } from './access.js'
import type { Engine, EngineClocks } from './engine.js'
import { v3Report, v3Response } from './message.js'
import { readNotification, requestIdOf, UnsupportedPdu } from './notification.js'
import { answered, type Received, refused, type V3Sender } from './received.js'
import type { UsmUser } from './usm.js'

/** Receives SNMPv3 messages: traps of engines that are authoritative themselves, and informs, for which we are. */
export class V3Receiver {
  readonly #counters = new Map<UsmStat, number>()

  constructor(
    private readonly engine: Engine,
    private readonly clocks: EngineClocks,
  ) {}

  /** RFC 3414 §3.2, in its order. @throws BerError */
  receive(message: V3Head, access: Access, now: number): Received {
    const name = message.username.toString()
    const sender = { user: name, engineId: message.engineId.toString('hex') }
    const report = (stat: UsmStat, signed?: Security) => this.#report(stat, message, now, signed)
    const level = message.flags & (flags.auth | flags.priv)
    if (level === flags.priv) return refused('SECURITY_LEVEL', 'encrypted, but not signed', sender)
    const isOurs = message.engineId.equals(this.engine.id)
    // Whoever does not know our engine yet asks for it, without any user.
    if (message.engineId.length === 0) return answered(report('unknownEngineIDs'))
    const users = access.users(name)
    const isAsked = isOurs || (message.flags & flags.reportable) !== 0
    if (users.length === 0) {
      if (isAsked && !isOurs) return answered(report('unknownEngineIDs'))
      return refused(
        'UNKNOWN_USER',
        'no credential has this user',
        sender,
        isOurs ? report('unknownUserNames') : undefined,
      )
    }
    const fitting = users.filter((one) => one.level === level)
    if (fitting.length === 0) {
      const why = `the credential wants ${words(users[0]?.level)}, the message has ${words(level)}`
      return refused('SECURITY_LEVEL', why, sender, isOurs ? report('unsupportedSecLevels') : undefined)
    }
    const security = securityOf(message, fitting, access)
    if (!security) {
      if (isAsked && !isOurs) return answered(report('unknownEngineIDs'))
      return refused(
        'AUTHENTICATION_FAILED',
        'the digest is wrong',
        sender,
        isOurs ? report('wrongDigests') : undefined,
      )
    }
    if (level & flags.auth) {
      // The clock of our engine is learnt from the signed Report, so this is how a conversation begins.
      if (isOurs && !this.engine.isInWindow(message.at.boots, message.at.time, now))
        return answered(report('notInTimeWindows', security))
      if (!isOurs && !this.clocks.isInWindow(message.engineId, message.at, now))
        return refused('NOT_IN_TIME_WINDOW', 'older than what this engine sent before', sender)
    }
    return this.#open(message, security, { sender, isOurs, isAsked, now })
  }

  #open(
    message: V3Head,
    security: Security,
    { sender, isOurs, isAsked, now }: { sender: V3Sender; isOurs: boolean; isAsked: boolean; now: number },
  ): Received {
    const failed = (why: string) =>
      refused(
        'DECRYPTION_FAILED',
        why,
        sender,
        isOurs ? this.#report('decryptionErrors', message, now) : undefined,
      )
    let body: BerReader
    try {
      body = decrypted(message, security.priv)
    } catch (error) {
      if (error instanceof PrivacyError) return failed(error.message)
      throw error
    }
    try {
      const { contextEngineId, contextName, pdu } = readScopedPdu(body)
      const notification = readNotification(pdu)
      const { kind, requestId, bindings } = notification
      // An inform that was sent to another engine's clock and keys: its sender must learn ours first.
      if (kind === 'INFORM' && !isOurs)
        return isAsked
          ? answered(this.#report('unknownEngineIDs', message, now))
          : refused('UNSUPPORTED', 'an inform for another engine', sender)
      const reply = (at: number) =>
        v3Response(
          message.id,
          { ...this.#envelope(at), security, contextEngineId, contextName },
          { requestId: requestId ?? 0, bindings },
        )
      // Nothing of a decrypted PDU lies in the datagram, so there is nothing to hide there.
      const secrets = message.flags & flags.priv ? [] : notification.secrets
      return {
        outcome: 'accepted',
        version: 'V3',
        notification,
        sender,
        secrets,
        ...(kind === 'INFORM' && { reply }),
      }
    } catch (error) {
      if (error instanceof UnsupportedPdu) return refused('UNSUPPORTED', error.message, sender)
      if (error instanceof BerError && message.flags & flags.priv)
        return failed(`what was decrypted is no PDU: ${error.message}`)
      throw error
    }
  }

  #report(stat: UsmStat, message: V3Head, now: number, signer = nobody): Buffer {
    const counter = ((this.#counters.get(stat) ?? 0) + 1) % 2 ** 32
    this.#counters.set(stat, counter)
    // Signed at most: whoever needs it may not be able to decrypt (RFC 3414 §3.2).
    const security = { ...signer, priv: undefined }
    return v3Report(
      message.id,
      { ...this.#envelope(now), security, contextEngineId: this.engine.id, contextName: Buffer.alloc(0) },
      { requestId: plainRequestId(message), oid: usmStats[stat], counter },
    )
  }

  /** What all that we say has in common: we are the authoritative engine. */
  #envelope(now: number): Pick<V3Envelope, 'engineId' | 'at' | 'reportable' | 'octetsMax'> {
    const { id, boots } = this.engine
    return {
      engineId: id,
      at: { boots, time: this.engine.time(now) },
      reportable: false,
      octetsMax: trapLimits.datagramBytes,
    }
  }
}

/** The first of these users whose key the message is signed with; one without keys is whoever it says it is. */
function securityOf(message: V3Head, users: readonly UsmUser[], access: Access): Security | undefined {
  for (const user of users) {
    const security = access.security(user, message.engineId)
    if (!security.auth || isAuthentic(message, security.auth)) return security
  }
  return undefined
}

const words = (level = 0): string =>
  level & flags.priv ? 'authPriv' : level & flags.auth ? 'authNoPriv' : 'noAuthNoPriv'

function plainRequestId({ flags: given, body }: V3Head): number {
  if (given & flags.priv) return 0
  try {
    return requestIdOf(readScopedPdu(new BerReader(body.bytes, body.at, body.end)).pdu)
  } catch {
    return 0
  }
}
