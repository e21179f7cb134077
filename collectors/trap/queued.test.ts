import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import type { Trap } from '#core/contract/traps.js'
import { collectorSettings } from '#core/service/collector-settings.js'
import { chassisConfig, readConfig } from '#core/service/config.js'
import { openCredentialList } from '#core/service/credential-list.js'
import { Health } from '#core/service/health.js'
import { runListener } from '#core/service/listener-runner.js'
import { createLog } from '#core/service/log.js'
import { openPlan } from '#core/service/plan.js'
import { openQueue } from '#core/service/queue.js'
import { openSecretBox, openSecretShelf } from '#core/service/secrets.js'

import { publicCommunity } from '../../tests/kit/collector.js'
import { startOwnRedis } from '../../tests/kit/own-redis.js'
import { freeUdpPort, knownDevice, privUser, Sender } from '../../tests/kit/traps.js'
import { trap } from './index.js'

const log = createLog('test', 'silent')
const key = Buffer.alloc(32, 7).toString('base64')
const patience = { timeout: 15_000 }
/** What informs speak of that only ask whether the listener has begun to hear. */
const askingPort = 99

async function ownRedis() {
  const redis = await startOwnRedis()
  onTestFinished(() => redis[Symbol.asyncDispose]())
  return redis
}

/** What the inventory publishes: credentials, and one device. @returns the device */
async function publish(redisUrl: string) {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  const box = openSecretBox(key)
  const secrets = [publicCommunity, privUser].map((secret) => [crypto.randomUUID(), secret] as const)
  await openSecretShelf(redis, box).publish(
    new Map(secrets.map(([ref, secret]) => [ref, box.seal(ref, JSON.stringify(secret))])),
  )
  await openCredentialList(redis).replace(secrets.map(([ref]) => ref))
  const device = knownDevice('127.0.0.1')
  for (const kind of ['icmp', 'snmp'] as const) await openPlan(redis).publish(kind, new Map(), [device])
  return device
}

/** Starts a listener. Resolves once it has read the credentials, which an inform shows. */
async function startListener(redisUrl: string, spoolDir = '') {
  const port = await freeUdpPort()
  const schema = trap.config.extend(collectorSettings.shape).extend(chassisConfig.shape)
  const config = readConfig(schema, {
    SOTP_COLLECTORS_TRAP_PORT: String(port),
    SOTP_COLLECTORS_TRAP_HOSTS: '127.0.0.1',
    SOTP_COLLECTORS_SPOOL_DIR: spoolDir,
    SOTP_DATABASE_URL: 'postgres://localhost/none',
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: key,
    SOTP_INTERNAL_KEY: 'x'.repeat(32),
  })
  const health = new Health()
  const room = await runListener(trap, { config, log, health })
  onTestFinished(() => room[Symbol.asyncDispose]())
  const sender = new Sender(port)
  onTestFinished(() => sender.close())
  await expect.poll(() => sender.inform(askingPort, 1000), patience).toBe(true)
  return { sender, health, room }
}

/** Takes what is in the queue. @returns the ports that traps speak of, in the order they came */
function take(redisUrl: string): { traps: Trap[]; ports: () => number[] } {
  const traps: Trap[] = []
  const queue = openQueue(queues.traps, { redisUrl, log })
  onTestFinished(() => queue[Symbol.asyncDispose]())
  queue.process(1, async (batch) => void traps.push(...batch.traps))
  const all = () => traps.map(({ varbinds }) => Number(varbinds[0]?.value))
  return { traps, ports: () => all().filter((port) => port !== askingPort) }
}

test('while Redis is away informs are acknowledged, and all follow in order, each once', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'traps-spool-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const redis = await ownRedis()
  await publish(redis.url)
  const first = await startListener(redis.url, root)
  await redis.kill()
  for (const n of [1, 2, 3]) expect(await first.sender.inform(n)).toBe(true)
  redis.restart()
  await using queue = openQueue(queues.traps, { redisUrl: redis.url, log })
  await expect.poll(async () => (await queue.counts()).waiting, patience).toBeGreaterThanOrEqual(4)

  await redis.kill()
  for (const n of [4, 5, 6]) expect(await first.sender.inform(n)).toBe(true)
  await first.room[Symbol.asyncDispose]()
  // As of a process that is gone: with the start of another one.
  const [name = ''] = readdirSync(path.join(root, 'trap'))
  const gone = name.split('.').with(2, '1').join('.')
  renameSync(path.join(root, 'trap', name), path.join(root, 'trap', gone))
  redis.restart()
  const second = await startListener(redis.url, root)
  expect(await second.sender.inform(7)).toBe(true)
  const { ports } = take(redis.url)
  await expect.poll(ports, patience).toEqual([1, 2, 3, 4, 5, 6, 7])
}, 60_000)

test('without a lasting spool an inform is acknowledged once Redis has it, and not before', async () => {
  const redis = await ownRedis()
  const device = await publish(redis.url)
  const { sender, health } = await startListener(redis.url)
  expect(await health.report()).toMatchObject({
    ready: true,
    components: [{ name: 'trap listener', ok: true }],
  })
  await redis.kill()
  const waiting = [1, 2, 3].map((n) => sender.inform(n, 15_000))
  // Received, and not yet acknowledged: there is nowhere to keep them.
  expect(await sender.inform(4, 700)).toBe(false)
  redis.restart()
  expect(await Promise.all(waiting)).toEqual([true, true, true])

  const { traps, ports } = take(redis.url)
  await expect.poll(() => ports().toSorted(), patience).toEqual([1, 2, 3, 4])
  expect(new Set(traps.map(({ deviceId }) => deviceId))).toEqual(new Set([device.deviceId]))
  await using polls = openQueue(queues.pollSnmp, { redisUrl: redis.url, log })
  expect((await polls.counts()).waiting).toBeGreaterThan(0)
}, 60_000)
