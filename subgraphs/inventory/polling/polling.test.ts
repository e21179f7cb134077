import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { PollJob } from '#core/contract/polling.js'
import { queues } from '#core/contract/queues.js'
import type { CollectorKind } from '#core/contract/telemetry.js'
import { createLog } from '#core/service/log.js'
import { openQueue } from '#core/service/queue.js'
import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'
import { cutRedis } from '#tests/kit/stores.js'

let room: InventoryRoom
let stack: AsyncDisposableStack
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  room = stack.use(await startInventory())
})
afterEach(() => stack.disposeAsync())

const start = async () => stack.use(await room.startPlanner())
const update = (id: string, rest: string) =>
  room.run(`mutation { updateDevice(input: { id: "${id}", ${rest} }) { id } }`)
const planned = async (kind: CollectorKind, id: string) => (await room.plan.devices(kind, [id]))[0]
const soon = { timeout: 2000, interval: 20 }
const now = (jobs: PollJob[], kind: CollectorKind, id: string) =>
  jobs.filter((job) => job.collector === kind && job.deviceIds?.includes(id))

describe('the polling plan', () => {
  test('follows a device that is added, changed, paused, resumed, deleted and restored, each within 2 s', async () => {
    await start()
    const jobs = room.pollJobs()
    const credential = await room.createCredential({
      name: 'v2',
      kind: 'SNMP_COMMUNITY',
      community: 'public',
    })
    const other = await room.createCredential({ name: 'v1', kind: 'SNMP_COMMUNITY', community: 'private' })
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1', credentialIds: [other, credential] })
    await expect.poll(() => now(jobs, 'icmp', id).length, soon).toBe(1)
    await expect.poll(() => now(jobs, 'snmp', id).length, soon).toBe(1)
    expect(await planned('snmp', id)).toMatchObject({
      name: 'a',
      address: '10.0.0.1',
      credentialRefs: [other, credential],
      icmp: { intervalSeconds: 30 },
      snmp: { version: 'V2C' },
    })
    expect(await room.plan.shard('icmp', 'icmp/30/0of1')).toHaveLength(1)

    await update(id, 'address: "10.0.0.2"')
    await expect.poll(async () => (await planned('icmp', id))?.address, soon).toBe('10.0.0.2')
    await expect.poll(() => now(jobs, 'icmp', id).length, soon).toBe(2)
    await expect.poll(() => now(jobs, 'snmp', id).length, soon).toBe(2)

    await update(
      id,
      `monitoring: { icmp: { intervalSeconds: 10 }, snmp: { enabled: false } }, credentialIds: ["${credential}"]`,
    )
    await expect.poll(() => planned('snmp', id), soon).toBeUndefined()
    await expect.poll(() => room.plan.shard('icmp', 'icmp/10/0of1'), soon).toHaveLength(1)
    expect(await room.plan.shard('icmp', 'icmp/30/0of1')).toEqual([])

    await update(id, 'status: DISABLED')
    await expect.poll(() => planned('icmp', id), soon).toBeUndefined()
    const before = now(jobs, 'icmp', id).length
    await update(id, 'status: MAINTENANCE')
    await expect.poll(() => planned('icmp', id), soon).toBeDefined()
    await expect.poll(() => now(jobs, 'icmp', id).length, soon).toBe(before + 1)

    await room.run(`mutation { deleteDevice(id: "${id}") { id } }`)
    await expect.poll(() => planned('icmp', id), soon).toBeUndefined()
    await room.run(`mutation { restoreDevice(id: "${id}") { id } }`)
    await expect.poll(() => planned('icmp', id), soon).toBeDefined()
  })
  test('a new name is published but polls nothing', async () => {
    await start()
    const jobs = room.pollJobs()
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await expect.poll(() => now(jobs, 'icmp', id).length, soon).toBe(1)
    await update(id, 'name: "b"')
    await expect.poll(async () => (await planned('icmp', id))?.name, soon).toBe('b')
    expect(now(jobs, 'icmp', id)).toHaveLength(1)
  })
  test('is there for what existed before it started, with every secret on the shelf', async () => {
    const credential = await room.createCredential({
      name: 'v2',
      kind: 'SNMP_COMMUNITY',
      community: 'public',
    })
    const old = await room.createDevice({ name: 'old', address: '10.0.0.1', credentialIds: [credential] })
    const fresh = await room.createDevice({ name: 'fresh', address: '10.0.0.2' })
    await room.sql.query("UPDATE device SET updated_at = now() - interval '1 hour' WHERE id = $1", [old])
    await room.shelf.remove(credential)
    const jobs = room.pollJobs()
    await start()
    await expect.poll(() => planned('snmp', old), soon).toBeDefined()
    await expect.poll(async () => (await room.shelf.get(credential))?.reveal(), soon).toContain('public')
    await expect.poll(() => now(jobs, 'icmp', fresh).length, soon).toBe(1)
    expect(now(jobs, 'icmp', old)).toEqual([])
  })
  test('polls each shard once in each of its slots, however many planners there are', async () => {
    const id = await room.createDevice({
      name: 'a',
      address: '10.0.0.1',
      monitoring: { icmp: { intervalSeconds: 5 }, snmp: { intervalSeconds: 5 } },
    })
    const jobs = room.pollJobs()
    await start()
    await start()
    const slots = (kind: CollectorKind) => jobs.filter((job) => job.collector === kind && job.shard !== null)
    await expect.poll(() => Math.min(slots('icmp').length, slots('snmp').length), { timeout: 15_000 }).toBe(2)
    for (const job of slots('icmp')) {
      expect(job).toMatchObject({ shard: 'icmp/5/0of1', intervalSeconds: 5, deviceIds: null })
      expect(job.slotAt % 5000).toBe(0)
    }
    for (const job of slots('snmp')) expect(job.slotAt % 5000).toBe(2500)
    expect(new Set(slots('icmp').map(({ slotAt }) => slotAt)).size).toBe(slots('icmp').length)
    expect(await room.plan.shard('icmp', 'icmp/5/0of1')).toMatchObject([{ deviceId: id }])
  })
  test('goes on with another planner when the one that leads ends', async () => {
    const first = await room.startPlanner()
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await expect.poll(() => planned('icmp', id), soon).toBeDefined()
    await start()
    await first[Symbol.asyncDispose]()
    const other = await room.createDevice({ name: 'b', address: '10.0.0.2' })
    await expect.poll(() => planned('icmp', other), { timeout: 5000, interval: 50 }).toBeDefined()
    expect(
      (await room.health.report()).components.filter(({ name }) => name === 'inventory planner'),
    ).toMatchObject([{ ok: true }])
  })
  test('goes on by itself after PostgreSQL and Redis cut every connection', async () => {
    await start()
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await expect.poll(() => planned('icmp', id), soon).toBeDefined()
    await cutRedis(room.redisUrl)
    const admin = new pg.Client({ connectionString: room.databaseUrl })
    await admin.connect()
    room.sql.on('error', () => {})
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await admin.end()
    let other = ''
    await expect
      .poll(async () => {
        other ||= await room.createDevice({ name: 'b', address: '10.0.0.2' }).catch(() => '')
        return other
      }, soon)
      .not.toBe('')
    await expect.poll(() => planned('icmp', other), { timeout: 8000, interval: 50 }).toBeDefined()
  })
  test('is published again with time, whatever became of it', async () => {
    await room[Symbol.asyncDispose]()
    room = stack.use(await startInventory({ SOTP_INVENTORY_REPLAN_SECONDS: '1' }))
    await start()
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await expect.poll(() => planned('icmp', id), soon).toBeDefined()
    await room.plan.publish('icmp', new Map(), [])
    await expect.poll(() => planned('icmp', id), { timeout: 4000, interval: 50 }).toBeDefined()
  })
})

describe('device.resync', () => {
  test('is answered with every device, its ports, and those deleted of late', async () => {
    await room.createDevice({ name: 'a', address: '10.0.0.1' })
    const gone = await room.createDevice({ name: 'gone', address: '10.0.0.2' })
    await room.run(`mutation { deleteDevice(id: "${gone}") { id } }`)
    await start()
    const told = async (after: string) =>
      (await room.topics.read('device.changed', after, 100))
        .map(({ event }) => `${event.change} ${event.device.name} ${event.interfaces?.length}`)
        .sort()
    // A planner that was never there before cannot know whether it was asked.
    await expect.poll(async () => (await told('0-0')).length, { timeout: 5000 }).toBe(5)
    await expect.poll(async () => (await room.sql.query('SELECT 1 FROM follower')).rowCount).toBe(1)
    const head = await room.topics.head('device.changed')
    await room.topics.publish('device.resync', { v: 1, kind: 'device.resync', requestedBy: 'test' })
    await expect.poll(() => told(head), { timeout: 5000 }).toEqual(['DELETED gone 0', 'UPDATED a 0'])
  })
})

describe('pollNow', () => {
  const ask = (id: string, role: 'ADMIN' | 'VIEWER' = 'ADMIN') =>
    room.run('mutation ($id: ID!) { pollNow(deviceId: $id) }', { id }, role)
  test('adds a job for each kind that is enabled, one a second at most', async () => {
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1', monitoring: { snmp: {} } })
    const jobs = room.pollJobs()
    expect((await ask(id)).data.pollNow).toBe(true)
    await expect.poll(() => jobs.map(({ collector }) => collector).sort(), soon).toEqual(['icmp', 'snmp'])
    expect(jobs[0]).toMatchObject({ deviceIds: [id], shard: null, intervalSeconds: null })
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(id)))
    expect(answers.every(({ data }) => data.pollNow)).toBe(true)
    const queue = openQueue(queues.pollIcmp, { redisUrl: room.redisUrl, log: createLog('test', 'silent') })
    await expect.poll(async () => (await queue.counts()).waiting, soon).toBe(0)
    await queue[Symbol.asyncDispose]()
    expect(jobs.filter(({ collector }) => collector === 'icmp').length).toBeLessThanOrEqual(3)
  })
  test('says no where there is nothing to poll, and why where it must not', async () => {
    const id = await room.createDevice({
      name: 'a',
      address: '10.0.0.1',
      monitoring: { icmp: { enabled: false } },
    })
    expect((await ask(id)).data.pollNow).toBe(false)
    await update(id, 'status: DISABLED')
    expect(await ask(id)).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('"a" is disabled'),
    })
    await room.run(`mutation { deleteDevice(id: "${id}") { id } }`)
    expect(await ask(id)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await ask('nobody')).toMatchObject({ code: 'NOT_FOUND' })
    expect(await ask(id, 'VIEWER')).toMatchObject({ code: 'FORBIDDEN' })
  })
})
