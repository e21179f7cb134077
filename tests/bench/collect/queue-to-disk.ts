import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { MetricName } from '#core/contract/metrics.js'
import { queues } from '#core/contract/queues.js'
import { packSamples } from '#core/contract/samples.js'
import type { TelemetryBatch } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { startStores } from '#tests/kit/private-stores.js'
import { openIngestParts } from '#tests/kit/telemetry.js'
import { type Bench, median, type Row } from '../row.js'

const devicesCount = 250
const ports = Array.from({ length: 24 }, () => randomUUID())
const portMetrics: MetricName[] = [
  'if.in.bps',
  'if.out.bps',
  'if.in.utilization',
  'if.out.utilization',
  'if.oper',
]
const polls = 12
const rounds = 3
const cpuMax = 6

/** One SNMP poll of some devices, 24 ports each, as a collector would send it. */
function batch(deviceIds: readonly string[], at: number): TelemetryBatch {
  const perDevice = ports.length * portMetrics.length
  const total = deviceIds.length * perDevice
  return {
    v: 2,
    kind: 'telemetry.batch',
    collector: 'snmp',
    samples: packSamples({
      devices: [...deviceIds],
      metrics: portMetrics,
      instances: deviceIds.flatMap((id) => ports.map((port) => `${id}${port}`)),
      device: Int32Array.from({ length: total }, (_, n) => Math.floor(n / perDevice)),
      metric: Int32Array.from({ length: total }, (_, n) => n % portMetrics.length),
      instance: Int32Array.from({ length: total }, (_, n) => Math.floor(n / portMetrics.length)),
      at: new Float64Array(total).fill(at),
      value: Float64Array.from({ length: total }, () => Math.random() * 1e9),
    }),
    outcomes: deviceIds.map((deviceId) => ({
      deviceId,
      at,
      result: 'success',
      reason: null,
      detail: null,
      durationMs: 20,
    })),
  }
}

/** CPU of this process from a full queue to committed samples, with states, ports, history, events and roll-up marks. */
export const queueToDisk: Bench = async () => {
  await using stores = await startStores()
  await using parts = await openIngestParts(stores)
  const log = createLog('bench', 'silent')
  const devices = Array.from({ length: devicesCount }, () => randomUUID())
  const rows: Row[] = []
  // What fits one job of 5,000 samples, and what a small shard makes.
  for (const devicesOfJob of [40, 8]) {
    const micros: number[] = []
    const rates: number[] = []
    for (let round = 0; round <= rounds; round++) {
      await using queue = openQueue(queues.telemetry, { redisUrl: stores.redisUrl, log })
      const beganAt = Date.now() - 3 * 3_600_000 + (rows.length * 10 + round) * 900_000
      const jobs = Array.from({ length: polls }, (_, poll) =>
        Array.from({ length: Math.ceil(devicesCount / devicesOfJob) }, (_, n) =>
          batch(devices.slice(n * devicesOfJob, (n + 1) * devicesOfJob), beganAt + poll * 60_000),
        ),
      ).flat()
      for (const [n, job] of jobs.entries()) await queue.add(job, { jobId: `${devicesOfJob} ${round} ${n}` })
      const total = devicesCount * ports.length * portMetrics.length * polls
      let left = jobs.length
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      queue.process(3, async (job) => {
        await parts.process(job)
        left--
      })
      while (left > 0) await sleep(20)
      const { user, system } = process.cpuUsage(cpu)
      // The first round also makes the series.
      if (round === 0) continue
      micros.push((user + system) / total)
      rates.push(total / ((performance.now() - startedAt) / 1000))
    }
    const value = median(micros)
    rows.push({
      name: `CPU from queue to disk, jobs of ${devicesOfJob * ports.length * portMetrics.length} samples (${Math.round(median(rates) / 1000)}k samples/s)`,
      value,
      unit: 'µs/sample',
      reference: cpuMax,
      ratio: value / cpuMax,
      target: `≤ ${cpuMax} µs`,
      ok: value <= cpuMax,
    })
  }
  return rows
}
