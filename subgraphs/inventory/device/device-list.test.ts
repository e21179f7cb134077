import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { deviceKind } from '#core/contract/devices.js'
import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

import { deviceOrderField } from '../enums.js'
import { encodeCursor } from '../page.js'
import type { DeviceFilter } from './device.input.js'
import { Device } from './device.js'
import { fits } from './device-filter.js'

let room: InventoryRoom
const sites: string[] = []
/** 120 devices with many equal and many unknown values; every tenth deleted, every seventh in maintenance. */
beforeAll(async () => {
  room = await startInventory()
  for (const name of ['Berlin', 'aachen']) sites.push(await room.createSite({ name }))
  const kinds = deviceKind.options
  for (let n = 0; n < 120; n++) {
    await room.sql.query(
      `INSERT INTO device (id, name, address, address_key, site_id, kind, status, tags, monitoring, vendor, model, sys_name, created_at, updated_at, deleted_at)
       VALUES (gen_random_uuid(), $1, $2, $2, $3, $4, $5, $6, '{"icmp":{"enabled":true,"intervalSeconds":30,"packets":3,"timeoutMs":1000},"snmp":null}',
         $7, $8, $9, now() - make_interval(mins => $10), now() - make_interval(mins => $11), $12)`,
      [
        `${n % 2 ? 'Switch' : 'switch'}-${n}`,
        `10.0.0.${n}`,
        [sites[0], sites[1], null][n % 3],
        kinds[n % 4],
        n % 7 ? 'ACTIVE' : 'MAINTENANCE',
        [`rack-${n % 5}`, 'all'],
        [null, 'Cisco', 'cisco', 'Juniper'][n % 4],
        n === 42 ? '100%_\\model' : null,
        n === 43 ? 'edge.EXAMPLE' : null,
        n % 6,
        n % 5,
        n % 10 ? null : new Date(),
      ],
    )
  }
  await room.sql.query('ANALYZE')
})
afterAll(() => room[Symbol.asyncDispose]())

type Order = { field: string; direction: string }
async function names(filter: object | null): Promise<string[]> {
  const { data } = await room.run(
    'query ($filter: DeviceFilter) { devices(filter: $filter, first: 500) { nodes { name } totalCount } }',
    { filter },
  )
  const found = data.devices.nodes.map(({ name }: { name: string }) => name)
  expect(data.devices.totalCount).toBe(found.length)
  return found
}
async function walk(first: number, orderBy?: Order): Promise<string[]> {
  const seen: string[] = []
  let after: string | null = null
  for (;;) {
    const { data, message } = await room.run(
      `query ($first: Int!, $after: String, $orderBy: DeviceOrder) { devices(first: $first, after: $after, orderBy: $orderBy) {
         edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } } }`,
      { first, after, orderBy },
    )
    if (!data) throw new Error(message)
    const { edges, nodes, pageInfo } = data.devices
    seen.push(...nodes.map(({ id }: { id: string }) => id))
    expect(edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(
      nodes.map(({ id }: { id: string }) => id),
    )
    expect(pageInfo.endCursor).toBe(edges.at(-1).cursor)
    if (!pageInfo.hasNextPage) return seen
    after = pageInfo.endCursor
  }
}

describe('pages', () => {
  const orders = deviceOrderField.options.flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({ field, direction })),
  )
  test.each(orders)(
    'by $field $direction meet every device once, in one order whatever the page size',
    async (order) => {
      const whole = await walk(500, order)
      expect(new Set(whole).size).toBe(108)
      expect(await walk(7, order)).toEqual(whole)
      expect(await walk(36, order)).toEqual(whole)
    },
  )
  test('unknown values come last in both directions', async () => {
    for (const direction of ['ASC', 'DESC']) {
      const { data } = await room.run(
        'query ($orderBy: DeviceOrder) { devices(first: 500, orderBy: $orderBy) { nodes { vendor } } }',
        { orderBy: { field: 'VENDOR', direction } },
      )
      const vendors: (string | null)[] = data.devices.nodes.map(
        ({ vendor }: { vendor: string | null }) => vendor,
      )
      const known = vendors.filter((vendor) => vendor !== null).map((vendor) => vendor.toLowerCase())
      expect(vendors.indexOf(null)).toBe(known.length)
      expect(known).toEqual(direction === 'ASC' ? [...known].sort() : [...known].sort().reverse())
    }
  })
  test('are stable while devices come and go', async () => {
    const page = async (after: string | null) =>
      (
        await room.run(
          'query ($after: String) { devices(first: 20, after: $after) { nodes { id name } pageInfo { endCursor } } }',
          { after },
        )
      ).data.devices
    const first = await page(null)
    const gone = first.nodes[19]
    await room.sql.query('UPDATE device SET deleted_at = now() WHERE id = $1', [gone.id])
    const id = await room.createDevice({ name: 'aaa-new', address: '10.9.9.9' })
    const second = await page(first.pageInfo.endCursor)
    await room.sql.query('UPDATE device SET deleted_at = NULL WHERE id = $1', [gone.id])
    await room.sql.query('DELETE FROM device WHERE id = $1', [id])
    expect(second.nodes).toEqual((await page(first.pageInfo.endCursor)).nodes)
  })
  test.each([
    ['first: 0', 'first'],
    ['first: 501', 'first'],
    ['first: 10, after: "rubbish"', 'after'],
    [`first: 10, after: "${encodeCursor(['NAME', 'ASC', 'x', 'y'])}"`, 'after'],
    [
      `first: 10, after: "${encodeCursor(['KIND', 'ASC', 'x', '00000000-0000-4000-8000-000000000001'])}"`,
      'after',
    ],
    [
      `first: 10, after: "${encodeCursor(['NAME', 'ASC', null, '00000000-0000-4000-8000-000000000001'])}"`,
      'after',
    ],
  ])('refuse %s', async (args, field) => {
    expect(await room.run(`{ devices(${args}) { nodes { id } } }`)).toMatchObject({
      code: 'BAD_USER_INPUT',
      field,
    })
  })
  test('refuse a time that is none', async () => {
    const after = encodeCursor(['CREATED_AT', 'ASC', "'; DROP", '00000000-0000-4000-8000-000000000001'])
    const query = `{ devices(after: "${after}", orderBy: { field: CREATED_AT }) { nodes { id } } }`
    expect(await room.run(query)).toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})

describe('filters', () => {
  test('search finds text anywhere, ignoring case, and takes every character as it is', async () => {
    expect(await names({ search: ' SWITCH-11 ' })).toEqual(
      [
        'Switch-11',
        'switch-112',
        'Switch-113',
        'switch-114',
        'Switch-115',
        'switch-116',
        'Switch-117',
        'switch-118',
        'Switch-119',
        'Switch-111',
      ].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    )
    expect(await names({ search: '0%_\\m' })).toEqual(['switch-42'])
    expect(await names({ search: 'Edge.example' })).toEqual(['Switch-43'])
    expect(await names({ search: '10.0.0.119' })).toEqual(['Switch-119'])
    expect(await names({ search: 'switch_1' })).toEqual([])
  })
  test('deleted devices are found only when asked for', async () => {
    expect(await names(null)).toHaveLength(108)
    expect(await names({ statuses: [] })).toHaveLength(108)
    expect(await names({ statuses: ['DELETED'] })).toHaveLength(12)
    expect(await names({ statuses: ['DELETED', 'ACTIVE', 'MAINTENANCE'] })).toHaveLength(120)
    expect(
      (await names({ statuses: ['ACTIVE'] })).length + (await names({ statuses: ['MAINTENANCE'] })).length,
    ).toBe(108)
  })
  test('ids that cannot exist fit nothing, and no id fits nothing', async () => {
    expect(await names({ ids: ['nonsense'] })).toEqual([])
    expect(await names({ ids: [] })).toEqual([])
    expect(await names({ siteIds: ['nonsense'] })).toEqual([])
    expect(await names({ siteIds: [] })).toHaveLength(108)
  })
  test('the filter of the list and the filter of live changes agree on every device', async () => {
    const every: Device[] = (
      await room.sql.query(
        `SELECT id, name, address, site_id AS "siteId", kind, status AS "storedStatus", tags, vendor, model,
           sys_name AS "sysName", deleted_at AS "deletedAt" FROM device`,
      )
    ).rows.map((row) => Object.assign(new Device(), row))
    const all = ['ACTIVE', 'MAINTENANCE', 'DISABLED', 'DELETED'] as const
    const filters: DeviceFilter[] = [
      {},
      { search: 'SWITCH-4' },
      { search: '%' },
      { siteIds: [sites[0] ?? ''] },
      { siteIds: [sites[1]?.toUpperCase() ?? ''], kinds: ['ROUTER', 'SERVER'] },
      { vendors: ['CISCO'] },
      { tags: ['rack-1', 'rack-4'] },
      { tags: ['rack'] },
      { ids: every.slice(0, 9).map(({ id }) => id) },
      { ids: [] },
      { statuses: ['MAINTENANCE', 'DELETED'], kinds: ['SWITCH'] },
    ]
    for (const filter of filters) {
      const wanted = { statuses: [...all], ...filter }
      const here = every.filter((device) => fits(device, wanted)).map(({ name }) => name)
      expect((await names(wanted)).sort(), JSON.stringify(filter)).toEqual(here.sort())
    }
  })
})
