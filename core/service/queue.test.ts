import Bull from 'bull'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'
import type { DeviceFacts } from '../contract/devices.js'
import { queues } from '../contract/queues.js'
import { createLog } from './log.js'
import { openQueue, type Queue } from './queue.js'

const facts = (sysName: string): DeviceFacts => ({
  v: 1,
  kind: 'device.facts',
  deviceId: crypto.randomUUID(),
  at: 1,
  sysName,
  sysDescr: null,
  sysObjectId: null,
  vendor: null,
  model: null,
  osVersion: null,
  serialNumber: null,
  interfaces: null,
})

let redisUrl: string
let queue: Queue<DeviceFacts>
const seen: string[] = []
beforeAll(async () => {
  redisUrl = await freshRedis()
  queue = openQueue(queues.facts, { redisUrl, log: createLog('test', 'silent') })
  let failures = 1
  queue.process(2, async ({ sysName }) => {
    if (sysName === 'flaky' && failures-- > 0) throw new Error('try again')
    seen.push(sysName ?? '')
  })
})
afterAll(() => queue[Symbol.asyncDispose]())

test('a job runs once however often its id is added', async () => {
  await queue.add(facts('once'), { jobId: 'a' })
  await queue.add(facts('once'), { jobId: 'a' })
  await expect.poll(() => seen).toEqual(['once'])
})

test('a failed job is tried again', async () => {
  await queue.add(facts('flaky'), { jobId: 'b' })
  await expect.poll(() => seen, { timeout: 5000 }).toContain('flaky')
})

test('what does not fit is refused at the door, and set aside, not retried, where it came in by another', async () => {
  await expect(queue.add({ nonsense: true } as never, { jobId: 'c' })).rejects.toThrow()
  const raw = new Bull('inventory.facts', redisUrl, { prefix: 'sotp:queue' })
  await raw.add({ nonsense: true }, { jobId: 'd', attempts: 5 })
  await expect.poll(async () => (await queue.counts()).failed, { timeout: 5000 }).toBe(1)
  await raw.close()
})

test('one that is closed at any moment while it starts leaves nothing behind that fails later', async () => {
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('unhandledRejection', hear)
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  for (let turns = 0; turns < 60; turns += 1) {
    const started = openQueue(queues.facts, { redisUrl, log: createLog('test', 'silent') })
    started.process(1, async () => {})
    for (let passed = 0; passed < turns; passed += 1) await turn()
    await started[Symbol.asyncDispose]()
  }
  await turn()
  process.off('unhandledRejection', hear)
  expect(unheard).toEqual([])
}, 60_000)
