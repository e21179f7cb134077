import { createHash } from 'node:crypto'

import type { DerivedSecrets } from '#core/service/derived-secrets.js'

import { openSession, type SessionParts } from './open-session.js'
import type { SessionSettings, SnmpSession } from './session.js'
import { Channels } from './udp.js'
import { UsmKeys } from './usm-keys.js'

/** A session lent for one poll. */
export interface Lease {
  session: SnmpSession
  /** It has spoken before: what it knows of the agent's engine may be out of date. */
  reused: boolean
}

/** A session that was not used for this long is closed. */
const idleMs = 600_000
/** Sessions kept open; beyond it the one unused for the longest is closed. */
const keepMax = 5000

/**
 * Keeps SNMPv3 sessions, whose discovery costs a round trip and whose keys cost computing; v1 and v2c ones are opened
 * for one poll. A session whose settings or secret changed is replaced.
 */
export class Sessions implements AsyncDisposable {
  readonly #kept = new Map<string, { session: SnmpSession; fingerprint: string; usedAt: number }>()
  readonly #lent = new Set<SnmpSession>()
  readonly #timer: NodeJS.Timeout

  readonly parts: SessionParts

  constructor(derived?: DerivedSecrets) {
    this.parts = { channels: new Channels(), keys: new UsmKeys(derived) }
    this.#timer = setInterval(() => this.#sweep(Date.now() - idleMs), idleMs / 10)
    this.#timer.unref()
  }

  take(deviceId: string, settings: SessionSettings): Lease {
    const lease = this.#open(deviceId, settings)
    this.#lent.add(lease.session)
    return lease
  }

  #open(deviceId: string, settings: SessionSettings): Lease {
    if (settings.version !== 'V3') return { session: openSession(this.parts, settings), reused: false }
    const { route, ...lasting } = settings
    const fingerprint = createHash('sha256').update(JSON.stringify(lasting)).digest('base64')
    const kept = this.#kept.get(deviceId)
    this.#kept.delete(deviceId)
    if (kept?.fingerprint === fingerprint) {
      this.#kept.set(deviceId, { ...kept, usedAt: Date.now() })
      kept.session.route(route)
      return { session: kept.session, reused: true }
    }
    kept?.session.close()
    const session = openSession(this.parts, settings)
    // A map keeps the order of insertion, so the first is the one unused for the longest.
    const oldest = this.#kept.keys().next().value
    if (this.#kept.size >= keepMax && oldest !== undefined) this.drop(oldest)
    this.#kept.set(deviceId, { session, fingerprint, usedAt: Date.now() })
    return { session, reused: false }
  }

  /** After a poll. */
  giveBack(deviceId: string, { session }: Lease): void {
    this.#lent.delete(session)
    if (this.#kept.get(deviceId)?.session !== session) session.close()
  }

  /** Forgets a session: the next poll begins anew. */
  drop(deviceId: string): void {
    this.#kept.get(deviceId)?.session.close()
    this.#kept.delete(deviceId)
  }

  /** Ends every running request at once: the process stops. */
  hangUp(): void {
    for (const session of this.#lent) session.close()
  }

  get size(): number {
    return this.#kept.size
  }

  #sweep(before: number): void {
    for (const [deviceId, { usedAt }] of this.#kept) if (usedAt < before) this.drop(deviceId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    for (const deviceId of [...this.#kept.keys()]) this.drop(deviceId)
    this.parts.channels[Symbol.dispose]()
    await this.parts.keys[Symbol.asyncDispose]()
  }
}
