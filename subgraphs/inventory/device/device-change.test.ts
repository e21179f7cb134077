import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

let room: InventoryRoom
beforeAll(async () => {
  room = await startInventory()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(() => room.sql.query('TRUNCATE device, site, credential CASCADE'))

const query = `subscription ($filter: DeviceFilter, $after: String) {
  deviceChanged(filter: $filter, after: $after) { kind cursor device { name status site { name } } } }`
type Stream = Awaited<ReturnType<InventoryRoom['subscribe']>>
interface Change {
  kind: string
  cursor: string
  device: { name: string; status: string; site: { name: string } | null }
}
async function take(stream: Stream, many: number): Promise<Change[]> {
  const seen: Change[] = []
  while (seen.length < many) {
    const { value, done } = await stream.next()
    if (done) break
    seen.push((value.data as { deviceChanged: Change }).deviceChanged)
  }
  return seen
}
const words = (changes: Change[]) =>
  changes.map(({ kind, device }) => `${kind} ${device.name} ${device.status}`)
const update = (id: string, rest: string) =>
  room.run(`mutation { updateDevice(input: { id: "${id}", ${rest} }) { id } }`)

describe('deviceChanged', () => {
  test('tells each change to everybody, with the device as it is, deletions too', async () => {
    const streams = await Promise.all([room.subscribe(query), room.subscribe(query, {}, 'VIEWER')])
    const site = await room.createSite({ name: 'Berlin' })
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1', siteId: site })
    for (const stream of streams) {
      expect(await take(stream, 1)).toMatchObject([
        { kind: 'CREATED', device: { name: 'a', site: { name: 'Berlin' } } },
      ])
    }
    await update(id, 'name: "b"')
    for (const stream of streams) expect(words(await take(stream, 1))).toEqual(['UPDATED b ACTIVE'])
    await room.run(`mutation { updateSite(id: "${site}", input: { name: "Mitte" }) { id } }`)
    for (const stream of streams) {
      expect(await take(stream, 1)).toMatchObject([{ kind: 'UPDATED', device: { site: { name: 'Mitte' } } }])
    }
    await room.run(`mutation { deleteDevice(id: "${id}") { id } }`)
    for (const stream of streams) expect(words(await take(stream, 1))).toEqual(['DELETED b DELETED'])
    for (const stream of streams) {
      const waiting = stream.next()
      await stream.return(undefined)
      expect((await waiting).done).toBe(true)
    }
  })
  test('applies its filter to the device as it is', async () => {
    const stream = await room.subscribe(query, { filter: { tags: ['core'], statuses: ['ACTIVE'] } })
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1', tags: ['core'] })
    await room.createDevice({ name: 'b', address: '10.0.0.2' })
    expect(words(await take(stream, 1))).toEqual(['CREATED a ACTIVE'])
    await room.run(`mutation { deleteDevice(id: "${id}") { id } }`)
    await room.createDevice({ name: 'c', address: '10.0.0.3', tags: ['core'] })
    expect(words(await take(stream, 1))).toEqual(['CREATED c ACTIVE'])
    await stream.return(undefined)
  })
  test('resumes after a cursor without gap or repeat', async () => {
    const first = await room.subscribe(query)
    for (const n of [1, 2, 3]) await room.createDevice({ name: `d${n}`, address: `10.0.0.${n}` })
    const [change] = await take(first, 3)
    await first.return(undefined)
    await room.createDevice({ name: 'd4', address: '10.0.0.4' })
    const resumed = await room.subscribe(query, { after: change?.cursor })
    await room.createDevice({ name: 'd5', address: '10.0.0.5' })
    expect((await take(resumed, 4)).map(({ device }) => device.name)).toEqual(['d2', 'd3', 'd4', 'd5'])
    await resumed.return(undefined)
  })
  test('refuses a cursor that is none, one that is out of reach, and whoever may not see devices', async () => {
    await expect(room.subscribe(query, { after: 'rubbish' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'after',
    })
    await expect(room.subscribe(query, {}, null)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
    const redis = new Redis(room.redisUrl)
    await redis.xtrim('sotp:topic:device.changed', 'MAXLEN', 1)
    redis.disconnect()
    await expect(room.subscribe(query, { after: '1-0' })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('load the list again'),
    })
  })
})
