import { afterAll, beforeAll, expect, test } from 'vitest'

import { type AuditLog, openAuditLog } from '#tests/kit/audit-log.js'
import { contextOf, type InventoryRoom, startInventory } from '#tests/kit/inventory.js'
import { ask } from '#tests/kit/scoping.js'

let room: InventoryRoom
let log: AuditLog
beforeAll(async () => {
  room = await startInventory()
  log = openAuditLog({ ...room, schema: 'inventory' })
})
afterAll(async () => {
  await log.close()
  await room[Symbol.asyncDispose]()
})

/** Imports, and tells what was written of it. */
function load(csv: string) {
  const requestId = crypto.randomUUID()
  const query = 'mutation ($csv: String!) { importDevices(csv: $csv) { created updated } }'
  const answer = ask(room.subgraph, { query, variables: { csv } }, { ...contextOf('ADMIN'), requestId })
  return { answer, events: () => log.of(requestId) }
}

test('an import of thousands is one line, with counts', async () => {
  const rows = Array.from({ length: 2000 }, (_, n) => `${'d'.repeat(200)}-${n},10.${n >> 8}.0.${n & 255}`)
  const csv = ['name,address', ...rows, 'one-more,nowhere!'].join('\n')
  for (const count of [
    { created: 2000, updated: 0, rejected: 1 },
    { created: 0, updated: 2000, rejected: 1 },
  ]) {
    const { answer, events } = load(csv)
    expect((await answer).errors).toBeUndefined()
    expect(await events()).toMatchObject([{ action: 'importDevices', outcome: 'ALLOWED', after: { count } }])
    expect(JSON.stringify(await events()).length).toBeLessThan(100_000)
  }
})

test('an import that has to look again leaves one line', async () => {
  const known = await room.createDevice({ name: 'known', address: '10.9.0.2' })
  const other = await room.sql.connect()
  try {
    await other.query('BEGIN')
    await other.query(
      `INSERT INTO device (id, name, address, address_key, kind, status, tags, monitoring, created_at, updated_at)
       SELECT gen_random_uuid(), 'same', '10.9.0.9', '10.9.0.9', kind, status, tags, monitoring, now(), now()
       FROM device WHERE id = $1`,
      [known],
    )
    const { answer, events } = load('name,address\nsame,10.9.0.1')
    // It has seen no such device, and now waits to learn whether there will be one.
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'`
    await expect.poll(async () => (await room.sql.query(waiting)).rowCount, { timeout: 15_000 }).toBe(1)
    await other.query('COMMIT')
    expect(await answer).toEqual({ data: { importDevices: { created: 0, updated: 1 } } })
    expect(await events()).toMatchObject([{ after: { count: { created: 0, updated: 1 } } }])
  } finally {
    other.release(true)
  }
})
