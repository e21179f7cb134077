import { createCipheriv, randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { openSecretBox } from '#core/service/secrets.js'
import { freshDatabase } from '#tests/kit/stores.js'

import { reseal, type SealedColumn } from './reseal.js'

const key = () => randomBytes(32).toString('base64')
const [oldKey, newKey] = [key(), key()]
const [oldBox, newBox] = [openSecretBox(oldKey), openSecretBox(newKey, [oldKey])]
const columns: SealedColumn[] = [
  { table: 'credential', id: 'id', column: 'sealed', ref: (id) => `ref/${id}` },
]

let url: string
let sql: pg.Pool
beforeAll(async () => {
  url = await freshDatabase()
  sql = new pg.Pool({ connectionString: url, options: '-c search_path=inventory', max: 2 })
})
afterAll(() => sql.end())
beforeEach(() => sql.query('TRUNCATE credential CASCADE'))

const add = async (sealed: (ref: string) => string | null): Promise<string> => {
  const id = crypto.randomUUID()
  await sql.query(
    `INSERT INTO credential (id, name, kind, sealed, updated_at) VALUES ($1::uuid, $1::text, 'SNMP_COMMUNITY', $2, now())`,
    [id, sealed(`ref/${id}`)],
  )
  return id
}
const sealedOf = async (id: string): Promise<string> =>
  (await sql.query('SELECT sealed FROM credential WHERE id = $1', [id])).rows[0].sealed
const run = () => reseal({ url, schema: 'inventory', columns, box: newBox })

/** As releases before 0.2 sealed: without the name of the key. */
function sealedBefore(ref: string, plain: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(oldKey, 'base64'), iv).setAAD(Buffer.from(ref))
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return ['v1', ...[iv, cipher.getAuthTag(), body].map((part) => part.toString('base64url'))].join('.')
}

test('seals anew what old keys sealed, and leaves alone what the current key did and what is not there', async () => {
  const old = await add((ref) => oldBox.seal(ref, 'one'))
  const older = await add((ref) => sealedBefore(ref, 'two'))
  const current = await add((ref) => newBox.seal(ref, 'three'))
  const none = await add(() => null)
  const before = await sealedOf(current)
  expect(await run()).toBe(2)
  const only = openSecretBox(newKey)
  const plain = async (id: string) => only.open(`ref/${id}`, await sealedOf(id)).reveal()
  expect(await Promise.all([old, older, current].map(plain))).toEqual(['one', 'two', 'three'])
  expect(await sealedOf(current)).toBe(before)
  expect(await sealedOf(none)).toBeNull()
  expect(await run()).toBe(0)
})

test('changes nothing where one text opens with no key, and names its row', async () => {
  const good = await add((ref) => oldBox.seal(ref, 'one'))
  const bad = await add((ref) => openSecretBox(key()).seal(ref, 'lost'))
  const before = await sealedOf(good)
  await expect(run()).rejects.toThrow(new RegExp(`^inventory: credential ${bad}: .*another key`))
  expect(await sealedOf(good)).toBe(before)
})

test('waits for a change that is under way, and seals what became of it', async () => {
  const id = await add((ref) => oldBox.seal(ref, 'before'))
  const client = await sql.connect()
  await client.query('BEGIN')
  await client.query('UPDATE credential SET sealed = $2 WHERE id = $1', [
    id,
    oldBox.seal(`ref/${id}`, 'after'),
  ])
  const running = run()
  const waits = async () =>
    (
      await sql.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      )
    ).rowCount
  await expect.poll(waits, { timeout: 10_000 }).toBe(1)
  await client.query('COMMIT')
  client.release()
  expect(await running).toBe(1)
  expect(
    openSecretBox(newKey)
      .open(`ref/${id}`, await sealedOf(id))
      .reveal(),
  ).toBe('after')
})
