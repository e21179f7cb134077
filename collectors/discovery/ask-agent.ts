import type { DiscoveryOptions } from '#core/contract/discovery.js'

import { PollFault } from '../snmp/agent.js'
import type { Inquirer } from '../snmp/inquiry.js'
import {
  type Distinction,
  type Introduction,
  readDistinction,
  readIntroduction,
} from '../snmp/introduction.js'
import type { Access } from './access.js'
import type { Pace } from './pace.js'

/** An agent that answered. */
export interface Answer {
  access: Access
  port: number
  introduction: Introduction
  distinction: Distinction
}

export interface Asking {
  options: Pick<DiscoveryOptions, 'ports' | 'timeoutMs'>
  access: readonly Access[]
  inquirer: Inquirer
  pace: Pace
  signal: AbortSignal
}

/** No agent keeps a run longer than this, however long its tables are. */
const limitMs = 30_000

/**
 * Tries each port with each way in their order, until one answers. `refused` says why an agent that is there lets none
 * in: with v1 and v2c agents are silent instead.
 */
export async function askAgent(
  ip: string,
  retries: number,
  { options, access, inquirer, pace, signal }: Asking,
): Promise<{ answer?: Answer; refused?: string }> {
  let refused: string | undefined
  for (const port of options.ports) {
    for (const way of access) {
      await pace.turn(signal)
      const { version, credentialId, secret } = way
      const whom = { ip, port, version, credentialId, contextName: '', secret: secret.reveal() }
      const inquiry = { ...whom, limitMs, signal }
      try {
        const answer = await inquirer.ask(
          { ...inquiry, timeoutMs: options.timeoutMs, retries },
          async (agent) => {
            const introduction = await readIntroduction(agent, inquirer.profiles)
            return {
              introduction,
              distinction: await readDistinction(agent, introduction, inquirer.profiles),
            }
          },
        )
        return { answer: { access: way, port, ...answer } }
      } catch (error) {
        if (!(error instanceof PollFault)) throw error
        // Nobody listens on this port: whatever else is tried there, the network says the same.
        if (error.reason === 'UNREACHABLE') break
        if (error.reason !== 'NO_REPLY')
          refused ??= `SNMP${way.version.toLowerCase()} on port ${port}: ${error.message}`
      }
    }
  }
  return refused === undefined ? {} : { refused }
}
