import { afterAll, beforeAll, expect, test } from 'vitest'

import { type DeviceRecord, monitoring } from '#core/contract/devices.js'
import { queues } from '#core/contract/queues.js'
import { chassisConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import type { RunningRoom } from '#core/service/room.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { type DataSource, openSource } from '#db/source.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'
import { batch, miss, ping } from '#tests/kit/telemetry.js'

import { config, start } from './ingest.js'

const log = createLog('test', 'silent')
const health = new Health()
let room: RunningRoom
let source: DataSource
let topics: Topics
let batches: Queue<unknown>
let polls: Queue<unknown>
beforeAll(async () => {
  const [databaseUrl, redisUrl] = await Promise.all([freshDatabase(), freshRedis()])
  source = await openSource({ url: databaseUrl, schema: 'telemetry', entities: [] })
  topics = openTopics({ redisUrl, log })
  batches = openQueue(queues.telemetry, { redisUrl, log })
  polls = openQueue(queues.pollIcmp, { redisUrl, log })
  room = await start({
    config: chassisConfig.extend(config.shape).parse({
      SOTP_DATABASE_URL: databaseUrl,
      SOTP_REDIS_URL: redisUrl,
      SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
      SOTP_INTERNAL_KEY: 'k'.repeat(32),
      SOTP_TELEMETRY_ROLLUP_SECONDS: '1',
    }),
    log,
    health,
  })
})
afterAll(async () => {
  await polls[Symbol.asyncDispose]()
  await batches[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
  await source.destroy()
})

const device: DeviceRecord = {
  id: crypto.randomUUID(),
  name: 'core-1',
  address: '127.0.0.7',
  siteId: null,
  siteName: null,
  kind: 'ROUTER',
  status: 'ACTIVE',
  tags: [],
  monitoring: monitoring.parse({}),
}
const state = async () => (await source.query('SELECT reachability, reason FROM device_state'))[0]

test('from an announced device over its polls to events, roll-ups and re-checks', async () => {
  const at = Date.now() - 20 * 60_000
  await expect.poll(async () => (await source.query('SELECT * FROM follower')).length).toBe(1)
  await topics.publish('device.changed', { v: 1, kind: 'device.changed', change: 'CREATED', at, device })
  await expect.poll(state).toEqual({ reachability: 'UNKNOWN', reason: 'NEVER_POLLED' })
  const add = (n: number, job: ReturnType<typeof batch>) => batches.add(job, { jobId: `b${n}` })
  await add(1, batch('icmp', [ping(device.id, at + 1000)]))
  await expect.poll(state).toEqual({ reachability: 'UP', reason: 'OK' })
  await add(2, batch('icmp', [miss(device.id, at + 31_000)]))
  await expect.poll(async () => (await polls.counts()).delayed).toBe(1)
  await add(3, batch('icmp', [miss(device.id, at + 35_000)]))
  await expect.poll(state).toEqual({ reachability: 'DOWN', reason: 'NO_REPLY' })
  const told = async () =>
    (await topics.read('device.state', '0-0', 20)).map(({ event }) => event.state.reachability)
  await expect.poll(async () => (await told()).slice(0, 4)).toEqual(['UNKNOWN', 'UP', 'UP', 'DOWN'])
  await expect
    .poll(async () => (await source.query('SELECT count(*)::int AS n FROM sample_5m'))[0].n, {
      timeout: 10_000,
    })
    .toBeGreaterThan(0)
  expect((await health.report()).components.map(({ ok }) => ok)).toEqual([true, true])
  await topics.publish('device.changed', { v: 1, kind: 'device.changed', change: 'DELETED', at, device })
  await expect.poll(state).toBeUndefined()
  await room[Symbol.asyncDispose]()
  const stages = await source.query(`SELECT name FROM stage WHERE last_success_at IS NOT NULL ORDER BY name`)
  expect(stages.map(({ name }: { name: string }) => name)).toEqual(['ingest', 'poll.icmp', 'rollup'])
})
