import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

let room: InventoryRoom
beforeAll(async () => {
  room = await startInventory()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(() => room.sql.query('TRUNCATE device, site, credential CASCADE'))

const fields = 'id name city country latitude longitude timezone'
const create = (input: object, role?: 'VIEWER') =>
  room.run(`mutation ($input: SiteInput!) { createSite(input: $input) { ${fields} } }`, { input }, role)
const update = (id: string, input: object) =>
  room.run(`mutation ($id: ID!, $input: SiteInput!) { updateSite(id: $id, input: $input) { ${fields} } }`, {
    id,
    input,
  })
const remove = (id: string) => room.run(`mutation ($id: ID!) { deleteSite(id: $id) { name } }`, { id })
const stranger = '00000000-0000-4000-8000-000000000001'

describe('sites', () => {
  test('are added, listed by name and changed as far as it is said', async () => {
    const berlin = {
      name: 'Berlin',
      city: 'Berlin',
      country: 'DE',
      latitude: 52.5,
      longitude: 13.4,
      timezone: 'Europe/Berlin',
    }
    const { data } = await create(berlin)
    expect(data.createSite).toMatchObject(berlin)
    await create({ name: 'aachen' })
    expect((await room.run('{ sites { name } }', {}, 'VIEWER')).data.sites).toEqual([
      { name: 'aachen' },
      { name: 'Berlin' },
    ])
    const id = data.createSite.id
    expect((await update(id, { name: 'Berlin 2', city: null })).data.updateSite).toEqual({
      ...berlin,
      id,
      name: 'Berlin 2',
      city: null,
    })
    expect((await room.run(`{ site(id: "${id}") { name } }`)).data.site.name).toBe('Berlin 2')
    expect((await room.run('{ site(id: "nowhere") { name } }')).data.site).toBeNull()
  })
  test.each([
    [{ name: '' }, 'input.name'],
    [{ latitude: 90.1 }, 'input.latitude'],
    [{ longitude: -181 }, 'input.longitude'],
    [{ timezone: 'Berlin' }, 'input.timezone'],
  ])('refuse %j', async (wrong, field) => {
    expect(await create({ name: 'x', ...wrong })).toMatchObject({ code: 'BAD_USER_INPUT', field })
  })
  test('have unique names, and mutations need site.write', async () => {
    await create({ name: 'Berlin' })
    const id = await room.createSite({ name: 'Paris' })
    expect(await create({ name: 'BERLIN' })).toMatchObject({ code: 'NAME_CONFLICT', field: 'input.name' })
    expect(await update(id, { name: 'berlin' })).toMatchObject({ code: 'NAME_CONFLICT' })
    expect(await update(stranger, { name: 'x' })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await create({ name: 'x' }, 'VIEWER')).toMatchObject({ code: 'FORBIDDEN' })
  })
  test('are not deleted while devices stand there; a deleted device loses its site', async () => {
    const siteId = await room.createSite({ name: 'Berlin' })
    const [one, two] = [
      await room.createDevice({ name: 'a', address: '10.0.0.1', siteId }),
      await room.createDevice({ name: 'b', address: '10.0.0.2', siteId }),
    ]
    expect(await remove(siteId)).toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining('2 devices'),
    })
    await room.run(`mutation { deleteDevice(id: "${one}") { id } }`)
    expect(await remove(siteId)).toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining('1 device;'),
    })
    await room.run(`mutation { updateDevice(input: { id: "${two}", siteId: null }) { id } }`)
    expect((await remove(siteId)).data.deleteSite).toEqual({ name: 'Berlin' })
    expect(await remove(siteId)).toMatchObject({ code: 'NOT_FOUND' })
    const restored = await room.run(`mutation { restoreDevice(id: "${one}") { site { name } } }`)
    expect(restored.data.restoreDevice.site).toBeNull()
  })
  test('tell their devices when they are renamed, and only then', async () => {
    const siteId = await room.createSite({ name: 'Berlin' })
    await room.createDevice({ name: 'a', address: '10.0.0.1', siteId })
    await room.createDevice({ name: 'elsewhere', address: '10.0.0.2' })
    await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
    const head = await room.topics.head('device.changed')
    await update(siteId, { name: 'Berlin', city: 'B' })
    await update(siteId, { name: 'Mitte' })
    await expect.poll(async () => (await room.topics.read('device.changed', head, 10)).length).toBe(1)
    const [told] = await room.topics.read('device.changed', head, 10)
    expect(told?.event).toMatchObject({ change: 'UPDATED', device: { name: 'a', siteName: 'Mitte' } })
  })
  test('page through their devices, by name', async () => {
    const siteId = await room.createSite({ name: 'Berlin' })
    for (let n = 0; n < 5; n++) await room.createDevice({ name: `d${n}`, address: `10.0.0.${n}`, siteId })
    const page = async (args: string) =>
      room.run(
        `{ site(id: "${siteId}") { devices(${args}) { nodes { name } totalCount pageInfo { hasNextPage endCursor } } } }`,
      )
    const first = (await page('first: 3')).data.site.devices
    expect(first).toMatchObject({
      nodes: [{ name: 'd0' }, { name: 'd1' }, { name: 'd2' }],
      totalCount: 5,
      pageInfo: { hasNextPage: true },
    })
    const second = (await page(`first: 3, after: "${first.pageInfo.endCursor}"`)).data.site.devices
    expect(second).toMatchObject({
      nodes: [{ name: 'd3' }, { name: 'd4' }],
      pageInfo: { hasNextPage: false },
    })
    expect(await page('first: 0')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'first' })
    expect(await page('first: 1, after: "x"')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'after' })
  })
})
