import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'

import { Agent } from '#collectors/snmp/agent.js'
import { Pacing } from '#collectors/snmp/pacing.js'
import type { SessionSettings } from '#collectors/snmp/session.js'
import { Sessions } from '#collectors/snmp/sessions.js'
import { snmp as manager } from '#deploy/lab/manager.js'

import { answerParent } from '../gateway/call.js'
import { columnOids, type TableLoad, type TableWork } from './snmp-table-work.js'

/** Reads tables of an agent as our collector does, or as a user of npm net-snmp would, and tells what it cost. */

const cpuSeconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

const settings = ({ address, port }: TableLoad): SessionSettings => ({
  ip: address,
  port,
  timeoutMs: 5000,
  version: 'V2C',
  secret: { kind: 'SNMP_COMMUNITY', community: 'public' },
  credentialId: 'public',
  contextName: '',
  bulk: true,
  route: 'shared',
})

async function ours(load: TableLoad): Promise<TableWork> {
  await using sessions = new Sessions()
  const { signal } = new AbortController()
  let varbinds = 0
  const began = process.cpuUsage()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await Promise.all(
    Array.from({ length: load.sessions }, async (_, n) => {
      const pacing = new Pacing(25)
      for (let round = 0; round < load.rounds; round++) {
        const lease = sessions.take(String(n), settings(load))
        const agent = new Agent(lease.session, {
          retries: 1,
          deadline: Date.now() + 120_000,
          signal,
          pacing,
          maxOidsPerRequest: 20,
          allowNonIncreasing: false,
        })
        const table = await agent.table(load.columns)
        sessions.giveBack(String(n), lease)
        for (const row of table.values()) for (const _ in row) varbinds++
      }
    }),
  )
  delay.disable()
  return { varbinds, cpuSeconds: cpuSeconds(began), longestMs: delay.max / 1e6 }
}

async function subtree(load: TableLoad): Promise<TableWork> {
  let varbinds = 0
  const began = process.cpuUsage()
  await Promise.all(
    Array.from({ length: load.sessions }, async () => {
      const session = manager.createSession(load.address, 'public', {
        port: load.port,
        version: manager.Version2c,
        timeout: 5000,
      })
      for (let round = 0; round < load.rounds; round++) {
        for (const oid of columnOids(load.columns)) {
          await new Promise<void>((resolve, reject) =>
            session.subtree(
              oid,
              25,
              (found) => {
                varbinds += found.length
              },
              (error) => (error ? reject(error) : resolve()),
            ),
          )
        }
      }
      session.close()
    }),
  )
  return { varbinds, cpuSeconds: cpuSeconds(began), longestMs: Number.NaN }
}

const calls = { ours, subtree }
export type TableCalls = typeof calls
answerParent(calls)
