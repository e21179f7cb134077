import { afterEach, beforeEach, expect, test } from 'vitest'

import { cutRedis, freshRedis, redisClients } from '../../tests/kit/stores.js'
import type { AlertChanged } from '../contract/alerts.js'
import { createLog } from './log.js'
import { endable, type SharedTopic, shareTopic } from './shared-topic.js'
import { openTopics, type TopicEvent, type Topics } from './topics.js'

const log = createLog('test', 'silent')
let redisUrl: string
let topics: Topics
let shared: SharedTopic<'alert.changed'>
let stop: AbortController
let last = 0n
beforeEach(async () => {
  redisUrl = await freshRedis()
  topics = openTopics({ redisUrl, log })
  shared = shareTopic(topics, 'alert.changed', { log, bufferMax: 50 })
  stop = new AbortController()
  last = 0n
})
afterEach(async () => {
  await shared[Symbol.asyncDispose]()
  await topics[Symbol.asyncDispose]()
})

const event = (at: number): AlertChanged => ({
  v: 1,
  kind: 'alert.changed',
  event: 'OPENED',
  at,
  alertId: '00000000-0000-4000-8000-000000000001',
  ruleId: '00000000-0000-4000-8000-000000000002',
  deviceId: '00000000-0000-4000-8000-000000000003',
  siteId: null,
  severity: 'INFO',
  state: 'FIRING',
})
async function publish(many: number): Promise<void> {
  for (let n = 0; n < many; n++) {
    last += 1n
    await topics.publish('alert.changed', event(Number(last)), last)
  }
}
async function take(many: number, from: AsyncGenerator<TopicEvent<'alert.changed'>>): Promise<number[]> {
  const seen: number[] = []
  while (seen.length < many) {
    const { done, value } = await from.next()
    if (done) break
    seen.push(value.event.at)
  }
  return seen
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const connections = async () =>
  (await redisClients(redisUrl)).filter((line) => line.includes('cmd=xread')).length

test('hands every event since the call to each listener, over one connection', async () => {
  await publish(3)
  const listeners = Array.from({ length: 20 }, () => shared.listen(undefined, stop.signal))
  await publish(5)
  for (const listener of listeners) expect(await take(5, listener)).toEqual([4, 5, 6, 7, 8])
  expect(await connections()).toBe(1)
})

test('resumes after a cursor from history and goes on live, without gap or repeat', async () => {
  await publish(1200)
  const live = shared.listen(undefined, stop.signal)
  const resumed = ['0-0', '700-0', '1200-0'].map((after) => shared.listen(after, stop.signal))
  const reading = Promise.all([
    take(10, live),
    ...resumed.map((listener, index) => take([1210, 510, 10][index] ?? 0, listener)),
  ])
  await publish(10)
  expect(await reading).toEqual([
    numbers(1201, 1210),
    numbers(1, 1210),
    numbers(701, 1210),
    numbers(1201, 1210),
  ])
})

test('a cursor that the shared reader has not reached yet is not delivered again', async () => {
  const first = shared.listen(undefined, stop.signal)
  await publish(1)
  const early = shared.listen('2-0', stop.signal)
  await publish(3)
  expect(await take(4, first)).toEqual([1, 2, 3, 4])
  expect(await take(2, early)).toEqual([3, 4])
})

test('random resumes while events keep coming lose and repeat nothing', async () => {
  await publish(100)
  const writing = publish(1500)
  const readers = Array.from({ length: 30 }, async (_, n) => {
    const after = n * 3
    if (n % 2) await new Promise((resolve) => setImmediate(resolve))
    const patientlyShared = shared.listen(`${after}-0`, stop.signal)
    expect(await take(1600 - after, patientlyShared)).toEqual(numbers(after + 1, 1600))
  })
  await Promise.all([writing, ...readers])
})

test('ends a listener that leaves too much unread, and only that one', async () => {
  const slow = shared.listen(undefined, stop.signal)
  const good = shared.listen(undefined, stop.signal)
  const seen: number[] = []
  const reading = (async () => {
    for await (const item of good) if (seen.push(item.event.at) === 60) break
  })()
  for (let n = 0; n < 6; n++) {
    await publish(10)
    await expect.poll(() => seen.length).toBe((n + 1) * 10)
  }
  await reading
  await expect(slow.next()).rejects.toThrow('More than 50 events are waiting')
})

test('ends at once by return, by signal and by disposal, and closes its connection with the last', async () => {
  const byReturn = shared.listen(undefined, stop.signal)
  const bySignal = shared.listen('0-0', stop.signal)
  const byDisposal = shared.listen(undefined, new AbortController().signal)
  const neverRead = shared.listen(undefined, new AbortController().signal)
  const waiting = [byReturn, bySignal, byDisposal].map((listener) => listener.next())
  await expect.poll(connections).toBe(1)
  await byReturn.return(undefined)
  await neverRead.return(undefined)
  stop.abort()
  expect(await waiting[0]).toEqual({ done: true, value: undefined })
  expect(await waiting[1]).toEqual({ done: true, value: undefined })
  await shared[Symbol.asyncDispose]()
  expect(await waiting[2]).toEqual({ done: true, value: undefined })
  await expect.poll(connections).toBe(0)
  const again = shared.listen(undefined, new AbortController().signal)
  await publish(1)
  expect(await take(1, again)).toEqual([1])
  expect((await shared.listen(undefined, AbortSignal.abort()).next()).done).toBe(true)
})

test('goes on after the connection was lost', async () => {
  const listener = shared.listen(undefined, stop.signal)
  await publish(1)
  expect(await take(1, listener)).toEqual([1])
  await cutRedis(redisUrl)
  await publish(2)
  expect(await take(2, listener)).toEqual([2, 3])
})

test('refuses what is not a cursor', () => {
  expect(() => shared.listen('rubbish', stop.signal)).toThrow('not a cursor')
})

test('endable passes errors and disposal on', async () => {
  const ended: string[] = []
  const make = (name: string) => {
    const controller = new AbortController()
    controller.signal.addEventListener('abort', () => ended.push(name))
    return endable(
      controller,
      (async function* () {
        yield 1
        yield 2
      })(),
    )
  }
  const thrown = make('throw')
  await thrown.next()
  await expect(thrown.throw(new Error('stop it'))).rejects.toThrow('stop it')
  {
    await using disposed = make('dispose')
    expect((await disposed.next()).value).toBe(1)
  }
  expect(ended).toEqual(['throw', 'dispose'])
})
