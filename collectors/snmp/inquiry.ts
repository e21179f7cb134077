import type { CredentialSecret } from '#core/contract/credentials.js'
import type { SnmpVersion } from '#core/contract/devices.js'

import { Agent, PollFault, RestartedMidway } from './agent.js'
import { SnmpFault } from './faults.js'
import { openSession } from './open-session.js'
import { Pacing } from './pacing.js'
import type { Profiles } from './profiles.js'
import { Sessions } from './sessions.js'

/** How an agent is spoken to once, outside of polling. */
export interface Inquiry {
  /** An IP address. */
  ip: string
  port: number
  version: SnmpVersion
  secret: CredentialSecret
  credentialId: string
  contextName: string
  timeoutMs: number
  retries: number
  /** The whole conversation ends by then, in ms from now. */
  limitMs: number
  signal: AbortSignal
}

const repetitionsMax = 25
const maxOidsPerRequest = 20

/** Speaks to agents that are not polled, or not yet; one a process is enough, for what they share. */
export class Inquirer implements AsyncDisposable {
  readonly #sessions = new Sessions()

  constructor(readonly profiles: Profiles) {}

  /**
   * One conversation, over a session of its own.
   * @throws PollFault with what is wrong with the agent or our access to it
   */
  async ask<Answer>(inquiry: Inquiry, ask: (agent: Agent) => Promise<Answer>): Promise<Answer> {
    const { retries, limitMs, signal, ...settings } = inquiry
    signal.throwIfAborted()
    const session = openSession(this.#sessions.parts, { ...settings, bulk: true, route: 'own' })
    const hangUp = () => session.close()
    signal.addEventListener('abort', hangUp)
    try {
      const pacing = new Pacing(repetitionsMax)
      const deadline = Date.now() + limitMs
      // A table that is out of order is better than none: no figure depends on it.
      const lenient = { maxOidsPerRequest, allowNonIncreasing: true }
      return await ask(new Agent(session, { retries, deadline, signal, pacing, ...lenient }))
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof RestartedMidway) throw new PollFault('INCOMPLETE', 'the device restarted midway')
      if (error instanceof PollFault) throw new PollFault(error.reason, explained(error.message))
      throw error instanceof SnmpFault ? new PollFault(error.reason, explained(error.message)) : error
    } finally {
      signal.removeEventListener('abort', hangUp)
      session.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#sessions[Symbol.asyncDispose]()
  }
}

/** Counters of RFC 3414 §5 that an agent reports in place of an answer, by our words for them. */
const reports: readonly [words: RegExp, counter: string][] = [
  [/does not offer this level/, 'usmStatsUnsupportedSecLevels'],
  [/our clock is wrong/, 'usmStatsNotInTimeWindows'],
  [/does not know the user/, 'usmStatsUnknownUserNames'],
  [/it has another engine/, 'usmStatsUnknownEngineIDs'],
  [/a wrong digest/, 'usmStatsWrongDigests'],
  [/it cannot decrypt/, 'usmStatsDecryptionErrors'],
]

/** Adds the name of the counter that an agent reported: what its manual speaks of. */
function explained(message: string): string {
  const counter = reports.find(([words]) => words.test(message))?.[1]
  return counter ? `${message} (${counter})` : message
}
