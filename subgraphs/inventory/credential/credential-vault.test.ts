import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '#core/service/log.js'
import { openRedis } from '#core/service/redis.js'
import { type InventoryRoom, startInventory } from '#tests/kit/inventory.js'
import { startVault, type TestVault, vaultKind } from '#tests/kit/vault.js'

const soon = { timeout: 15_000 }
const stack = new AsyncDisposableStack()
let vault: TestVault
let room: InventoryRoom
beforeAll(async () => {
  vault = stack.use(await startVault())
  room = stack.use(await startInventory(vault.env))
})
afterAll(() => stack.disposeAsync())

const community = (name: string, text: string | undefined) => ({
  name,
  kind: 'SNMP_COMMUNITY',
  community: text,
})
const save = (id: string, input: object) =>
  room.run(
    'mutation ($id: ID!, $input: CredentialInput!) { updateCredential(id: $id, input: $input) { name } }',
    {
      id,
      input,
    },
  )
const stored = (id: string) =>
  vault
    .admin<{ data: { data: Record<string, unknown> | null } }>('GET', `secret/data/sotp/credentials/${id}`)
    .then(({ data }) => data.data)
const rows = async () => (await room.sql.query('SELECT name, sealed FROM credential ORDER BY name')).rows
async function inRedis(): Promise<string> {
  const redis = openRedis(room.redisUrl, createLog('test', 'silent'))
  try {
    return JSON.stringify(await redis.hgetall('sotp:secrets'))
  } finally {
    redis.disconnect()
  }
}

test(`with Vault (${vaultKind}) a secret lies there alone: no row and no Redis holds it`, async () => {
  const id = await room.createCredential(community('one', 'canary-1'))
  expect(await stored(id)).toEqual({ kind: 'SNMP_COMMUNITY', community: 'canary-1' })
  expect((await save(id, community('one', 'canary-2'))).code).toBeUndefined()
  expect(await stored(id)).toEqual({ kind: 'SNMP_COMMUNITY', community: 'canary-2' })
  expect((await save(id, community('renamed', undefined))).code).toBeUndefined()
  expect(await stored(id)).toMatchObject({ community: 'canary-2' })
  expect(await rows()).toEqual([{ name: 'renamed', sealed: null }])
  expect(await inRedis()).toBe('{}')
  await room.run('mutation ($id: ID!) { deleteCredential(id: $id) { name } }', { id })
  await expect(stored(id)).rejects.toThrow('404')
})

test('what people broke in Vault is put right by an update', async () => {
  const id = await room.createCredential(community('broken', 'canary-1'))
  await vault.admin('POST', `secret/data/sotp/credentials/${id}`, { data: { comunity: 'typo' } })
  expect(await save(id, community('broken', undefined))).toMatchObject({ field: 'input.community' })
  expect((await save(id, community('broken', 'canary-3'))).code).toBeUndefined()
  expect(await stored(id)).toEqual({ kind: 'SNMP_COMMUNITY', community: 'canary-3' })
})

test('while Vault is sealed nothing is changed, and it is told as such', async () => {
  const id = await room.createCredential(community('kept', 'canary-1'))
  await vault.seal()
  for (const answer of [
    await room.run('mutation ($input: CredentialInput!) { createCredential(input: $input) { id } }', {
      input: community('never', 'canary-4'),
    }),
    await save(id, community('never', 'canary-4')),
  ]) {
    expect(answer.code).toBe('SECRETS_UNAVAILABLE')
    expect(answer.message).not.toContain('canary')
  }
  expect((await rows()).map(({ name }) => name)).not.toContain('never')
  expect(await room.health.report()).toMatchObject({
    ready: false,
    components: expect.arrayContaining([
      { name: 'inventory secrets', ok: false, message: 'Vault is sealed' },
    ]),
  })
  await vault.unseal()
  await expect.poll(async () => (await room.health.report()).ready, soon).toBe(true)
})

test('secrets that lay sealed in rows and on the shelf move to Vault as soon as it is there', async () => {
  const key = Buffer.alloc(32, 3).toString('base64')
  await using before = await startInventory({ SOTP_SECRETS_KEY: key })
  const id = await before.createCredential(community('old', 'canary-5'))
  expect((await before.shelf.get(id))?.reveal()).toContain('canary-5')
  await using _planner = await before.startPlanner({ ...vault.env, SOTP_SECRETS_KEY: key })
  const sealed = async () => (await before.sql.query('SELECT sealed FROM credential')).rows[0].sealed
  await expect.poll(sealed, soon).toBeNull()
  expect(await stored(id)).toEqual({ kind: 'SNMP_COMMUNITY', community: 'canary-5' })
  await expect.poll(() => before.shelf.get(id), soon).toBeUndefined()
})
