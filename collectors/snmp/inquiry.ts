import type { CredentialSecret } from '#core/contract/credentials.js'
import type { SnmpVersion } from '#core/contract/devices.js'

import { Agent, PollFault, RestartedMidway } from './agent.js'
import { SnmpFault } from './faults.js'
import { Pacing } from './pacing.js'
import { openSession } from './snmp.js'

/** How an agent is spoken to once, outside of polling. */
export interface Inquiry {
  /** An IP address. */
  ip: string
  port: number
  version: SnmpVersion
  secret: CredentialSecret
  timeoutMs: number
  retries: number
  /** The whole conversation ends by then, in ms from now. */
  limitMs: number
  signal: AbortSignal
}

const repetitionsMax = 25

/**
 * One conversation with an agent that is not polled, or not yet, over a session of its own.
 * @throws PollFault with what is wrong with the agent or our access to it
 */
export async function inquire<Answer>(
  { ip, port, version, secret, timeoutMs, retries, limitMs, signal }: Inquiry,
  ask: (agent: Agent) => Promise<Answer>,
): Promise<Answer> {
  signal.throwIfAborted()
  const session = openSession({ ip, port, version, secret, timeoutMs, connected: true })
  const hangUp = () => session.close()
  signal.addEventListener('abort', hangUp)
  try {
    const pacing = new Pacing(repetitionsMax)
    return await ask(new Agent(session, { retries, deadline: Date.now() + limitMs, signal, pacing }))
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

/** Counters of RFC 3414 §5 that an agent reports in place of an answer, by the words for them. */
const reports: readonly [words: RegExp, name: string, means: string][] = [
  [/unsupported security level/i, 'usmStatsUnsupportedSecLevels', 'the agent wants another security level'],
  [/not in time window/i, 'usmStatsNotInTimeWindows', 'the clocks of both ends differ'],
  [/unknown user ?name/i, 'usmStatsUnknownUserNames', 'the agent has no such user'],
  [/unknown engine ?id/i, 'usmStatsUnknownEngineIDs', 'the agent has another engine'],
  [/wrong digest/i, 'usmStatsWrongDigests', 'the authentication key or protocol is another one'],
  [/decryption error/i, 'usmStatsDecryptionErrors', 'the privacy key or protocol is another one'],
]

/** Says by name which counter an agent reported, and what that means. */
function explained(message: string): string {
  const known = reports.find(([words, name]) => words.test(message) && !message.includes(name))
  return known ? `${known[1]}: ${known[2]}` : message
}
