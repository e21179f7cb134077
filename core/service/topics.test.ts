import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { freshRedis } from '#tests/kit/stores.js'
import type { DeviceResync } from '../contract/devices.js'
import { createLog } from './log.js'
import { openTopics, type Topics } from './topics.js'

const event = (requestedBy: string): DeviceResync => ({ v: 1, kind: 'device.resync', requestedBy })

describe('topics on Redis Streams', () => {
  let topics: Topics
  let redisUrl: string
  beforeAll(async () => {
    redisUrl = await freshRedis()
    topics = openTopics({ redisUrl, log: createLog('test', 'silent') })
  })
  afterAll(() => topics[Symbol.asyncDispose]())

  async function take(count: number, after?: string): Promise<{ cursor: string; who: string }[]> {
    const stop = new AbortController()
    const seen: { cursor: string; who: string }[] = []
    for await (const { cursor, event } of topics.subscribe('device.resync', {
      ...(after && { after }),
      signal: stop.signal,
    })) {
      seen.push({ cursor, who: event.requestedBy })
      if (seen.length === count) stop.abort()
    }
    return seen
  }

  test('delivers in order, resumes after a cursor, and a repeated id changes nothing', async () => {
    expect(await topics.head('device.resync')).toBe('0-0')
    await topics.publish('device.resync', event('a'), 10n)
    await topics.publish('device.resync', event('b'), 11n)
    await topics.publish('device.resync', event('b again'), 11n)
    await topics.publish('device.resync', event('c'), 12n)
    expect(await take(3, '0-0')).toEqual([
      { cursor: '10-0', who: 'a' },
      { cursor: '11-0', who: 'b' },
      { cursor: '12-0', who: 'c' },
    ])
    expect((await take(1, '11-0'))[0]?.who).toBe('c')
  })

  test('says whether history reaches back to a cursor', async () => {
    expect(await topics.reaches('device.resync', '0-0')).toBe(true)
    expect(await topics.reaches('device.resync', '11-0')).toBe(true)
    expect(await topics.reaches('device.resync', '99-0')).toBe(false)
    expect(await topics.reaches('device.resync', 'rubbish')).toBe(false)
    const redis = new Redis(redisUrl)
    await redis.xtrim('sotp:topic:device.resync', 'MAXLEN', 1)
    redis.disconnect()
    expect(await topics.reaches('device.resync', '10-0')).toBe(false)
    expect(await topics.reaches('device.resync', '12-0')).toBe(true)
  })

  test('reads what lies after a cursor at once, skipping what it cannot read', async () => {
    const own = openTopics({ redisUrl: await freshRedis(), log: createLog('test', 'silent') })
    expect(await own.read('device.resync', '0-0', 10)).toEqual([])
    for (const id of [1n, 2n, 5n]) await own.publish('device.resync', event(`${id}`), id)
    expect((await own.read('device.resync', '0-0', 2)).map(({ cursor }) => cursor)).toEqual(['1-0', '2-0'])
    expect((await own.read('device.resync', '2-0', 2)).map(({ cursor }) => cursor)).toEqual(['5-0'])
    expect(await own.read('device.resync', '5-0', 2)).toEqual([])
    await expect(own.read('device.resync', 'rubbish', 1)).rejects.toThrow('not a cursor')
    await own[Symbol.asyncDispose]()
  })

  test('ends a subscription at once while Redis is away', async () => {
    const told: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => told.push(line) })
    const own = openTopics({ redisUrl: 'redis://127.0.0.1:1', log })
    const stop = new AbortController()
    const waiting = own.subscribe('device.resync', { after: '0-0', signal: stop.signal }).next()
    await expect.poll(() => told.length).toBe(2)
    stop.abort()
    expect((await waiting).done).toBe(true)
    await own[Symbol.asyncDispose]()
  })

  test('refuses an event that does not fit and skips one it cannot read', async () => {
    await expect(topics.publish('device.resync', { nonsense: true } as never)).rejects.toThrow()
    const head = await topics.head('device.resync')
    const redis = new Redis(redisUrl)
    await redis.xadd('sotp:topic:device.resync', '*', 'event', '{not json')
    redis.disconnect()
    await topics.publish('device.resync', event('after rubbish'))
    expect((await take(1, head))[0]?.who).toBe('after rubbish')
  })
})
