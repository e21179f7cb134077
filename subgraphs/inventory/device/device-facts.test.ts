import { beforeEach, describe, expect, test } from 'vitest'

import type { DeviceFacts, InterfaceFacts } from '#core/contract/devices.js'
import { queues } from '#core/contract/queues.js'
import { interfaceId } from '#core/service/interface-id.js'
import { createLog } from '#core/service/log.js'
import { openQueue, type Queue } from '#core/service/queue.js'
import { deviceFacts, deviceNeighbors, portFacts } from '#tests/kit/device-facts.js'
import { openInventory } from '#tests/kit/opened-inventory.js'

import { storeNeighbors } from '../topology/neighbor-report.js'
import { storeFacts } from './device-facts.js'

const { room, source } = await openInventory()
let id: string
beforeEach(async () => {
  await room.sql.query('TRUNCATE device, site, credential CASCADE')
  id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
})

const port = (key: string, ifIndex: number, rest?: Partial<InterfaceFacts>) =>
  portFacts(id, key, ifIndex, rest)
const facts = (at: number, rest?: Partial<DeviceFacts>) => deviceFacts(id, at, rest)
const fields = 'sysName sysDescr sysObjectId vendor model osVersion serialNumber updatedAt'
const read = async () => (await room.run(`{ device(id: "${id}") { ${fields} } }`)).data.device
const ports = async (args = '') =>
  (
    await room.run(
      `{ device(id: "${id}") { interfaces${args} { totalCount nodes { id name ifIndex alias description mac speedBps mtu adminUp lastSeenAt device { name } } } } }`,
    )
  ).data.device.interfaces
/** Events told since a cursor. */
async function settled(): Promise<string> {
  await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
  return room.topics.head('device.changed')
}
const toldSince = async (cursor: string) => {
  await settled()
  return (await room.topics.read('device.changed', cursor, 100)).map(({ event }) => event)
}
const minutes = 60_000

describe('facts', () => {
  test('are kept on the device and told once; the same again writes nothing', async () => {
    const head = await settled()
    await storeFacts(source, facts(1000, { interfaces: [port('ge-0/0/0', 1)] }))
    expect(await read()).toMatchObject({ sysName: 'a.example', vendor: 'MikroTik', serialNumber: 'S1' })
    const version = async () =>
      (await room.sql.query('SELECT d.xmin AS d, i.xmin AS i FROM device d, interface i')).rows
    const before = await version()
    await storeFacts(source, facts(2000, { interfaces: [port('ge-0/0/0', 1)] }))
    expect(await version()).toEqual(before)
    expect(await toldSince(head)).toMatchObject([
      {
        change: 'UPDATED',
        device: { id },
        interfaces: [{ id: interfaceId(id, 'ge-0/0/0'), name: 'ge-0/0/0' }],
      },
    ])
  })
  test('that are older than what is stored are ignored', async () => {
    await storeFacts(source, facts(5000))
    await storeFacts(source, facts(4000, { model: 'old' }))
    expect(await read()).toMatchObject({ model: 'CCR' })
    await storeFacts(source, facts(6000, { model: 'new' }))
    expect(await read()).toMatchObject({ model: 'new' })
  })
  test('not reported this time stay known, unless the hardware was swapped for another type', async () => {
    await storeFacts(source, facts(1000))
    await storeFacts(source, facts(2000, { serialNumber: null, model: ' ' }))
    expect(await read()).toMatchObject({ serialNumber: 'S1', model: 'CCR' })
    await storeFacts(source, facts(3000, { sysObjectId: '1.3.6.1.4.1.9.1', serialNumber: null }))
    expect(await read()).toMatchObject({ serialNumber: null, model: 'CCR', sysObjectId: '1.3.6.1.4.1.9.1' })
  })
  test('of ports follow renumbering, renaming and removal, and keep each id', async () => {
    await storeFacts(source, facts(1000, { interfaces: [port('a', 1), port('b', 2), port('c', 3)] }))
    const head = await settled()
    const before = await ports()
    await storeFacts(
      source,
      facts(2000, { interfaces: [port('a', 30), port('b', 20, { alias: 'uplink' }), port('c', 10)] }),
    )
    const after = await ports()
    expect(
      after.nodes.map(({ name, ifIndex }: { name: string; ifIndex: number }) => [name, ifIndex]),
    ).toEqual([
      ['c', 10],
      ['b', 20],
      ['a', 30],
    ])
    expect(after.nodes.find(({ name }: { name: string }) => name === 'a').id).toBe(before.nodes[0].id)
    expect(await toldSince(head)).toEqual([])
    await storeFacts(source, facts(3000, { interfaces: [port('b', 20), port('c', 10, { name: 'C' })] }))
    expect((await ports()).totalCount).toBe(2)
    expect((await toldSince(head))[0]?.interfaces?.map(({ name }) => name)).toEqual(['C', 'b'])
    expect(
      (await room.run(`{ interface(id: "${before.nodes[0].id}") { name device { name } } }`)).data.interface,
    ).toEqual({
      name: 'a',
      device: { name: 'a' },
    })
    await storeFacts(
      source,
      facts(4000, { interfaces: [port('a', 1), port('b', 20), port('c', 10, { name: 'C' })] }),
    )
    expect((await ports()).totalCount).toBe(3)
    await storeFacts(source, facts(5000, { interfaces: null, model: 'x' }))
    expect((await ports()).totalCount).toBe(3)
  })
  test('are seen anew at least every ten minutes', async () => {
    await storeFacts(source, facts(0, { interfaces: [port('a', 1)] }))
    await storeFacts(source, facts(9 * minutes, { interfaces: [port('a', 1)] }))
    expect((await ports()).nodes[0].lastSeenAt).toBe('1970-01-01T00:00:00.000Z')
    await storeFacts(source, facts(11 * minutes, { interfaces: [port('a', 1)] }))
    expect((await ports()).nodes[0].lastSeenAt).toBe('1970-01-01T00:11:00.000Z')
  })
  test('that no database could hold are made to fit', async () => {
    await storeFacts(
      source,
      facts(1000, {
        sysDescr: 'padded\0\0',
        interfaces: [
          port('\0', 1, {
            name: '',
            mac: '001B.54AA.BBCC',
            speedBps: '18446744073709551616000',
            mtu: 4_294_967_295,
            alias: 'a\0b',
          }),
          port('x', 2, { mac: 'not a mac', speedBps: '100000000000', type: 4e9 }),
          port('x', 3),
          port('huge', 4_294_967_296),
        ],
      }),
    )
    expect((await read()).sysDescr).toBe('padded')
    const { nodes } = await ports()
    expect(nodes).toMatchObject([
      { name: '1', mac: '00:1b:54:aa:bb:cc', speedBps: null, mtu: null, alias: 'ab' },
      { name: 'x', ifIndex: 3, mac: null, speedBps: '1000000000' },
    ])
  })
  test('of deleted or unknown devices are ignored', async () => {
    await room.run(`mutation { deleteDevice(id: "${id}") { id } }`)
    await storeFacts(source, facts(1000))
    await storeFacts(source, { ...facts(1000), deviceId: '00000000-0000-4000-8000-000000000001' })
    expect((await read()).vendor).toBeNull()
  })
  test('of 2,000 ports are stored whole', async () => {
    const many = Array.from({ length: 2000 }, (_, n) => port(`ge-0/0/${n}`, n + 1))
    await storeFacts(source, facts(1000, { interfaces: many }))
    expect((await ports('(first: 500)')).totalCount).toBe(2000)
  })
  test('come in through their queue', async () => {
    await using _planner = await room.startPlanner()
    const queue: Queue<DeviceFacts> = openQueue(queues.facts, {
      redisUrl: room.redisUrl,
      log: createLog('t', 'silent'),
    })
    await queue.add(facts(1000), { jobId: 'facts' })
    await expect.poll(async () => (await read()).vendor).toBe('MikroTik')
    await queue[Symbol.asyncDispose]()
  })

  test('and neighbours of devices that speak of each other do not wait for each other in a circle', async () => {
    const ids = [id]
    for (let n = 2; n <= 6; n++) ids.push(await room.createDevice({ name: `d${n}`, address: `10.0.0.${n}` }))
    // Each resolves all others, otherwise each time, so all are marked by all.
    const arp = (round: number) =>
      ids.map((_, n) => ({
        address: `10.0.0.${n + 1}`,
        mac: `00:00:00:00:00:0${round % 10}`,
        interfaceId: null,
      }))
    for (let round = 1; round <= 20; round++) {
      await room.sql.query('DELETE FROM topology_due')
      await Promise.all(
        ids.flatMap((one) => [
          storeFacts(
            source,
            deviceFacts(one, round, {
              interfaces: [portFacts(one, 'a', 1, { mtu: round })],
              osVersion: `${round}`,
            }),
          ),
          storeNeighbors(source, deviceNeighbors(one, round, { arp: arp(round) })),
        ]),
      )
    }
    expect((await room.sql.query('SELECT count(*)::int AS n FROM topology_due')).rows).toEqual([{ n: 6 }])
  })
})

describe('interfaces', () => {
  beforeEach(async () => {
    const many = Array.from({ length: 12 }, (_, n) =>
      port(`ge-${n}`, n + 1, {
        adminUp: n % 2 === 0,
        alias: n === 3 ? 'To 100% core' : null,
        description: `port ${n}`,
      }),
    )
    await storeFacts(source, facts(1000, { interfaces: many }))
  })
  test('are filtered by text and by whether they are switched on', async () => {
    expect((await ports('(filter: { adminUp: false })')).totalCount).toBe(6)
    expect((await ports('(filter: { search: "100% CORE" })')).nodes).toMatchObject([{ name: 'ge-3' }])
    expect((await ports('(filter: { search: "port 1", adminUp: true })')).nodes).toMatchObject([
      { name: 'ge-10' },
    ])
  })
  test('are paged by ifIndex', async () => {
    const page = (args: string) =>
      room.run(
        `{ device(id: "${id}") { interfaces(${args}) { nodes { ifIndex } pageInfo { hasNextPage endCursor } } } }`,
      )
    const first = (await page('first: 8')).data.device.interfaces
    const second = (await page(`first: 8, after: "${first.pageInfo.endCursor}"`)).data.device.interfaces
    expect([...first.nodes, ...second.nodes].map(({ ifIndex }: { ifIndex: number }) => ifIndex)).toEqual(
      Array.from({ length: 12 }, (_, n) => n + 1),
    )
    expect(second.pageInfo.hasNextPage).toBe(false)
    expect(await page('first: 501')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first' })
    expect(await page('after: "x"')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' })
  })
})
