import type { Access } from './access.js'
import { BerError, type BerReader, BerReader as Reader } from './ber.js'
import type { Engine, EngineClocks } from './engine.js'
import { readScopedPdu, reportPdu, responsePdu, type V3Message, v3Message } from './message.js'
import { readNotification, requestIdOf, UnsupportedPdu } from './notification.js'
import { answered, type Received, refused } from './received.js'
import { decrypt, flags, isAuthentic, type Signer, type UsmKeys, type UsmUser } from './usm.js'

/** Last arcs below usmStats, 1.3.6.1.6.3.15.1.1 (RFC 3414 §5). */
const usmStats = {
  unsupportedSecLevels: 1,
  notInTimeWindows: 2,
  unknownUserNames: 3,
  unknownEngineIds: 4,
  wrongDigests: 5,
  decryptionErrors: 6,
} as const
type UsmStat = keyof typeof usmStats

const userBasedSecurityModel = 3

/** Receives SNMPv3 messages: traps of engines that are authoritative themselves, and informs, for which we are. */
export class V3Receiver {
  readonly #counters = new Map<UsmStat, number>()

  constructor(
    private readonly engine: Engine,
    private readonly clocks: EngineClocks,
  ) {}

  /** RFC 3414 §3.2, in its order. @throws BerError */
  receive(datagram: Buffer, message: V3Message, access: Access, now: number): Received {
    const name = message.user.toString()
    const sender = { user: name, engineId: message.engineId.toString('hex') }
    const report = (stat: UsmStat, signed?: Signer) => this.#report(stat, message, now, signed)
    if (message.securityModel !== userBasedSecurityModel)
      return refused('UNSUPPORTED', `security model ${message.securityModel}`, sender)
    const level = message.flags & (flags.auth | flags.priv)
    if (level === flags.priv) return refused('SECURITY_LEVEL', 'encrypted, but not signed', sender)
    const isOurs = message.engineId.equals(this.engine.id)
    // Whoever does not know our engine yet asks for it, without any user.
    if (message.engineId.length === 0) return answered(report('unknownEngineIds'))
    const users = access.users(name)
    const isAsked = isOurs || (message.flags & flags.reportable) !== 0
    if (users.length === 0) {
      if (isAsked && !isOurs) return answered(report('unknownEngineIds'))
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
    const signer = this.#signerOf(datagram, message, fitting, access)
    if (!signer) {
      if (isAsked && !isOurs) return answered(report('unknownEngineIds'))
      return refused(
        'AUTHENTICATION_FAILED',
        'the digest is wrong',
        sender,
        isOurs ? report('wrongDigests') : undefined,
      )
    }
    if (level & flags.auth) {
      // The clock of our engine is learnt from the signed Report, so this is how a conversation begins.
      if (isOurs && !this.engine.isInWindow(message.boots, message.time, now))
        return answered(report('notInTimeWindows', signer))
      if (!isOurs && !this.clocks.isInWindow(message.engineId, message, now))
        return refused('NOT_IN_TIME_WINDOW', 'older than what this engine sent before', sender)
    }
    return this.#open(message, signer, { sender, isOurs, isAsked, now })
  }

  #signerOf(
    datagram: Buffer,
    message: V3Message,
    users: readonly UsmUser[],
    access: Access,
  ): Signer | undefined {
    for (const user of users) {
      const keys = access.keys(user, message.engineId)
      if (!keys) return { user, keys: noKeys }
      if (isAuthentic(datagram, message.digest, { user, keys })) return { user, keys }
    }
    return undefined
  }

  #open(
    message: V3Message,
    signer: Signer,
    {
      sender,
      isOurs,
      isAsked,
      now,
    }: { sender: { user: string; engineId: string }; isOurs: boolean; isAsked: boolean; now: number },
  ): Received {
    const failed = (why: string) =>
      refused(
        'DECRYPTION_FAILED',
        why,
        sender,
        isOurs ? this.#report('decryptionErrors', message, now) : undefined,
      )
    let body: BerReader = message.body
    if (message.flags & flags.priv) {
      const plain = decrypt(message.body.octets(), message, signer)
      if (!plain) return failed('the salt or the length of what is encrypted is wrong')
      body = new Reader(plain)
    }
    try {
      const { contextEngineId, contextName, pdu } = readScopedPdu(body)
      const notification = readNotification(pdu)
      // An inform that was sent to another engine's clock and keys: its sender must learn ours first.
      if (notification.kind === 'INFORM' && !isOurs)
        return isAsked
          ? answered(this.#report('unknownEngineIds', message, now))
          : refused('UNSUPPORTED', 'an inform for another engine', sender)
      const reply = (at: number) =>
        v3Message({
          messageId: message.messageId,
          engineId: this.engine.id,
          boots: this.engine.boots,
          time: this.engine.time(at),
          userName: message.user,
          contextEngineId,
          contextName,
          pdu: responsePdu(notification.requestId ?? 0, notification.bindings),
          security: { ...signer, level: signer.user.level },
        })
      // Nothing of a decrypted PDU lies in the datagram, so there is nothing to hide there.
      const secrets = message.flags & flags.priv ? [] : notification.secrets
      const { kind } = notification
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

  #report(stat: UsmStat, message: V3Message, now: number, signer?: Signer): Buffer {
    const counter = ((this.#counters.get(stat) ?? 0) + 1) % 2 ** 32
    this.#counters.set(stat, counter)
    return v3Message({
      messageId: message.messageId,
      engineId: this.engine.id,
      boots: this.engine.boots,
      time: this.engine.time(now),
      userName: signer ? message.user : Buffer.alloc(0),
      contextEngineId: this.engine.id,
      contextName: Buffer.alloc(0),
      pdu: reportPdu(
        plainRequestId(message),
        Buffer.of(43, 6, 1, 6, 3, 15, 1, 1, usmStats[stat], 0),
        counter,
      ),
      security: signer && { ...signer, level: flags.auth },
    })
  }
}

/** Of a user without authentication; they are never used. */
const noKeys: UsmKeys = { auth: Buffer.alloc(0), priv: () => Buffer.alloc(0) }

const words = (level = 0): string =>
  level & flags.priv ? 'authPriv' : level & flags.auth ? 'authNoPriv' : 'noAuthNoPriv'

function plainRequestId({ flags: given, body }: V3Message): number {
  if (given & flags.priv) return 0
  try {
    return requestIdOf(readScopedPdu(new Reader(body.bytes, body.at, body.end)).pdu)
  } catch {
    return 0
  }
}
