import { afterAll, beforeAll, expect, test } from 'vitest'

import type { DeviceRecord } from '#core/contract/devices.js'
import { packSamples } from '#core/contract/samples.js'
import { acting } from '#core/service/audit.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openTopics, type Topics } from '#core/service/topics.js'
import { type DataSource, openSource } from '#db/source.js'
import { chassis, columns, device, type PlainSample, requestBy } from '#tests/kit/alerting.js'
import { freshDatabase, freshRedis } from '#tests/kit/stores.js'

import { start } from './evaluate.js'
import { AlertRule } from './rule/rule.js'
import { RuleService } from './rule/rule.service.js'

const log = createLog('test', 'silent')
const box = device({ name: 'edge-1' })
let url: string
let redisUrl: string
let topics: Topics
let source: DataSource
let health: Health
let room: AsyncDisposable
beforeAll(async () => {
  url = await freshDatabase()
  redisUrl = await freshRedis()
  topics = openTopics({ redisUrl, log })
  source = await openSource({ url, schema: 'alerting', entities: [AlertRule] })
  room = await open()
})
afterAll(async () => {
  await room[Symbol.asyncDispose]()
  await source.destroy()
  await topics[Symbol.asyncDispose]()
})

const followers = () => value('SELECT count(*)::int AS v FROM follower')
const value = async (sql: string) => ((await source.query(sql)) as { v: unknown }[])[0]?.v
const states = async () =>
  ((await source.query('SELECT state FROM alert ORDER BY starts_at, id')) as { state: string }[]).map(
    ({ state }) => state,
  )
const open = () => {
  health = new Health()
  return start({ config: chassis(url, redisUrl), log, health })
}
const tell = (record: DeviceRecord, interfaces?: { id: string; name: string }[]) =>
  topics.publish('device.changed', {
    v: 1,
    kind: 'device.changed',
    change: 'UPDATED',
    at: Date.now(),
    device: record,
    ...(interfaces && { interfaces }),
  })
const store = (...rows: PlainSample[]) =>
  topics.publish('samples.stored', { v: 2, kind: 'samples.stored', samples: packSamples(columns(rows)) })
const up = (value: number, agoMs: number): PlainSample => ({
  deviceId: box.id,
  metric: 'device.up',
  at: Date.now() - agoMs,
  value,
})

test('asks inventory for its devices when it starts on nothing', async () => {
  await expect.poll(followers).toBe(2)
  const asked = await topics.read('device.resync', '0-0', 10)
  expect(asked.map(({ event }) => event.requestedBy)).toEqual(['alerting'])
  await tell(box)
  await expect.poll(() => value('SELECT count(*)::int AS v FROM device')).toBe(1)
})

test('a device that goes down and comes back: pending, fired by the clock, resolved, told on the topic', async () => {
  await store(up(0, 29_000))
  await expect.poll(states).toEqual(['PENDING'])
  await expect.poll(states, { timeout: 4000 }).toEqual(['FIRING'])
  await store(up(1, 0))
  await expect.poll(states).toEqual(['RESOLVED'])
  await expect
    .poll(async () => (await topics.read('alert.changed', '0-0', 10)).map(({ event }) => event))
    .toMatchObject([
      { event: 'OPENED', state: 'FIRING', severity: 'CRITICAL', deviceId: box.id },
      { event: 'RESOLVED', state: 'RESOLVED' },
    ])
  expect(await value('SELECT summary AS v FROM alert')).toBe('edge-1 is down')
})

test('a changed rule and a named port count within two seconds', async () => {
  const rules = new RuleService(source)
  const port = crypto.randomUUID()
  await tell(box, [{ id: port, name: 'ge-0/0/1' }])
  await expect.poll(() => value('SELECT name AS v FROM interface_name')).toBe('ge-0/0/1')
  const act = (action: string) => ({ action, context: requestBy('ADMIN'), recorded: false })
  const errors = { name: 'Errors', metric: 'if.in.errors', threshold: 10 }
  const rule = await acting(act('createAlertRule'), () =>
    rules.create({ ...errors, comparison: 'GREATER', severity: 'INFO' }),
  )
  const created = Date.now()
  let seconds = 0
  await expect
    .poll(
      async () => {
        seconds += 1
        const sample = { deviceId: box.id, metric: 'if.in.errors', instance: port, value: 12 } as const
        await store({ ...sample, at: created + seconds })
        return value(`SELECT summary AS v FROM alert WHERE rule_id = '${rule.id}'`)
      },
      { timeout: 3000, interval: 100 },
    )
    .toBe('edge-1 ge-0/0/1: if.in.errors is 12/s')
  await acting(act('deleteAlertRule'), () => rules.delete(rule.id))
  await expect
    .poll(() => value(`SELECT state AS v FROM alert WHERE rule_id = '${rule.id}'`), { timeout: 3000 })
    .toBe('RESOLVED')
})

test('after a restart it goes on where it was, with what came meanwhile', async () => {
  await source.query('DELETE FROM alert')
  const cpu = (agoMs: number, load: number): PlainSample => ({
    deviceId: box.id,
    metric: 'system.cpu',
    at: Date.now() - agoMs,
    value: load,
  })
  await store(cpu(900_000, 0.95))
  await expect.poll(states).toEqual(['PENDING'])
  await room[Symbol.asyncDispose]()
  await store(cpu(500_000, 0.96))
  room = await open()
  await expect.poll(states).toEqual(['FIRING'])
  await room[Symbol.asyncDispose]()
  await store(cpu(400_000, 0.1))
  room = await open()
  await expect.poll(states).toEqual(['RESOLVED'])
})

test('a second one stands by and takes over', async () => {
  const before = await followers()
  const second = await open()
  expect((await health.report()).ready).toBe(true)
  await room[Symbol.asyncDispose]()
  room = second
  await source.query('DELETE FROM alert')
  await store({ ...up(0, 0), metric: 'icmp.loss', value: 1, at: Date.now() - 70_000 })
  await store({ ...up(0, 0), metric: 'icmp.loss', value: 1 })
  await expect.poll(states, { timeout: 5000 }).toEqual(['FIRING'])
  expect(await followers()).toBe(before)
  expect((await health.report()).components).toMatchObject([{ name: 'alerting.evaluate', ok: true }])
})

test('a lost database connection is only a pause', async () => {
  await source.query('DELETE FROM alert')
  await source.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  await store({ ...up(0, 0), metric: 'system.cpu', value: 1, at: Date.now() + 60_000 })
  await expect.poll(states, { timeout: 8000 }).toEqual(['PENDING'])
})
