import { tags } from '#core/service/snmp/ber.js'
import type { BerReader } from '#core/service/snmp/ber-reader.js'
import { type Name, nameOf } from '#core/service/snmp/object-id.js'
import {
  clockMax,
  flags,
  isAuthentic,
  nobody,
  type Security,
  type V3Head,
} from '#core/service/snmp/usm-message.js'
import type { EngineTime } from '#core/service/snmp/usm-protocols.js'
import { usmStats } from '#core/service/snmp/usm-stats.js'

import { type Line, reading, type Talk, writer } from './fast-session.js'
import { asMute, SnmpFault } from './faults.js'
import { type Pdu, type Request, readPdu } from './pdu.js'
import type { UsmKeys, UsmUser } from './usm-keys.js'
import { openScoped, readAnswer, securityOf, writeRequest } from './usm-message.js'

/** Seconds a message may be older than what is known of the engine's clock (RFC 3414 §2.2.3). */
const timeWindowSeconds = 150
/** Reports that only tell us to ask again are believed so often for one request. */
const reportsMax = 3

/** An agent's engine: who it is, what its clock showed when we last heard it, and our user's keys there. */
interface Engine {
  id: Buffer
  at: EngineTime
  /** On our monotonic clock, ms. */
  heardAt: number
  security: Security
}

interface Answer {
  head: V3Head
  pdu: Pdu
  authentic: boolean
}

/** SNMPv3 with the User-based Security Model (RFC 3412, RFC 3414) as the side that asks. */
export class UsmTalk implements Talk {
  readonly #contextName: Buffer
  #engine: Engine | undefined
  /** A secured request was answered once. */
  #answered = false

  constructor(
    readonly user: UsmUser,
    readonly keys: UsmKeys,
    readonly names: { credentialId: string; contextName: string },
  ) {
    this.#contextName = Buffer.from(names.contextName)
  }

  async ask(line: Line, request: Request): Promise<Pdu> {
    this.#engine ??= await this.#discover(line)
    for (let reports = 0; ; reports++) {
      const { head, pdu, authentic } = await this.#send(line, this.#engine, request)
      if (pdu.type === tags.response) return pdu
      const report = reportIn(pdu)
      const again = reports < reportsMax
      if (report === 'notInTimeWindows' && authentic && again) this.#engine.at = head.at
      else if (report === 'unknownEngineIDs' && again) this.#engine = await this.#discover(line)
      else
        throw new SnmpFault(
          'final',
          'AUTHENTICATION_FAILED',
          `the agent reports ${reportWords[report] ?? report}`,
        )
      this.#engine.heardAt = performance.now()
    }
  }

  /** Asks who the engine is; the answer is a Report. */
  async #discover(line: Line): Promise<Engine> {
    const request = { type: tags.get, first: 0, second: 0, names: [] }
    const nothing = Buffer.alloc(0)
    const message = {
      engineId: nothing,
      at: { boots: 0, time: 0 },
      security: nobody,
      contextName: nothing,
      request,
    }
    const head = await line.exchange(
      (id) => writeRequest(writer, id, message),
      (datagram) => reading(() => readAnswer(datagram)),
    )
    if (head.engineId.length === 0) {
      throw new SnmpFault('final', 'MALFORMED_RESPONSE', 'the agent does not tell its engine')
    }
    const id = Buffer.from(head.engineId)
    return { id, at: head.at, heardAt: performance.now(), security: await this.#securityOn(id) }
  }

  async #securityOn(engineId: Buffer): Promise<Security> {
    if (this.user.authProtocol === null) return securityOf(this.user, undefined)
    try {
      return securityOf(this.user, await this.keys.of(this.user, this.names.credentialId, engineId))
    } catch (error) {
      throw new SnmpFault('final', 'INTERNAL', `keys cannot be derived: ${String(error)}`)
    }
  }

  async #send(line: Line, engine: Engine, request: Request): Promise<Answer> {
    const { id: engineId, security } = engine
    const passed = Math.floor((performance.now() - engine.heardAt) / 1000)
    const at = { boots: engine.at.boots, time: Math.min(clockMax, engine.at.time + passed) }
    const message = { engineId, at, security, contextName: this.#contextName, request }
    try {
      const answer = await line.exchange(
        (id) => writeRequest(writer, id, message),
        (datagram, id) => this.#read(datagram, id, engine),
      )
      this.#answered ||= answer.pdu.type === tags.response
      return answer
    } catch (error) {
      throw error instanceof SnmpFault && !this.#answered ? asMute(error) : error
    }
  }

  /** RFC 3414 §3.2, in its order. */
  #read(datagram: Buffer, id: number, engine: Engine): Answer | undefined {
    const { security } = engine
    const head = reading(() => readAnswer(datagram))
    if (!head) return undefined
    const signed = (head.flags & flags.auth) !== 0
    const authentic = signed && isAuthentic(head, security.auth)
    if (signed && !authentic) throw refused('the digest of the answer is wrong (other key?)')
    if (authentic) follow(engine, head)
    const pdu = this.#open(head, security)
    if (pdu.type === tags.report) return { head, pdu, authentic }
    if (pdu.id !== id || !head.engineId.equals(engine.id)) return undefined
    // An answer that is less secure than the request is not the agent's (RFC 3412 §7.2).
    if (authentic !== (security.auth !== undefined) || isEncrypted(head) !== (security.priv !== undefined)) {
      throw refused('the answer is less secure than the request')
    }
    return { head, pdu, authentic }
  }

  #open(head: V3Head, { priv }: Security): Pdu {
    let reader: BerReader
    try {
      reader = openScoped(head, priv)
    } catch {
      if (isEncrypted(head)) throw refused('the answer cannot be decrypted (other privacy key?)')
      throw new SnmpFault('final', 'MALFORMED_RESPONSE', 'the answer has no scoped PDU')
    }
    return reading(() => {
      const pdu = readPdu(reader)
      reader.finish()
      return pdu
    })
  }
}

const isEncrypted = (head: V3Head): boolean => (head.flags & flags.priv) !== 0

/** Takes over the engine's clock from an authentic message, or refuses one that is too old (RFC 3414 §3.2 step 7b). */
function follow(engine: Engine, { at, engineId }: V3Head): void {
  if (!engineId.equals(engine.id)) return
  const now = performance.now()
  const { boots, time } = engine.at
  if (at.boots > boots || (at.boots === boots && at.time > time)) {
    engine.at = at
    engine.heardAt = now
  } else if (at.boots < boots || at.time < time + (now - engine.heardAt) / 1000 - timeWindowSeconds) {
    throw refused('the answer is outside of the time window: the engine has set its clock back')
  }
}

const refused = (words: string) => new SnmpFault('final', 'AUTHENTICATION_FAILED', words)

/** usmStats and what RFC 3413 reports about contexts, by the object a Report names. */
const reportNames: [string, Name][] = Object.entries({
  ...usmStats,
  unavailableContexts: '1.3.6.1.6.3.12.1.4.0',
  unknownContexts: '1.3.6.1.6.3.12.1.5.0',
}).map(([name, oid]) => [name, nameOf(oid)])

const reportIn = ({ bindings }: Pdu): string =>
  reportNames.find(([, name]) => bindings.length > 0 && bindings.isOf(0, name))?.[0] ?? 'something else'

const reportWords: Record<string, string> = {
  unsupportedSecLevels: 'that it does not offer this level of security to the user',
  notInTimeWindows: 'that our clock is wrong, and goes on doing so',
  unknownUserNames: 'that it does not know the user',
  unknownEngineIDs: 'that it has another engine, and goes on doing so',
  wrongDigests: 'a wrong digest (other key or protocol?)',
  decryptionErrors: 'that it cannot decrypt (other privacy key or protocol?)',
  unavailableContexts: 'that the context is not available',
  unknownContexts: 'that it does not know the context',
}
