import { afterAll, beforeAll, expect, test } from 'vitest'

import { type DeviceChanged, monitoring } from '#core/contract/devices.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { deviceTable, follow, followDevices, followerTable } from './projection.js'
import { type DataSource, openSource } from './source.js'

const log = createLog('test', 'silent')
let source: DataSource
let topics: Topics
beforeAll(async () => {
  source = await openSource({ url: await freshDatabase(), schema: 'auth', entities: [] })
  await source.query(followerTable)
  await source.query(deviceTable)
  await source.query('CREATE TABLE seen (n serial, who text)')
  topics = openTopics({ redisUrl: await freshRedis(), log })
})
afterAll(async () => {
  await source.destroy()
  await topics[Symbol.asyncDispose]()
})

const resync = (requestedBy: string) => ({ v: 1, kind: 'device.resync', requestedBy }) as const

test('each event takes effect exactly once, over failures and restarts', async () => {
  let failures = 2
  let lost = 0
  const start = () =>
    follow({
      source,
      topics,
      topic: 'device.resync',
      name: 'test',
      log,
      lost: async () => void lost++,
      async apply(manager, events) {
        for (const { event } of events)
          await manager.query('INSERT INTO seen (who) VALUES ($1)', [event.requestedBy])
        if (failures-- > 0) throw new Error('after the effect, before the commit')
      },
    })
  const seen = async () =>
    (await source.query('SELECT who FROM seen ORDER BY n')).map(({ who }: { who: string }) => who)
  const first = start()
  await expect.poll(async () => (await source.query('SELECT * FROM follower')).length).toBe(1)
  const names = Array.from({ length: 50 }, (_, n) => `e${n}`)
  for (const name of names.slice(0, 25)) await topics.publish('device.resync', resync(name))
  await expect.poll(async () => (await seen()).length, { timeout: 10_000 }).toBe(25)
  await first[Symbol.asyncDispose]()
  for (const name of names.slice(25)) await topics.publish('device.resync', resync(name))
  const second = start()
  await expect.poll(seen, { timeout: 10_000 }).toEqual(names)
  await second[Symbol.asyncDispose]()
  expect(lost).toBe(1)
})

test('devices are kept like their owner tells them, and asked for where there is a gap', async () => {
  const stop = new AbortController()
  const asked = (async () => {
    for await (const { event } of topics.subscribe('device.resync', { signal: stop.signal }))
      return event.requestedBy
    return undefined
  })()
  const changed: string[] = []
  await using _follower = followDevices({
    source,
    topics,
    name: 'projection',
    log,
    changed: async (_, events) => void changed.push(...events.map(({ change }) => change)),
  })
  expect(await asked).toBe('projection')
  stop.abort()
  const tell = (change: DeviceChanged['change'], name: string, id: string): DeviceChanged => ({
    v: 1,
    kind: 'device.changed',
    change,
    at: Date.now(),
    device: {
      id,
      name,
      address: '127.0.0.1',
      siteId: null,
      siteName: null,
      kind: 'SWITCH',
      status: change === 'DELETED' ? 'DELETED' : 'ACTIVE',
      tags: ['a'],
      monitoring: monitoring.parse({}),
    },
  })
  const id = crypto.randomUUID()
  await expect
    .poll(async () => (await source.query(`SELECT * FROM follower WHERE name = 'projection'`)).length)
    .toBe(1)
  await topics.publish('device.changed', tell('CREATED', 'one', id))
  await topics.publish('device.changed', tell('UPDATED', 'two', id))
  const rows = () => source.query('SELECT name, status FROM device')
  await expect.poll(rows).toEqual([{ name: 'two', status: 'ACTIVE' }])
  await topics.publish('device.changed', tell('DELETED', 'two', id))
  await expect.poll(rows).toEqual([{ name: 'two', status: 'DELETED' }])
  expect(changed).toEqual(['CREATED', 'UPDATED', 'DELETED'])
})
