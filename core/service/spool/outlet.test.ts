import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import type { QueueDefinition } from '#core/contract/queues.js'
import { startOwnRedis } from '#tests/kit/own-redis.js'
import { cutRedis, freshRedis } from '#tests/kit/stores.js'
import { createLog } from '../log.js'
import { openQueue } from '../queue.js'
import { type OutletOptions, openOutlet } from './outlet.js'
import { writeJob } from './record.js'
import { Spool } from './spool.js'

const log = createLog('test', 'silent')
const numbers: QueueDefinition<z.ZodObject<{ n: z.ZodInt }>> = {
  name: 'test.numbers',
  schema: z.object({ n: z.int() }),
  attempts: 10,
  backoffMs: 50,
}
let redisUrl: string
let root: string
let stack: AsyncDisposableStack
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  redisUrl = await freshRedis()
  root = stack.adopt(mkdtempSync(path.join(tmpdir(), 'outlet-test-')), (folder) =>
    rmSync(folder, { recursive: true, force: true }),
  )
})
afterEach(() => stack.disposeAsync())

const open = async (more: Partial<OutletOptions> = {}) =>
  stack.use(await openOutlet({ redisUrl, root, maxMb: 1, name: 'test', queues: [numbers], log, ...more }))
/** What arrives, in its order. */
function receive(): number[] {
  const heard: number[] = []
  stack.use(openQueue(numbers, { redisUrl, log })).process(1, async ({ n }) => void heard.push(n))
  return heard
}

test('what is added arrives once and in order, also when connections are cut on the way', async () => {
  const outlet = await open()
  for (let n = 0; n < 60; n++) {
    await outlet.add(numbers, { n }, { jobId: `n${n}` })
    if (n === 30) await cutRedis(redisUrl)
  }
  const heard = receive()
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(60)
  expect(new Set(heard).size).toBe(60)
  await expect(outlet.add(numbers, { n: 0.5 }, { jobId: 'bad' })).rejects.toThrow(z.ZodError)
})

test('what a process left goes before what is new', async () => {
  const folder = path.join(root, 'test', 'elsewhere.1.1.1')
  const left = await Spool.open({ folder, maxBytes: 1 << 20, name: 'test', log })
  for (let n = 0; n < 20; n++)
    await left.append(writeJob({ queue: numbers.name, jobId: `n${n}`, payload: { n } }), 1)
  await left[Symbol.asyncDispose]()
  utimesSync(folder, 0, 0)
  const heard = receive()
  const outlet = await open()
  await outlet.add(numbers, { n: 20 }, { jobId: 'n20' })
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(Array.from({ length: 21 }, (_, n) => n))
})

test('what Redis lost before it was worked off is sent again', async () => {
  const outlet = await open()
  for (let n = 0; n < 20; n++) await outlet.add(numbers, { n }, { jobId: `n${n}` })
  await expect.poll(() => outlet.waiting, { timeout: 10_000 }).toBe(0)
  const redis = stack.adopt(new Redis(redisUrl), (client) => client.disconnect())
  await redis.flushdb()
  const heard = receive()
  await expect
    .poll(() => heard.toSorted((a, b) => a - b), { timeout: 10_000 })
    .toEqual(Array.from({ length: 20 }, (_, n) => n))
})

test('where order is asked for, what is new does not go past a backlog, however long', async () => {
  const own = stack.use(await startOwnRedis())
  await own.kill()
  const outlet = await open({ redisUrl: own.url, ordered: true })
  const ids = Array.from({ length: 2010 }, (_, n) => `n${n}`)
  await Promise.all(ids.map((jobId, n) => outlet.add(numbers, { n }, { jobId })))
  own.restart()
  const redis = stack.adopt(new Redis(own.url), (client) => client.disconnect())
  redis.on('error', () => {})
  const wait = 'sotp:queue:test.numbers:wait'
  await expect.poll(() => redis.llen(wait), { timeout: 10_000 }).toBeGreaterThan(100)
  const queued = (await redis.lrange(wait, 0, -1)).reverse()
  expect(queued).toEqual(ids.slice(0, queued.length))
})
