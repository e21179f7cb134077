import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { goodResult, plainTarget, pollJobOf, runPlainCollector } from '../../tests/kit/plain-collector.js'
import { freshRedis } from '../../tests/kit/stores.js'
import type { DeviceFacts } from '../contract/devices.js'
import type { PollJob } from '../contract/polling.js'
import { queues } from '../contract/queues.js'
import { samplesOf, type TelemetryBatch } from '../contract/telemetry.js'
import type { Poller } from './collector.js'
import { openFlights } from './collector-flights.js'
import { isStale } from './collector-runner.js'
import { Health } from './health.js'
import { createLog } from './log.js'
import { openPlan } from './plan.js'
import { openQueue, type Queue } from './queue.js'

const log = createLog('test', 'silent')
const ids = (n: number) => Array.from({ length: n }, () => crypto.randomUUID())
const facts = (deviceId: string): DeviceFacts => ({
  v: 1,
  kind: 'device.facts',
  deviceId,
  at: 5,
  sysName: null,
  sysDescr: null,
  sysObjectId: null,
  vendor: null,
  model: null,
  osVersion: null,
  serialNumber: null,
  interfaces: null,
})

let redisUrl: string
let redis: Redis
let jobs: Queue<PollJob>
let batches: TelemetryBatch[]
let told: DeviceFacts[]
let stack: AsyncDisposableStack
beforeEach(async () => {
  redisUrl = await freshRedis()
  stack = new AsyncDisposableStack()
  redis = stack.adopt(new Redis(redisUrl), (open) => open.disconnect())
  jobs = stack.use(openQueue(queues.pollIcmp, { redisUrl, log }))
  batches = []
  told = []
  const telemetry = stack.use(openQueue(queues.telemetry, { redisUrl, log }))
  telemetry.process(1, async (batch) => void batches.push(batch))
  const factsQueue = stack.use(openQueue(queues.facts, { redisUrl, log }))
  factsQueue.process(1, async (one) => void told.push(one))
})
afterEach(() => stack.disposeAsync())

const run = async (probe: Poller['probe'], health = new Health()) =>
  stack.use(await runPlainCollector(redisUrl, probe, { health }))
const plan = (shard: string, devices: readonly string[]) =>
  openPlan(redis).publish('icmp', new Map([[shard, devices]]), devices.map(plainTarget))
const outcomes = () => batches.flatMap((batch) => batch.outcomes)

test('a poll job becomes one batch of every device of its shard, and their facts', async () => {
  const devices = ids(3)
  await plan('s1', devices)
  await run(async function* (targets) {
    for (const { deviceId } of targets) yield { ...goodResult(deviceId, 2), facts: facts(deviceId) }
  })
  await jobs.add(pollJobOf(), { jobId: 'a' })
  await expect.poll(() => batches.length).toBe(1)
  const [batch] = batches
  expect(batch?.collector).toBe('icmp')
  expect(batch?.outcomes.map(({ deviceId }) => deviceId)).toEqual(devices)
  expect(batch && Array.from(samplesOf(batch).device)).toEqual([0, 0, 1, 1, 2, 2])
  await expect.poll(() => told.map(({ deviceId }) => deviceId).sort()).toEqual([...devices].sort())
})

test('a poll of some devices asks for these alone, and for none that is no longer planned', async () => {
  const devices = ids(3)
  await plan('s1', devices)
  await run(async function* (targets) {
    for (const { deviceId } of targets) yield goodResult(deviceId)
  })
  const wanted = [devices[1] ?? '', crypto.randomUUID()]
  await jobs.add(pollJobOf({ shard: null, intervalSeconds: null, deviceIds: wanted }), { jobId: 'a' })
  await expect.poll(() => outcomes().map(({ deviceId }) => deviceId)).toEqual([devices[1]])
})

test('a probe that throws or forgets a device fails those it did not answer for, and the process goes on', async () => {
  const devices = ids(3)
  await plan('s1', devices)
  await run(async function* (targets) {
    const [first] = targets
    if (first) yield goodResult(first.deviceId)
    if (first) yield goodResult(first.deviceId)
    throw new Error('bug in the probe')
  })
  for (const jobId of ['a', 'b']) {
    batches.length = 0
    await jobs.add(pollJobOf(), { jobId })
    await expect.poll(() => outcomes().length).toBe(3)
    expect(outcomes().map(({ result, reason }) => [result, reason])).toEqual([
      ['success', null],
      ['failed', 'INTERNAL'],
      ['failed', 'INTERNAL'],
    ])
    expect(outcomes()[1]?.detail).toContain('bug in the probe')
  }
})

test('a job whose slot is older than its interval is told as missed: a backlog is never worked off', async () => {
  const devices = ids(1)
  await plan('s1', devices)
  let probes = 0
  await run(async function* (targets) {
    probes++
    for (const { deviceId } of targets) yield goodResult(deviceId)
  })
  const slots = Array.from({ length: 20 }, (_, n) => Date.now() - 31_000 - n)
  for (const slotAt of slots) await jobs.add(pollJobOf({ slotAt }), { jobId: `old${slotAt}` })
  await jobs.add(pollJobOf(), { jobId: 'new' })
  await expect.poll(() => outcomes().length).toBe(21)
  const missed = outcomes().filter(({ result }) => result === 'missed')
  expect(missed.map(({ deviceId }) => deviceId)).toEqual(slots.map(() => devices[0]))
  expect(missed.map(({ at }) => at).toSorted()).toEqual(slots.toSorted())
  await expect.poll(async () => (await jobs.counts()).waiting).toBe(0)
  expect(probes).toBe(1)
  expect(isStale(pollJobOf({ intervalSeconds: null, slotAt: 0 }), 60_001)).toBe(true)
  expect(isStale(pollJobOf({ intervalSeconds: null, slotAt: 0 }), 59_000)).toBe(false)
})

test('a device that is down for long is polled when it is due, and its outcome says how often that is', async () => {
  const [slow = '', due = '', other = ''] = ids(3)
  await plan('s1', [slow, due, other])
  await run(async function* (targets) {
    for (const { deviceId } of targets) yield goodResult(deviceId)
  })
  const slowed = [
    { deviceId: slow, everySeconds: 300, due: false },
    { deviceId: due, everySeconds: 300, due: true },
  ]
  await jobs.add(pollJobOf({ slowed }), { jobId: 'a' })
  await expect
    .poll(() => outcomes().map(({ deviceId, intervalSeconds }) => [deviceId, intervalSeconds]))
    .toEqual([
      [due, 300],
      [other, undefined],
    ])
})

test('one device is polled once at a time, in this process and in another', async () => {
  const devices = ids(2)
  await plan('s1', devices)
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const asked: string[][] = []
  const probe: Poller['probe'] = async function* (targets) {
    asked.push(targets.map(({ deviceId }) => deviceId))
    await held
    for (const { deviceId } of targets) yield goodResult(deviceId)
  }
  await run(probe)
  await run(probe)
  const one = { shard: null, intervalSeconds: null }
  await jobs.add(pollJobOf({ ...one, deviceIds: devices.slice(0, 1) }), { jobId: 'a' })
  await expect.poll(() => asked.length).toBe(1)
  for (const jobId of ['b', 'c', 'd']) await jobs.add(pollJobOf({ ...one, deviceIds: devices }), { jobId })
  await expect.poll(() => asked.length).toBe(2)
  await expect.poll(async () => (await jobs.counts()).active).toBe(2)
  release()
  await expect
    .poll(() =>
      outcomes()
        .map(({ deviceId }) => deviceId)
        .sort(),
    )
    .toEqual([...devices].sort())
  expect(asked).toEqual([devices.slice(0, 1), devices.slice(1)])
  expect(await redis.keys('sotp:poll:*')).toEqual([])
})

test('a device held by a process that died is free again after seconds, one held by a living one is not', async () => {
  using one = openFlights(redis, 'icmp', log)
  using other = openFlights(redis, 'icmp', log)
  expect(await one.claim(['x', 'y'])).toEqual(new Set(['x', 'y']))
  expect(await other.claim(['x', 'z'])).toEqual(new Set(['z']))
  expect(await redis.pttl('sotp:poll:icmp:x')).toBeLessThanOrEqual(6000)
  // What another holds is not released by mistake.
  await other.release(['x'])
  expect(await other.claim(['x'])).toEqual(new Set())
  await one.release(['x'])
  expect(await other.claim(['x'])).toEqual(new Set(['x']))
  expect([one.size, other.size]).toEqual([1, 2])
})

test('results do not wait for the slowest device of their shard', async () => {
  const devices = ids(2)
  await plan('s1', devices)
  let release = () => {}
  const slow = new Promise<void>((resolve) => {
    release = resolve
  })
  await run(async function* ([first, second]) {
    if (first) yield goodResult(first.deviceId)
    await slow
    if (second) yield goodResult(second.deviceId)
  })
  await jobs.add(pollJobOf(), { jobId: 'a' })
  await expect.poll(() => outcomes().length, { timeout: 10_000 }).toBe(1)
  release()
  await expect.poll(() => outcomes().length).toBe(2)
})

test('stopping ends running polls within seconds and blames no device for it', async () => {
  const devices = ids(2)
  await plan('s1', devices)
  let asked = false
  const room = await run(async function* ([first], signal) {
    if (first) yield goodResult(first.deviceId)
    asked = true
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  await jobs.add(pollJobOf(), { jobId: 'a' })
  await expect.poll(() => asked).toBe(true)
  const began = performance.now()
  await room[Symbol.asyncDispose]()
  expect(performance.now() - began).toBeLessThan(6000)
  await expect.poll(() => outcomes().map(({ result }) => result)).toEqual(['success'])
})

test('health tells that Redis answers', async () => {
  const health = new Health()
  const devices = ids(1)
  await plan('s1', devices)
  await run(async function* ([first]) {
    if (first) yield goodResult(first.deviceId)
  }, health)
  // Bull has come up: closed while it starts, it leaves a rejection behind that nobody can catch.
  await jobs.add(pollJobOf(), { jobId: 'a' })
  await expect.poll(() => outcomes().length).toBe(1)
  expect(await health.report()).toMatchObject({
    ready: true,
    components: [{ name: 'icmp collector', ok: true }],
  })
})
