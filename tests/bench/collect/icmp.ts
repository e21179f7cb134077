import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'

import { icmp as collector } from '#collectors/icmp/index.js'
import { monitoring } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import { openResolver } from '#core/service/collector-address.js'
import { readConfig } from '#core/service/config.js'
import { createLog } from '#core/service/log.js'
import { rememberPorts } from '../../kit/collector.js'
import { type Bench, median, ratioRow } from '../row.js'

const targetsCount = 3000
const rounds = 3
const timeoutMs = 1000

const addresses = Array.from({ length: targetsCount }, (_, n) => `127.20.${n >> 8}.${n & 255}`)

const targets: PollTarget[] = addresses.map((address) => ({
  deviceId: randomUUID(),
  name: address,
  address,
  ...monitoring.parse({ icmp: { packets: 1, timeoutMs } }),
  credentialRefs: [],
}))

/** fping alone with the collector's own pacing and nobody reading what it says. */
function fpingAlone(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('fping', ['-q', '-C', '1', '-t', String(timeoutMs), '-i', '1'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.once('error', reject)
    child.once('exit', () => resolve())
    child.stdin.end(`${addresses.join('\n')}\n`)
  })
}

/** Targets/s through the collector against `fping` alone at the same pace (one packet each, 1 ms apart). */
export const icmp: Bench = async () => {
  const config = readConfig(collector.config, {})
  const unused = { first: async () => undefined, find: async () => undefined }
  await using poller = await collector.open({
    config,
    log: createLog('bench', 'silent'),
    secrets: unused,
    addresses: openResolver(),
    knownPorts: rememberPorts(),
  })
  const ours: number[] = []
  const alone: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(
      await rate(async () => {
        let answered = 0
        for await (const { outcome } of poller.probe(targets, AbortSignal.timeout(60_000)))
          if (outcome.result === 'success') answered++
        if (answered !== targetsCount) throw new Error(`only ${answered} of ${targetsCount} answered`)
      }),
    )
    alone.push(await rate(fpingAlone))
  }
  return [
    ratioRow({
      name: 'ICMP targets, against fping alone at the same pace',
      value: median(ours),
      unit: 'targets/s',
      reference: median(alone),
      atLeast: 0.5,
    }),
  ]
}

async function rate(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return targetsCount / ((performance.now() - startedAt) / 1000)
}
