import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import type { PollJob } from '#core/contract/polling.js'
import { queues } from '#core/contract/queues.js'
import type { TelemetryBatch } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { registry } from '#core/service/metrics.js'
import { openPlan, type Plan } from '#core/service/plan.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import { openRedis } from '#core/service/redis.js'
import { type DataSource, openSource } from '#db/source.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { entities } from '../graph.js'
import { Downtimes } from './downtime.js'
import { Planner } from './planner.js'
import type { PollQueues } from './poll-jobs.js'

const stack = new AsyncDisposableStack()
const log = createLog('test', 'silent')
let source: DataSource
let plan: Plan
let pollQueues: PollQueues
let telemetry: Queue<TelemetryBatch>
const newPlanner = (own = log) =>
  new Planner({
    source,
    plan,
    queues: pollQueues,
    telemetry,
    downtimes: new Downtimes(),
    downtimeSteps: { icmp: [], snmp: [] },
    log: own,
  })
beforeAll(async () => {
  const redisUrl = await freshRedis()
  source = await openSource({ url: await freshDatabase(), schema: 'inventory', entities })
  stack.defer(() => source.destroy())
  const redis = openRedis(redisUrl, log)
  stack.defer(() => redis.disconnect())
  plan = openPlan(redis)
  telemetry = stack.use(openQueue(queues.telemetry, { redisUrl, log }))
  pollQueues = {
    icmp: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })),
    snmp: stack.use(openQueue(queues.pollSnmp, { redisUrl, log })),
  }
})
afterAll(() => stack.disposeAsync())
beforeEach(() => source.query('TRUNCATE device CASCADE'))

/** Devices that changed long ago, pinged and polled every 60 s. */
const insert = (many: number) =>
  source.query(
    `INSERT INTO device (id, name, address, address_key, kind, status, tags, monitoring, created_at, updated_at)
     SELECT gen_random_uuid(), 'd' || n, 'd' || n, 'd' || n, 'OTHER', 'ACTIVE', '{}', $2, to_timestamp(0), to_timestamp(0)
     FROM generate_series(1, $1::int) n`,
    [
      many,
      {
        icmp: { enabled: true, intervalSeconds: 60, packets: 3, timeoutMs: 1000 },
        snmp: {
          enabled: true,
          version: 'V2C',
          port: 161,
          intervalSeconds: 60,
          timeoutMs: 2000,
          retries: 1,
          maxRepetitions: 25,
        },
      },
    ],
  )

test('adds nothing to a queue that holds more than two jobs for each shard, tells of each device that missed its poll, and says so once', async () => {
  await insert(1)
  const lines: string[] = []
  const told = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
  const planner = newPlanner(told)
  await planner.load()
  for (let minute = 1; minute <= 8; minute++) await planner.addDue(minute * 60_000 - 60_000, minute * 60_000)
  expect((await pollQueues.icmp.counts()).waiting).toBe(3)
  expect((await pollQueues.snmp.counts()).waiting).toBe(3)
  expect(lines.filter((line) => line.includes('polling slower than configured'))).toHaveLength(1)
  expect(await registry.metrics()).toMatch(/sotp_inventory_polls_missed_total\{kind="icmp"\} 5/)
  await planner.tell()
  expect(await plan.told()).toMatchObject({
    icmp: { waiting: 3, shards: 1, shedding: 'POLLS', missedPolls: 5 },
    snmp: { shedding: 'POLLS' },
  })
  const jobs: PollJob[] = []
  pollQueues.snmp.process(1, async (job) => void jobs.push(job))
  await expect
    .poll(() => jobs.map(({ essentialOnly }) => essentialOnly), { timeout: 10_000 })
    .toEqual([undefined, undefined, true])
  const missed: TelemetryBatch[] = []
  telemetry.process(1, async (batch) => void missed.push(batch))
  await expect
    .poll(() => missed.filter(({ collector }) => collector === 'icmp').length, { timeout: 10_000 })
    .toBe(5)
  expect(missed.flatMap(({ outcomes }) => outcomes.map(({ result }) => result))).toEqual(
    missed.map(() => 'missed'),
  )
})

test('plans 10,000 devices in many short turns of the event loop, and finds one change among them', async () => {
  await insert(10_000)
  const planner = newPlanner()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await planner.load()
  delay.reset()
  const loading = performance.now()
  await planner.load()
  delay.disable()
  // Against the whole, because how long either takes is up to what else the machine does.
  expect(delay.max / 1e6).toBeLessThan((performance.now() - loading) / 3)
  const [{ id }] = await source.query("SELECT id FROM device WHERE name = 'd77'")
  await source.query("UPDATE device SET address = 'moved' WHERE id = $1", [id])
  await planner.refresh([id])
  expect(await plan.devices('snmp', [id])).toMatchObject([{ address: 'moved' }])
  const jobs: PollJob[] = []
  const seen = new Promise<void>((resolve) =>
    pollQueues.icmp.process(1, async (job) => {
      jobs.push(job)
      if (job.deviceIds?.includes(id)) resolve()
    }),
  )
  await seen
})
