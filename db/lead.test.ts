import pg from 'pg'
import { expect, test } from 'vitest'

import { createLog } from '#core/service/log.js'
import { freshDatabase } from '#tests/kit/stores.js'

import { aborted, lead } from './lead.js'

const log = createLog('test', 'silent')

test('one leads at a time; when its session is cut it stops, and somebody leads again', async () => {
  const databaseUrl = await freshDatabase()
  const leading = new Set<string>()
  let [most, terms] = [0, 0]
  const start = (who: string) =>
    lead({
      databaseUrl,
      name: 'test_lead',
      log,
      work: async (signal) => {
        leading.add(who)
        terms += 1
        most = Math.max(most, leading.size)
        await aborted(signal)
        leading.delete(who)
      },
    })
  await using _one = start('one')
  await using _two = start('two')
  await expect.poll(() => leading.size).toBe(1)
  const admin = new pg.Client({ connectionString: databaseUrl })
  await admin.connect()
  await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND granted AND datname = current_database()",
  )
  await admin.end()
  await expect.poll(() => terms, { timeout: 5000 }).toBe(2)
  await expect.poll(() => leading.size, { timeout: 5000 }).toBe(1)
  expect(most).toBe(1)
})

test('work that fails is taken up again', async () => {
  let terms = 0
  await using _one = lead({
    databaseUrl: await freshDatabase(),
    name: 'test_lead',
    log,
    work: async (signal) => {
      terms += 1
      if (terms === 1) throw new Error('once')
      await aborted(signal)
    },
  })
  await expect.poll(() => terms, { timeout: 5000 }).toBe(2)
})

test('leaves in time even when its work does not end', async () => {
  let working = false
  const one = lead({
    databaseUrl: await freshDatabase(),
    name: 'test_lead',
    log,
    work: () => {
      working = true
      return new Promise(() => {})
    },
  })
  await expect.poll(() => working).toBe(true)
  const started = performance.now()
  await one[Symbol.asyncDispose]()
  expect(performance.now() - started).toBeLessThan(3000)
})
