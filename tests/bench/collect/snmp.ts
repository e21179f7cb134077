import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'

import { snmp } from '#collectors/snmp/index.js'
import { monitoring } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import { openResolver } from '#core/service/collector-address.js'
import { readConfig } from '#core/service/config.js'
import { createLog } from '#core/service/log.js'
import { Secret } from '#core/service/secrets.js'
import type { LabDescription } from '#deploy/lab/description.js'
import { rememberPorts } from '../../kit/collector.js'
import { startLabProcess } from '../lab-process.js'
import { type Bench, median, ratioRow } from '../row.js'

const devicesCount = 200
const rounds = 3
const walkers = 8
const run = promisify(execFile)

/** ifTable and ifXTable: what a script around the Net-SNMP tools would walk. */
const tables = ['.1.3.6.1.2.1.2.2', '.1.3.6.1.2.1.31.1.1']
/** In and out octets, errors and discards, and the status: what one poll of a port is for. */
const valuesOfPort = 7

const targetsOf = (lab: LabDescription): PollTarget[] =>
  lab.devices
    .filter(({ snmpVersion }) => snmpVersion === 'V2C')
    .map(({ name, address, snmpPort }) => ({
      deviceId: randomUUID(),
      name,
      address,
      ...monitoring.parse({ snmp: { version: 'V2C', port: snmpPort } }),
      credentialRefs: ['community'],
    }))

/** Varbinds/s of `snmpbulkwalk`, one process a table, as many at a time as keep both cores busy. */
async function walkAll(targets: readonly PollTarget[]): Promise<number> {
  const work = targets.flatMap(({ address, snmp: settings }) =>
    tables.map((table) => [`${address}:${settings?.port}`, table] as const),
  )
  let varbinds = 0
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: walkers }, async () => {
      for (let next = work.pop(); next; next = work.pop()) {
        const { stdout } = await run(
          'snmpbulkwalk',
          ['-v2c', '-cpublic', '-Cr25', '-On', '-Oq', '-t5', ...next],
          { maxBuffer: 64e6, env: { MIBS: '' } },
        )
        varbinds += stdout.split('\n').length - 1
      }
    }),
  )
  return varbinds / ((performance.now() - startedAt) / 1000)
}

/**
 * Port values/s through the whole collector (reading, counters, rates) against varbinds/s of `snmpbulkwalk`. The
 * reference is counted generously: every varbind, wanted or not; ours only the values that a poll is for.
 */
export const snmpBench: Bench = async () => {
  const { child, lab } = await startLabProcess(devicesCount)
  try {
    const targets = targetsOf(lab)
    const community = new Secret({ kind: 'SNMP_COMMUNITY', community: 'public' })
    await using poller = await snmp.open({
      config: readConfig(snmp.config, {}),
      log: createLog('bench', 'silent'),
      secrets: {
        first: async () => community as never,
        find: async () => ({ ref: 'community', secret: community as never }),
      },
      addresses: openResolver(),
      knownPorts: rememberPorts(),
    })
    const poll = async () => {
      let values = 0
      const startedAt = performance.now()
      for await (const { outcome, samples } of poller.probe(targets, AbortSignal.timeout(120_000))) {
        if (outcome.result !== 'success') throw new Error(`a poll ended ${outcome.result}: ${outcome.detail}`)
        values += samples.metrics.filter((metric) => metric === 'if.oper').length * valuesOfPort
      }
      return values / ((performance.now() - startedAt) / 1000)
    }
    // The first poll also reads what rarely changes.
    await poll()
    const ours: number[] = []
    const walked: number[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(await poll())
      walked.push(await walkAll(targets))
    }
    return [
      ratioRow({
        name: 'SNMP port values, against snmpbulkwalk varbinds',
        value: median(ours),
        unit: '1/s',
        reference: median(walked),
        atLeast: 1,
      }),
    ]
  } finally {
    child.removeAllListeners('exit')
    child.kill('SIGTERM')
  }
}
