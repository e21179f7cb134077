import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import type { TelemetryBatch } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { openGraph } from '#tests/kit/graph.js'
import { startStores } from '#tests/kit/private-stores.js'
import { type Product, startProduct } from '#tests/kit/product.js'

const batchesCount = 300
const samplesOfBatch = 100

/** One batch of known samples, each at a time of its own. */
function batch(deviceId: string, number: number, beganAt: number): TelemetryBatch {
  const rows = Array.from({ length: samplesOfBatch }, (_, n) => number * samplesOfBatch + n)
  const zeros = rows.map(() => 0)
  return {
    v: 1,
    kind: 'telemetry.batch',
    collector: 'icmp',
    samples: {
      devices: [deviceId],
      metrics: ['icmp.rtt'],
      instances: [],
      device: zeros,
      metric: zeros,
      instance: rows.map(() => -1),
      at: rows.map((row) => beganAt + row),
      value: rows,
    },
    outcomes: [],
  }
}

/** The worker's process id, as the launcher wrote it down: the child whose command line runs the planner. */
function workerOf({ stateDir }: Product): number {
  const { children } = JSON.parse(readFileSync(path.join(stateDir, 'run.json'), 'utf8')) as {
    children: { pid: number }[]
  }
  const found = children.findLast(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('planner')
    } catch {
      return false
    }
  })
  if (!found) throw new Error('the worker is not running')
  return found.pid
}

test('kill -9 of the worker under load loses and doubles no acknowledged sample, and polling resumes within 10 s', async () => {
  await using stores = await startStores()
  await using product = await startProduct({
    env: { SOTP_DATABASE_URL: stores.databaseUrl, SOTP_REDIS_URL: stores.redisUrl },
  })
  await using graph = await openGraph(product.url, product.admin)
  await using queue = openQueue(queues.telemetry, {
    redisUrl: stores.redisUrl,
    log: createLog('test', 'silent'),
  })
  const deviceId = randomUUID()
  const beganAt = Date.now() - batchesCount * samplesOfBatch

  const polledAt = async () => {
    const query = '{ deviceStates { lastPolledAt } }'
    const { deviceStates } = await graph.ask<{ deviceStates: { lastPolledAt: string | null }[] }>(query)
    return Math.max(...deviceStates.map(({ lastPolledAt }) => Date.parse(lastPolledAt ?? '1970-01-01')))
  }
  let resumedAfterMs = 0
  const killing = (async () => {
    for (let kill = 0; kill < 2; kill++) {
      await sleep(1500)
      process.kill(workerOf(product), 'SIGKILL')
      const killedAt = Date.now()
      await expect.poll(polledAt, { timeout: 20_000, interval: 100 }).toBeGreaterThan(killedAt)
      resumedAfterMs = Math.max(resumedAfterMs, Date.now() - killedAt)
    }
  })()
  for (let number = 0; number < batchesCount; number++) {
    await queue.add(batch(deviceId, number, beganAt), { jobId: `known:${number}` })
    await sleep(10)
  }
  await killing

  const client = new pg.Client({ connectionString: stores.databaseUrl, options: '-c search_path=telemetry' })
  await client.connect()
  const stored = async () => {
    const { rows } = await client.query(
      'SELECT count(*)::int AS n, count(DISTINCT value)::int AS values, sum(value)::float8 AS sum FROM sample JOIN series ON series.id = series_id WHERE device_id = $1',
      [deviceId],
    )
    return rows[0]
  }
  const total = batchesCount * samplesOfBatch
  await expect
    .poll(stored, { timeout: 30_000, interval: 250 })
    .toEqual({ n: total, values: total, sum: (total * (total - 1)) / 2 })
  await client.end()
  expect(resumedAfterMs).toBeLessThan(10_000)
}, 180_000)
