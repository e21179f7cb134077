import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

let room: InventoryRoom
beforeAll(async () => {
  room = await startInventory()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(() => room.sql.query('TRUNCATE device, site, credential CASCADE'))

const fields = `id name address kind status tags site { id name } credentials { id name } createdAt updatedAt deletedAt
  monitoring { icmp { enabled intervalSeconds packets timeoutMs } snmp { enabled version port intervalSeconds timeoutMs retries maxRepetitions } }`
const create = (input: object, role?: 'VIEWER' | 'ADMIN') =>
  room.run(
    `mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { ${fields} } }`,
    { input },
    role,
  )
const update = (input: object) =>
  room.run(`mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { ${fields} } }`, { input })
const remove = (id: string) => room.run(`mutation ($id: ID!) { deleteDevice(id: $id) { ${fields} } }`, { id })
const restore = (id: string) =>
  room.run(`mutation ($id: ID!) { restoreDevice(id: $id) { ${fields} } }`, { id })
const read = async (id: string) =>
  (await room.run(`query ($id: ID) { device(id: $id) { ${fields} } }`, { id })).data.device
const stranger = '00000000-0000-4000-8000-000000000001'

/** The newest cursor once all is told that happened so far. */
async function settled(): Promise<string> {
  await expect.poll(async () => (await room.sql.query('SELECT 1 FROM outbox')).rowCount).toBe(0)
  return room.topics.head('device.changed')
}

/** What was told since a cursor, as `change name status`. */
async function told(after: string, many: number): Promise<string[]> {
  await expect.poll(async () => (await room.topics.read('device.changed', after, 100)).length).toBe(many)
  return (await room.topics.read('device.changed', after, 100)).map(
    ({ event: { change, device } }) => `${change} ${device.name} ${device.status}`,
  )
}

describe('createDevice', () => {
  test('fills in defaults: pinged every 30 s, no SNMP', async () => {
    const { data } = await create({ name: ' core-1 ', address: '10.0.0.1' })
    expect(data.createDevice).toMatchObject({
      name: 'core-1',
      address: '10.0.0.1',
      kind: 'OTHER',
      status: 'ACTIVE',
      tags: [],
      site: null,
      credentials: [],
      deletedAt: null,
      monitoring: { icmp: { enabled: true, intervalSeconds: 30, packets: 3, timeoutMs: 1000 }, snmp: null },
    })
    expect(await read(data.createDevice.id)).toEqual(data.createDevice)
  })
  test('credentials mean SNMP, of the version that the first is for, unless SNMP is refused', async () => {
    const v3 = await room.createCredential({ name: 'v3', kind: 'SNMP_V3', username: 'u', allowWeak: true })
    const v2 = await room.createCredential({ name: 'v2', kind: 'SNMP_COMMUNITY', community: 'public' })
    const by = async (address: string, credentialIds: string[], monitoring?: object) =>
      (await create({ name: address, address, credentialIds, ...(monitoring && { monitoring }) })).data
        .createDevice
    const first = await by('a.example', [v3, v2, v3])
    expect(first.monitoring.snmp).toMatchObject({
      enabled: true,
      version: 'V3',
      port: 161,
      intervalSeconds: 60,
    })
    expect(first.credentials.map(({ name }: { name: string }) => name)).toEqual(['v3', 'v2'])
    expect((await by('b.example', [v2])).monitoring.snmp.version).toBe('V2C')
    expect((await by('c.example', [v3], { snmp: { port: 1161 } })).monitoring.snmp).toMatchObject({
      version: 'V3',
      port: 1161,
    })
    expect((await by('d.example', [v3], { snmp: null })).monitoring.snmp).toBeNull()
    expect((await by('e.example', [], { snmp: { version: 'V1' } })).monitoring.snmp.version).toBe('V1')
  })
  test.each([
    [{ name: '  ' }, 'input.name'],
    [{ name: 'x\u0007' }, 'input.name'],
    [{ address: '10.0.0.256' }, 'input.address'],
    [{ address: '-c 1' }, 'input.address'],
    [{ siteId: stranger }, 'input.siteId'],
    [{ siteId: 'here' }, 'input.siteId'],
    [{ credentialIds: [stranger] }, 'input.credentialIds.0'],
    [{ tags: ['ok', ''] }, 'input.tags.1'],
    [{ monitoring: { snmp: { port: 0 } } }, 'input.monitoring.snmp.port'],
    [{ monitoring: { icmp: { intervalSeconds: 4 } } }, 'input.monitoring.icmp.intervalSeconds'],
  ])('refuses %j, naming %s', async (wrong, field) => {
    const answer = await create({ name: 'x', address: '10.0.0.1', ...wrong })
    expect(answer).toMatchObject({ code: 'BAD_USER_INPUT', field, data: null })
  })
  test('refuses an address that a live device has, however it is written, naming that device', async () => {
    await room.createDevice({ name: 'one', address: 'Switch.Example' })
    await room.createDevice({ name: 'six', address: '2001:DB8:0:0::1' })
    expect(await create({ name: 'two', address: 'sWITCH.example' })).toMatchObject({
      code: 'ADDRESS_CONFLICT',
      field: 'input.address',
      message: expect.stringContaining('"one"'),
    })
    expect(await create({ name: 'two', address: '2001:db8::1' })).toMatchObject({
      code: 'ADDRESS_CONFLICT',
      message: expect.stringContaining('"six"'),
    })
    expect(await create({ name: 'ONE', address: '10.0.0.9' })).toMatchObject({
      code: 'NAME_CONFLICT',
      field: 'input.name',
    })
  })
  test('lets devices that are not pinged share an address with different SNMP ports', async () => {
    const behind = (name: string, port: number) =>
      create({ name, address: '10.0.0.1', monitoring: { icmp: { enabled: false }, snmp: { port } } })
    expect((await behind('a', 16_100)).data).toBeTruthy()
    expect((await behind('b', 16_101)).data).toBeTruthy()
    expect(await behind('c', 16_101)).toMatchObject({ code: 'ADDRESS_CONFLICT', field: 'input.address' })
    expect((await create({ name: 'pinged', address: '10.0.0.1' })).data).toBeTruthy()
    expect(await create({ name: 'pinged too', address: '10.0.0.1' })).toMatchObject({
      code: 'ADDRESS_CONFLICT',
    })
  })
  test('of many that want one address at once, one gets it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => create({ name: `d${n}`, address: '10.0.0.1' })),
    )
    expect(answers.filter(({ data }) => data)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'ADDRESS_CONFLICT')).toHaveLength(7)
  })
  test('needs device.write', async () => {
    expect(await create({ name: 'x', address: '10.0.0.1' }, 'VIEWER')).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('updateDevice', () => {
  test('changes what is given and nothing else', async () => {
    const siteId = await room.createSite({ name: 'Berlin' })
    const v2 = await room.createCredential({ name: 'v2', kind: 'SNMP_COMMUNITY', community: 'public' })
    const v1 = await room.createCredential({ name: 'v1', kind: 'SNMP_COMMUNITY', community: 'private' })
    const id = await room.createDevice({
      name: 'a',
      address: '10.0.0.1',
      siteId,
      tags: ['x'],
      credentialIds: [v2],
    })
    const before = await read(id)
    const { data } = await update({ id, monitoring: { icmp: { packets: 5 }, snmp: { port: 1161 } } })
    expect(data.updateDevice).toEqual({
      ...before,
      updatedAt: data.updateDevice.updatedAt,
      monitoring: {
        icmp: { ...before.monitoring.icmp, packets: 5 },
        snmp: { ...before.monitoring.snmp, port: 1161 },
      },
    })
    const changed = (
      await update({ id, name: 'b', siteId: null, tags: [], status: 'MAINTENANCE', credentialIds: [v1, v2] })
    ).data.updateDevice
    expect(changed).toMatchObject({ name: 'b', site: null, tags: [], status: 'MAINTENANCE' })
    expect(changed.credentials.map(({ id }: { id: string }) => id)).toEqual([v1, v2])
    expect((await update({ id, monitoring: { snmp: null } })).data.updateDevice.monitoring.snmp).toBeNull()
  })
  test('what changes nothing writes nothing and tells nobody', async () => {
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1', tags: ['x'] })
    const before = await read(id)
    const head = await settled()
    const again = await update({
      id,
      name: 'a',
      tags: ['x'],
      status: 'ACTIVE',
      credentialIds: [],
      monitoring: {},
    })
    expect(again.data.updateDevice).toEqual(before)
    await update({ id, kind: 'ROUTER' })
    expect(await told(head, 1)).toEqual(['UPDATED a ACTIVE'])
  })
  test.each([
    [{ status: 'DELETED' }, 'input.status'],
    [{ name: null }, 'input.name'],
    [{ tags: null }, 'input.tags'],
    [{ credentialIds: [stranger] }, 'input.credentialIds.0'],
    [{ siteId: stranger }, 'input.siteId'],
    [{ monitoring: { snmp: { version: 'V3', retries: 9 } } }, 'input.monitoring.snmp.retries'],
  ])('refuses %j, naming %s', async (wrong, field) => {
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    expect(await update({ id, ...wrong })).toMatchObject({ code: 'BAD_USER_INPUT', field })
  })
  test('refuses names and addresses of others, and devices that are not there or deleted', async () => {
    await room.createDevice({ name: 'a', address: '10.0.0.1' })
    const id = await room.createDevice({ name: 'b', address: '10.0.0.2' })
    expect(await update({ id, address: '10.0.0.1' })).toMatchObject({
      code: 'ADDRESS_CONFLICT',
      message: expect.stringContaining('"a"'),
    })
    expect(await update({ id, name: 'A' })).toMatchObject({ code: 'NAME_CONFLICT' })
    expect(await update({ id: stranger, name: 'c' })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await update({ id: 'nobody', name: 'c' })).toMatchObject({ code: 'NOT_FOUND' })
    await remove(id)
    expect(await update({ id, name: 'c' })).toMatchObject({ code: 'CONFLICT' })
  })
})

describe('deleteDevice and restoreDevice', () => {
  test('free the name and address, keep the rest, and take it back with its status', async () => {
    const head = await settled()
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    await update({ id, status: 'DISABLED' })
    const gone = (await remove(id)).data.deleteDevice
    expect(gone).toMatchObject({ status: 'DELETED', deletedAt: expect.any(String) })
    expect((await remove(id)).data.deleteDevice).toEqual(gone)
    const other = await room.createDevice({ name: 'B', address: '10.0.0.1' })
    expect(await restore(id)).toMatchObject({
      code: 'ADDRESS_CONFLICT',
      message: expect.stringContaining('"B"'),
      field: undefined,
    })
    await update({ id: other, name: 'A', address: '10.0.0.2' })
    expect(await restore(id)).toMatchObject({ code: 'NAME_CONFLICT' })
    await remove(other)
    expect((await restore(id)).data.restoreDevice).toMatchObject({ status: 'DISABLED', deletedAt: null })
    expect((await restore(id)).data.restoreDevice.status).toBe('DISABLED')
    expect(await restore(stranger)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await remove('x')).toMatchObject({ code: 'NOT_FOUND' })
    expect(await told(head, 7)).toEqual([
      'CREATED a ACTIVE',
      'UPDATED a DISABLED',
      'DELETED a DELETED',
      'CREATED B ACTIVE',
      'UPDATED A ACTIVE',
      'DELETED A DELETED',
      'CREATED a DISABLED',
    ])
  })
})

describe('device', () => {
  test('finds by exactly one of id, name and address; deleted ones only by id', async () => {
    const id = await room.createDevice({ name: 'Core', address: '2001:db8::1' })
    const find = async (args: string, role?: null) => room.run(`{ device(${args}) { id } }`, {}, role)
    for (const args of [`id: "${id}"`, 'name: "core"', 'address: "2001:DB8:0::1"']) {
      expect((await find(args)).data.device).toEqual({ id })
    }
    expect((await find('name: "none"')).data.device).toBeNull()
    expect((await find('id: "none"')).data.device).toBeNull()
    for (const args of ['name: "core", address: "10.0.0.1"', 'name: null']) {
      expect(await find(args)).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    expect(await find(`id: "${id}"`, null)).toMatchObject({ code: 'UNAUTHENTICATED' })
    await remove(id)
    expect((await find(`id: "${id}"`)).data.device).toEqual({ id })
    expect((await find('name: "core"')).data.device).toBeNull()
  })
  test('its credentials are for those who may see them', async () => {
    const id = await room.createDevice({ name: 'a', address: '10.0.0.1' })
    const ask = (part: string) => room.run(`{ device(id: "${id}") { name ${part} } }`, {}, 'VIEWER')
    expect((await ask('status')).data.device).toEqual({ name: 'a', status: 'ACTIVE' })
    expect(await ask('credentials { name }')).toMatchObject({ code: 'FORBIDDEN' })
  })
})
