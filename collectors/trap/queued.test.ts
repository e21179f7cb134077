import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'

import { queues } from '#core/contract/queues.js'
import type { Trap } from '#core/contract/traps.js'
import { chassisConfig, readConfig } from '#core/service/config.js'
import { openCredentialList } from '#core/service/credential-list.js'
import { Health } from '#core/service/health.js'
import { runListener } from '#core/service/listener-runner.js'
import { createLog } from '#core/service/log.js'
import { openPlan } from '#core/service/plan.js'
import { openQueue } from '#core/service/queue.js'
import { openSecretBox, openSecretShelf } from '#core/service/secrets.js'
import { freePort } from '#deploy/local/ports.js'

import { publicCommunity } from '../../tests/kit/collector.js'
import { freeUdpPort, knownDevice, privUser, Sender } from '../../tests/kit/traps.js'
import { trap } from './index.js'

const log = createLog('test', 'silent')
const key = Buffer.alloc(32, 7).toString('base64')

/** A Redis that keeps every write, and can be killed and started again. */
async function durableRedis() {
  const folder = mkdtempSync(path.join(tmpdir(), 'traps-redis-'))
  const port = await freePort()
  const start = () =>
    spawn(
      'redis-server',
      ['--port', String(port), '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always'],
      {
        stdio: 'ignore',
      },
    )
  let server = start()
  const kill = async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
  }
  onTestFinished(async () => {
    await kill()
    rmSync(folder, { recursive: true })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: () => {
      server = start()
    },
  }
}

async function startListener(redisUrl: string) {
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
  const port = await freeUdpPort()
  const config = readConfig(trap.config.extend(chassisConfig.shape), {
    SOTP_COLLECTORS_TRAP_PORT: String(port),
    SOTP_COLLECTORS_TRAP_HOSTS: '127.0.0.1',
    SOTP_DATABASE_URL: 'postgres://localhost/none',
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: key,
    SOTP_INTERNAL_KEY: 'x'.repeat(32),
  })
  const health = new Health()
  const room = await runListener(trap, { config, log, health })
  onTestFinished(() => room[Symbol.asyncDispose]())
  return { port, health, device }
}

test('an inform that was acknowledged is not lost, whatever Redis does meanwhile', async () => {
  const redis = await durableRedis()
  const { port, health, device } = await startListener(redis.url)
  expect(await health.report()).toMatchObject({
    ready: true,
    components: [{ name: 'trap listener', ok: true }],
  })
  const sender = new Sender(port)
  onTestFinished(() => sender.close())
  // The first shows that the credentials were read.
  await expect.poll(() => sender.inform(0), { timeout: 15_000 }).toBe(true)
  const acknowledged = [0]
  for (let n = 1; n <= 10; n++) if (await sender.inform(n)) acknowledged.push(n)
  expect(acknowledged).toHaveLength(11)

  await redis.kill()
  const waiting = [11, 12, 13].map((n) => sender.inform(n, 15_000))
  // Received, and not yet acknowledged: there is nowhere to keep them.
  expect(await sender.inform(14, 700)).toBe(false)
  redis.restart()
  expect(await Promise.all(waiting)).toEqual([true, true, true])

  const queued: Trap[] = []
  await using queue = openQueue(queues.traps, { redisUrl: redis.url, log })
  queue.process(1, async ({ traps }) => void queued.push(...traps))
  const numbers = () =>
    [...new Set(queued.map(({ varbinds }) => Number(varbinds[0]?.value)))].sort((a, b) => a - b)
  await expect.poll(numbers, { timeout: 15_000 }).toEqual([...acknowledged, 11, 12, 13, 14])
  expect(new Set(queued.map(({ deviceId }) => deviceId))).toEqual(new Set([device.deviceId]))
  await using polls = openQueue(queues.pollSnmp, { redisUrl: redis.url, log })
  expect((await polls.counts()).waiting).toBeGreaterThan(0)
}, 60_000)
