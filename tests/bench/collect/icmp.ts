import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { icmp as collector } from '#collectors/icmp/index.js'
import { monitoring } from '#core/contract/devices.js'
import type { PollTarget } from '#core/contract/polling.js'
import type { Poller } from '#core/service/collector.js'
import { openResolver } from '#core/service/collector-address.js'
import { readConfig } from '#core/service/config.js'
import { createLog } from '#core/service/log.js'
import { rememberPorts } from '#tests/kit/collector.js'

import { type Bench, median, type Row, ratioRow } from '../row.js'

const targetsCount = 10_000
const rounds = 3
const timeoutMs = 1000
/** 10,000 devices at 30 s make one such shard a second. */
const shardSize = 334
const jobs = 4

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

async function sweep(poller: Poller, some: readonly PollTarget[]): Promise<void> {
  let answered = 0
  for await (const { outcome } of poller.probe(some, AbortSignal.timeout(60_000)))
    if (outcome.result === 'success') answered++
  if (answered !== some.length) throw new Error(`only ${answered} of ${some.length} answered`)
}

/** As a collector polls: a shard at a time in each of its jobs. */
async function inShards(poller: Poller): Promise<void> {
  let next = 0
  const job = async () => {
    while (next < targetsCount) {
      const from = next
      next += shardSize
      await sweep(poller, targets.slice(from, from + shardSize))
    }
  }
  await Promise.all(Array.from({ length: jobs }, job))
}

/** Processor time of this process and of children that have ended, s (Linux: 100 ticks a second). */
function cpuSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100
}

interface Measured {
  perSecond: number
  /** µs of processor a target. */
  cpu: number
}

async function measure(work: () => Promise<void>): Promise<Measured> {
  const [startedAt, cpuBefore] = [performance.now(), cpuSeconds()]
  await work()
  const seconds = (performance.now() - startedAt) / 1000
  return { perSecond: targetsCount / seconds, cpu: ((cpuSeconds() - cpuBefore) * 1e6) / targetsCount }
}

const medianOf = (all: readonly Measured[]): Measured => ({
  perSecond: median(all.map(({ perSecond }) => perSecond)),
  cpu: median(all.map(({ cpu }) => cpu)),
})

const cpuRow = (name: string, value: number, reference: number): Row => {
  const ratio = value / reference
  return { name, value, unit: 'µs CPU/target', reference, ratio, target: 'ratio ≤ 2', ok: ratio <= 2 }
}

/**
 * Targets/s and processor time a target (fping's own with it) through the collector, against `fping` alone at the same pace
 * (one packet each, 1 ms apart): all targets in one sweep, and in shards as they are polled.
 */
export const icmp: Bench = async () => {
  await using poller = await collector.open({
    config: readConfig(collector.config, {}),
    log: createLog('bench', 'silent'),
    secrets: { first: async () => undefined, find: async () => undefined },
    addresses: openResolver(),
    knownPorts: rememberPorts(),
  })
  // The first sweep compiles the code.
  await sweep(poller, targets.slice(0, 1000))
  const [whole, shards, alone]: Measured[][] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    whole?.push(await measure(() => sweep(poller, targets)))
    alone?.push(await measure(fpingAlone))
    shards?.push(await measure(() => inShards(poller)))
  }
  const [ours, polled, reference] = [medianOf(whole ?? []), medianOf(shards ?? []), medianOf(alone ?? [])]
  return [
    ratioRow({
      name: 'ICMP, 10,000 targets in one sweep, against fping alone',
      value: ours.perSecond,
      unit: 'targets/s',
      reference: reference.perSecond,
      atLeast: 0.5,
    }),
    cpuRow('ICMP, 10,000 targets in one sweep, with fping’s own', ours.cpu, reference.cpu),
    ratioRow({
      name: 'ICMP, 10,000 targets in shards of 334, against fping alone',
      value: polled.perSecond,
      unit: 'targets/s',
      reference: reference.perSecond,
      atLeast: 0.5,
    }),
    cpuRow('ICMP, 10,000 targets in shards of 334, with fping’s own', polled.cpu, reference.cpu),
  ]
}
