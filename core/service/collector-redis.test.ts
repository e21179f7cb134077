import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { startOwnRedis, tlsMissing } from '#tests/kit/own-redis.js'
import { goodResult, plainTarget, pollJobOf, runPlainCollector } from '#tests/kit/plain-collector.js'

import { queues } from '../contract/queues.js'
import { openFlights } from './collector-flights.js'
import { readConfig, remoteConfig } from './config.js'
import { createLog } from './log.js'
import { openPlan } from './plan.js'
import { openQueue } from './queue.js'
import { optionsFor, trustForRedis } from './redis.js'

const log = createLog('test', 'silent')
const [one = '', other = ''] = [crypto.randomUUID(), crypto.randomUUID()]

let stack: AsyncDisposableStack
beforeEach(() => {
  stack = new AsyncDisposableStack()
})
afterEach(async () => {
  await stack.disposeAsync()
  trustForRedis(undefined)
})

/** Both devices are planned, and jobs can be given. */
async function openPlanned(redisUrl: string) {
  const redis = stack.adopt(new Redis(redisUrl, optionsFor(redisUrl)), (open) => open.disconnect())
  redis.on('error', () => {})
  await openPlan(redis).publish('icmp', new Map([['s1', [one, other]]]), [one, other].map(plainTarget))
  return { redis, jobs: stack.use(openQueue(queues.pollIcmp, { redisUrl, log })) }
}

/** What arrives: a device for each of its outcomes. */
function receive(redisUrl: string) {
  const devices: string[] = []
  const queue = stack.use(openQueue(queues.telemetry, { redisUrl, log }))
  queue.process(1, async ({ outcomes }) => void devices.push(...outcomes.map(({ deviceId }) => deviceId)))
  return { devices, queue }
}

test('where Redis refuses writes, results wait in the spool and arrive once when there is room', async () => {
  const { url } = stack.use(await startOwnRedis())
  const { redis, jobs } = await openPlanned(url)
  const full = Promise.withResolvers<void>()
  const asked: string[] = []
  let said = ''
  const write = (line: string) => {
    said += line
  }
  const room = stack.use(
    await runPlainCollector(
      url,
      async function* (targets) {
        for (const { deviceId } of targets) {
          asked.push(deviceId)
          await full.promise
          yield goodResult(deviceId)
        }
      },
      { log: createLog('test', 'warn', { write }) },
    ),
  )
  for (const deviceId of [one, other]) {
    const job = pollJobOf({ shard: null, intervalSeconds: null, deviceIds: [deviceId] })
    await jobs.add(job, { jobId: deviceId })
  }
  await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(2)

  await redis.config('SET', 'maxmemory-policy', 'noeviction')
  await redis.config('SET', 'maxmemory', 1)
  full.resolve()
  await expect.poll(() => said, { timeout: 10_000 }).toContain('they wait in the spool')
  expect(await redis.info('errorstats')).toContain('errorstat_OOM')
  expect(await redis.llen('sotp:queue:telemetry.batches:wait')).toBe(0)
  // Who polls what cannot be agreed upon there, which must stop nobody.
  using flights = openFlights(redis, 'icmp', log)
  expect(await flights.claim(['x'])).toEqual(new Set(['x']))

  await redis.config('SET', 'maxmemory', 0)
  const { devices, queue } = receive(url)
  await expect.poll(() => devices.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
  // Stopping, it hands over whatever it still has.
  await room[Symbol.asyncDispose]()
  await expect.poll(() => queue.counts()).toMatchObject({ waiting: 0, active: 0 })
  expect(devices.toSorted()).toEqual([one, other].toSorted())
})

test('with TLS only, and a certificate that SOTP_REDIS_CA names, a poll job becomes a batch', async ({
  skip,
}) => {
  const missing = tlsMissing()
  skip(missing !== undefined, missing)
  const server = stack.use(await startOwnRedis({ tls: true }))
  const config = readConfig(remoteConfig, {
    SOTP_REDIS_URL: server.url,
    SOTP_REDIS_CA_FILE: server.caFile,
    SOTP_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  })
  trustForRedis(config.SOTP_REDIS_CA)
  const { jobs } = await openPlanned(server.url)
  const { devices } = receive(server.url)
  stack.use(
    await runPlainCollector(server.url, async function* (targets) {
      for (const { deviceId } of targets) yield goodResult(deviceId)
    }),
  )
  await jobs.add(pollJobOf(), { jobId: 'a' })
  await expect.poll(() => devices, { timeout: 10_000 }).toEqual([one, other])
})
