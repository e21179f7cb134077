import { afterAll, beforeEach } from 'vitest'

import { snmp } from '#collectors/snmp/index.js'
import type { SnmpSettings } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import type { Poller, ProbeResult } from '#core/service/collector.js'

import { openPoller, samplesOf, snmpTarget } from './collector.js'
import { type Mib, SnmpAgent } from './snmp-agent.js'

/** One agent and a poller that asks it. */
export interface AskedAgent {
  agent: SnmpAgent
  poller: Poller
  /** The agent as a device of its own each time. */
  target: (settings?: Partial<SnmpSettings>, credentialRefs?: string[]) => PollTarget
}

/** Opens both for a whole test file. Each test finds an agent that has all of `mib`, does no mischief and was asked nothing. */
export async function askedAgent(address: string, mib: () => Mib, timeoutMs: number): Promise<AskedAgent> {
  const agent = await SnmpAgent.listen(address)
  const poller = await openPoller(snmp)
  beforeEach(() => {
    agent.mischief = undefined
    agent.requests.length = 0
    agent.load(mib())
  })
  afterAll(async () => {
    await poller[Symbol.asyncDispose]()
    await agent[Symbol.asyncDispose]()
  })
  const target: AskedAgent['target'] = (settings, credentialRefs) =>
    snmpTarget(address, { port: agent.port, timeoutMs, ...settings }, credentialRefs)
  return { agent, poller, target }
}

/** Of how many ports the state was sampled. */
export const portsIn = (result: ProbeResult): number =>
  Object.keys(samplesOf(result)).filter((name) => name.startsWith('if.oper')).length

/** What IF-MIB's tables are walked by: the column as arcs, and the index, which a column alone does not have. */
export function cellOf(oid: string): { column: string[]; index: number | undefined } {
  const arcs = oid.split('.')
  const length = oid.startsWith('1.3.6.1.2.1.31') ? 11 : 10
  const index = arcs[length]
  return { column: arcs.slice(0, length), index: index === undefined ? undefined : Number(index) }
}
