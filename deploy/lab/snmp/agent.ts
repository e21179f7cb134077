import { BerError, BerReader, encodeOid, type Oid, parseOid, tags } from './ber.js'
import type { Mib, RowCache } from './mib.js'
import { type Pdu, readPdu } from './pdu.js'
import { errorStatus, refuse, respond } from './responder.js'
import { decrypt, isAuthentic, type LocalizedKeys, localizeKeys, saltLength, type UsmUser } from './usm.js'
import { readV3Head, type SecurityParameters, type V3Head, writeV3 } from './v3.js'
import type { MessageWriter } from './writer.js'

/** What an agent counted since its device started (SNMPv2-MIB snmp group, USM statistics of RFC 3414 §5). */
export const noCounts = () => ({
  received: 0,
  badVersions: 0,
  badCommunities: 0,
  parseErrors: 0,
  unsupportedLevels: 0,
  notInTimeWindows: 0,
  unknownUsers: 0,
  unknownEngines: 0,
  wrongDigests: 0,
  decryptionErrors: 0,
})
export type AgentCounts = ReturnType<typeof noCounts>

export interface AgentOptions<Subject> {
  mib: Mib<Subject>
  cache: RowCache<Subject>
  writer: MessageWriter
  engineId: Buffer
  /** Octets of the largest message this agent sends (and says it can take). */
  messageBytesMax: number
  community: string
  user: UsmUser
}

/** Numbers below usmStats (1.3.6.1.6.3.15.1.1) that a Report carries, by the counter they show. */
const usmStats = {
  unsupportedLevels: 1,
  notInTimeWindows: 2,
  unknownUsers: 3,
  unknownEngines: 4,
  wrongDigests: 5,
  decryptionErrors: 6,
} as const satisfies Partial<Record<keyof AgentCounts, number>>
const usmStatsOid: Oid = parseOid('1.3.6.1.6.3.15.1.1')

/** Seconds a message may be older or newer than the engine's clock (RFC 3414 §2.2.3). */
const timeWindowSeconds = 150
/** Generous bound of what surrounds the variable-bindings, SNMPv3 with the longest names included. */
const overheadV3 = 200

/** One engine that answers SNMPv1, v2c and v3 requests. It never throws: what it cannot read it counts and drops. */
export class Agent<Subject> {
  counts = noCounts()
  boots: number
  /** Unix time, ms, the engine's clock counts from. */
  startedAt: number
  #keys: LocalizedKeys | undefined
  readonly #community: Buffer
  readonly #username: Buffer

  constructor(
    readonly options: AgentOptions<Subject>,
    { boots, startedAt }: { boots: number; startedAt: number },
  ) {
    this.boots = boots
    this.startedAt = startedAt
    this.#community = Buffer.from(options.community)
    this.#username = Buffer.from(options.user.username)
  }

  /** Starts over as a rebooted engine: the next boot, time zero, counters zero. */
  restart(at: number): void {
    this.boots++
    this.startedAt = at
    this.counts = noCounts()
  }

  /**
   * Answers one message at `at` (Unix, ms). @returns the octets to send, a view that the next call overwrites, or
   * undefined when there is nothing to say.
   */
  handle(message: Buffer, at: number): Buffer | undefined {
    this.counts.received++
    try {
      const reader = new BerReader(message).enter(tags.sequence)
      const version = reader.integer()
      if (version === 3) return this.#handleV3(message, reader, at)
      if (version === 0 || version === 1) return this.#handleCommunity(version, reader, at)
      this.counts.badVersions++
    } catch (error) {
      if (!(error instanceof BerError)) throw error
      this.counts.parseErrors++
    }
    return undefined
  }

  #handleCommunity(version: 0 | 1, reader: BerReader, at: number): Buffer | undefined {
    const { mib, cache, writer, messageBytesMax } = this.options
    const community = reader.octets()
    if (!community.equals(this.#community)) {
      this.counts.badCommunities++
      return undefined
    }
    const pdu = readPdu(reader)
    if (version === 0 && pdu.type === tags.getBulk) throw new BerError('SNMPv1 has no GETBULK')
    writer.reset()
    const room = messageBytesMax - community.length - 40
    const without = version === 0 ? tags.counter64 : undefined
    respond(pdu, { mib, view: { cache, at, without }, writer, isV1: version === 0, room })
    writer.prependOctets(community)
    writer.prependInteger(version)
    writer.wrap(tags.sequence)
    return writer.bytes
  }

  /** RFC 3414 §3.2, in its order. */
  #handleV3(message: Buffer, reader: BerReader, at: number): Buffer | undefined {
    const head = readV3Head(reader)
    const { parameters } = head
    if (!parameters.engineId.equals(this.options.engineId)) return this.#report('unknownEngines', head, at)
    if (!parameters.username.equals(this.#username)) return this.#report('unknownUsers', head, at)
    if (!head.authenticated) return this.#refuseLevel(head, at)
    this.#keys ??= localizeKeys(this.options.user, this.options.engineId)
    if (!isAuthentic(message, parameters.digest, this.#keys.auth))
      return this.#report('wrongDigests', head, at)
    if (!this.#isInTime(parameters, at)) return this.#report('notInTimeWindows', head, at)
    if (!head.encrypted) return this.#refuseLevel(head, at)
    if (parameters.salt.length !== saltLength) return this.#report('decryptionErrors', head, at)
    const plain = decrypt(head.body.octets(), this.#keys.priv, parameters)
    const pdu = this.#readEncrypted(plain)
    if (!pdu) return this.#report('decryptionErrors', head, at)
    return this.#answerV3(pdu, head, at)
  }

  /** A wrong key yields noise, which hardly ever parses: then it is the decryption that failed. */
  #readEncrypted(plain: Buffer): Pdu | undefined {
    try {
      return readScopedPdu(new BerReader(plain))
    } catch (error) {
      if (error instanceof BerError) return undefined
      throw error
    }
  }

  #answerV3(pdu: Pdu, head: V3Head, at: number): Buffer {
    const { mib, cache, writer, messageBytesMax } = this.options
    const room = Math.min(messageBytesMax, head.messageBytesMax) - overheadV3
    writer.reset()
    respond(pdu, { mib, view: { cache, at }, writer, isV1: false, room })
    return this.#send(head, at, 'authPriv')
  }

  /** The user may only be used with authPriv: access is refused at the level that was asked with (RFC 3415 §3.2). */
  #refuseLevel(head: V3Head, at: number): Buffer | undefined {
    if (head.encrypted) return this.#report('unsupportedLevels', head, at)
    const pdu = readScopedPdu(head.body)
    refuse(
      pdu,
      { writer: this.options.writer, isV1: false },
      { status: errorStatus.authorizationError, index: 0 },
    )
    return this.#send(head, at, head.authenticated ? 'authNoPriv' : 'noAuthNoPriv')
  }

  #isInTime({ boots, time }: SecurityParameters, at: number): boolean {
    const now = this.engineTime(at)
    return boots === this.boots && boots < 2 ** 31 - 1 && Math.abs(time - now) <= timeWindowSeconds
  }

  /** snmpEngineTime at `at`, in seconds. */
  engineTime(at: number): number {
    return Math.max(0, Math.floor((at - this.startedAt) / 1000))
  }

  #report(counter: keyof typeof usmStats, head: V3Head, at: number): Buffer | undefined {
    this.counts[counter]++
    if (!head.reportable) return undefined
    const { writer } = this.options
    writer.reset()
    const name = encodeOid([...usmStatsOid, usmStats[counter], 0])
    writer.variable(name, Buffer.alloc(0), tags.counter32, this.counts[counter])
    writer.wrap(tags.sequence)
    writer.prependInteger(0)
    writer.prependInteger(0)
    writer.prependInteger(requestIdOf(head))
    writer.wrap(tags.report)
    // A manager may only believe the clock of a signed Report (RFC 3414 §3.2 step 7).
    return this.#send(head, at, counter === 'notInTimeWindows' ? 'authNoPriv' : 'noAuthNoPriv')
  }

  #send(head: V3Head, at: number, level: 'noAuthNoPriv' | 'authNoPriv' | 'authPriv'): Buffer {
    const { writer, engineId, messageBytesMax } = this.options
    const keys = level === 'noAuthNoPriv' ? undefined : this.#keys
    return writeV3(writer, {
      messageId: head.messageId,
      messageBytesMax,
      engineId,
      boots: this.boots,
      time: this.engineTime(at),
      username: head.parameters.username,
      authKey: keys?.auth,
      privKey: level === 'authPriv' ? keys?.priv : undefined,
    })
  }
}

/** `SEQUENCE { contextEngineID, contextName, PDU }`; every context shows the same tree. */
function readScopedPdu(reader: BerReader): Pdu {
  const scoped = reader.enter(tags.sequence)
  scoped.octets()
  scoped.octets()
  return readPdu(scoped)
}

/** The request-id where it can be read, else 0 (RFC 3412 §7.1 step 3). */
function requestIdOf(head: V3Head): number {
  if (head.encrypted) return 0
  try {
    return readScopedPdu(head.body).requestId
  } catch {
    return 0
  }
}
