import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'

let room: InventoryRoom
beforeAll(async () => {
  room = await startInventory()
})
afterAll(() => room[Symbol.asyncDispose]())
beforeEach(() => room.sql.query('TRUNCATE device, site, credential CASCADE'))

const create = (input: object, role?: 'OPERATOR') =>
  room.run(
    'mutation ($input: CredentialInput!) { createCredential(input: $input) { id name kind username usedBy updatedAt } }',
    { input },
    role,
  )
const update = (id: string, input: object) =>
  room.run(
    'mutation ($id: ID!, $input: CredentialInput!) { updateCredential(id: $id, input: $input) { id name kind username } }',
    { id, input },
  )
const remove = (id: string) =>
  room.run('mutation ($id: ID!) { deleteCredential(id: $id) { name usedBy } }', { id })
const secret = async (id: string) => {
  const found = await room.shelf.get(id)
  return found && JSON.parse(found.reveal())
}
const v3 = {
  name: 'v3',
  kind: 'SNMP_V3',
  username: 'admin',
  authProtocol: 'SHA256',
  authKey: 'authentic-key',
  privProtocol: 'AES128',
  privKey: 'private-key',
}

describe('credentials', () => {
  test('lie sealed in the database and on the shelf, and never come back through the graph', async () => {
    const { data } = await create(v3)
    const { id } = data.createCredential
    expect(data.createCredential).toMatchObject({ name: 'v3', kind: 'SNMP_V3', username: 'admin', usedBy: 0 })
    const { name: _, ...expected } = v3
    expect(await secret(id)).toEqual(expected)
    const stored = JSON.stringify((await room.sql.query('SELECT * FROM credential')).rows)
    expect(stored).not.toMatch(/authentic-key|private-key/)
    expect(room.subgraph.sdl).not.toMatch(/sealed:/)
    const community = await create({ name: 'v2', kind: 'SNMP_COMMUNITY', community: 'hush' })
    expect(community.data.createCredential.username).toBeNull()
    expect(await secret(community.data.createCredential.id)).toEqual({
      kind: 'SNMP_COMMUNITY',
      community: 'hush',
    })
  })
  test.each([
    [{ kind: 'SNMP_COMMUNITY' }, 'input.community'],
    [{ kind: 'SNMP_COMMUNITY', community: '' }, 'input.community'],
    [{ kind: 'SNMP_COMMUNITY', community: 'x', username: 'u' }, 'input.username'],
    [{ kind: 'SNMP_V3' }, 'input.username'],
    [{ kind: 'SNMP_V3', username: 'u', community: 'x' }, 'input.community'],
    [{ kind: 'SNMP_V3', username: 'u', authKey: '12345678' }, 'input.authProtocol'],
    [{ kind: 'SNMP_V3', username: 'u', authProtocol: 'SHA' }, 'input.authKey'],
    [{ kind: 'SNMP_V3', username: 'u', authProtocol: 'SHA', authKey: '1234567' }, 'input.authKey'],
    [{ kind: 'SNMP_V3', username: 'u', privProtocol: 'DES', privKey: '12345678' }, 'input.authProtocol'],
    [{ ...v3, privKey: null }, 'input.privKey'],
    [{ kind: 'SNMP_V3', username: 'u'.repeat(33) }, 'input.username'],
    [{ kind: 'SNMP_V3', username: 'u' }, 'input.allowWeak'],
    [{ ...v3, privProtocol: null, privKey: null }, 'input.allowWeak'],
    [{ ...v3, authProtocol: 'MD5' }, 'input.allowWeak'],
    [{ ...v3, authProtocol: 'SHA' }, 'input.allowWeak'],
    [{ ...v3, privProtocol: 'DES', allowWeak: false }, 'input.allowWeak'],
    [{ kind: 'SNMP_V3', username: 'u', name: ' ' }, 'input.name'],
  ])('refuse %j', async (wrong, field) => {
    const answer = await create({ name: 'x', ...wrong })
    expect(answer).toMatchObject({ code: 'BAD_USER_INPUT', field })
    expect(answer.message).not.toContain('1234567')
  })
  test('keep a secret that an update leaves out, replace what it says, and clear with null', async () => {
    const { id } = (await create(v3)).data.createCredential
    const sealed = async () => (await room.sql.query('SELECT sealed FROM credential')).rows[0].sealed
    const before = await sealed()
    expect((await update(id, { name: 'renamed', kind: 'SNMP_V3' })).data.updateCredential).toMatchObject({
      name: 'renamed',
      username: 'admin',
    })
    expect(await sealed()).toBe(before)
    await update(id, {
      name: 'renamed',
      kind: 'SNMP_V3',
      authKey: 'another-key',
      privProtocol: null,
      privKey: null,
      allowWeak: true,
    })
    expect(await secret(id)).toMatchObject({
      authProtocol: 'SHA256',
      authKey: 'another-key',
      privProtocol: null,
      privKey: null,
    })
    expect(await update(id, { name: 'x', kind: 'SNMP_COMMUNITY' })).toMatchObject({
      field: 'input.community',
    })
    const changed = await update(id, { name: 'x', kind: 'SNMP_COMMUNITY', community: 'public' })
    expect(changed.data.updateCredential).toMatchObject({ kind: 'SNMP_COMMUNITY', username: null })
    expect(await secret(id)).toEqual({ kind: 'SNMP_COMMUNITY', community: 'public' })
    await update(id, { name: 'y', kind: 'SNMP_COMMUNITY' })
    expect(await secret(id)).toEqual({ kind: 'SNMP_COMMUNITY', community: 'public' })
  })
  test('are not deleted while live devices use them, and leave the shelf when they are', async () => {
    const id = await room.createCredential({ name: 'v2', kind: 'SNMP_COMMUNITY', community: 'public' })
    const device = await room.createDevice({ name: 'a', address: '10.0.0.1', credentialIds: [id] })
    expect(await remove(id)).toMatchObject({ code: 'IN_USE', message: expect.stringContaining('1 device.') })
    expect((await room.run('{ credentials { name usedBy } }')).data.credentials).toEqual([
      { name: 'v2', usedBy: 1 },
    ])
    await room.run(`mutation { deleteDevice(id: "${device}") { id } }`)
    expect((await remove(id)).data.deleteCredential).toEqual({ name: 'v2', usedBy: 0 })
    expect(await secret(id)).toBeUndefined()
    expect(await remove(id)).toMatchObject({ code: 'NOT_FOUND' })
    expect(await update('x', { name: 'x', kind: 'SNMP_V3' })).toMatchObject({ code: 'NOT_FOUND' })
  })
  test('may be weak where that is said, and go on so until it is said otherwise', async () => {
    const weak = { ...v3, authProtocol: 'MD5', privProtocol: 'DES', allowWeak: true }
    const { id } = (await create(weak)).data.createCredential
    const { code } = await update(id, { name: 'v3', kind: 'SNMP_V3' })
    expect(code).toBeUndefined()
    expect((await room.run('{ credentials { allowWeak } }')).data.credentials).toEqual([{ allowWeak: true }])
    expect(await update(id, { name: 'v3', kind: 'SNMP_V3', allowWeak: false })).toMatchObject({
      field: 'input.allowWeak',
      message: expect.stringContaining('MD5 and DES'),
    })
    await update(id, {
      name: 'v3',
      kind: 'SNMP_V3',
      authProtocol: 'SHA512',
      privProtocol: 'AES256B',
      allowWeak: false,
    })
    expect((await room.run('{ credentials { allowWeak } }')).data.credentials).toEqual([{ allowWeak: false }])
  })
  test('have unique names, and their own permissions', async () => {
    const id = await room.createCredential({ name: 'one', kind: 'SNMP_COMMUNITY', community: 'public' })
    expect(await create({ ...v3, name: 'ONE' })).toMatchObject({ code: 'NAME_CONFLICT' })
    const other = await room.createCredential({ ...v3, name: 'two' })
    expect(await update(other, { name: 'One', kind: 'SNMP_V3' })).toMatchObject({ code: 'NAME_CONFLICT' })
    expect(await create({ ...v3 }, 'OPERATOR')).toMatchObject({ code: 'FORBIDDEN' })
    expect(await room.run('{ credentials { name } }', {}, 'VIEWER')).toMatchObject({ code: 'FORBIDDEN' })
    const entity =
      '{ _entities(representations: [{ __typename: "Credential", id: "ID" }]) { ... on Credential { name } } }'
    expect(await room.run(entity.replace('ID', id), {}, 'VIEWER')).toMatchObject({ code: 'FORBIDDEN' })
    expect((await room.run(entity.replace('ID', id), {}, 'AUDITOR')).data._entities).toEqual([
      { name: 'one' },
    ])
  })
})
