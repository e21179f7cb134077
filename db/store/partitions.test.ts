import { afterAll, beforeAll, expect, test } from 'vitest'

import { columns } from '#tests/kit/samples.js'
import { freshDatabase } from '#tests/kit/stores.js'
import { type DataSource, openSource } from '../source.js'
import { partitionNames } from './partitions.js'
import { openStore, type Store } from './store.js'
import { raw } from './tiers.js'

const day = 86_400_000
const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }
/** The store's clock in these tests. */
const start = Date.UTC(2026, 6, 8, 12)

let source: DataSource
let clock = start
let store: Store
beforeAll(async () => {
  source = await openSource({ url: await freshDatabase(), schema: 'telemetry', entities: [] })
  store = openStore({ source, retention, now: () => clock })
  await store.maintain()
})
afterAll(() => source.destroy())

const ofSamples = (names: readonly string[]) => names.filter((name) => name.startsWith('sample_2'))
const existing = async () =>
  (await partitionNames((sql, values) => source.query(sql, values), raw)).map(({ name }) => name)

test('partitions reach from the retention to three days ahead, and old ones go', async () => {
  expect(await store.maintain()).toEqual({ made: [], dropped: [] })
  const before = await existing()
  expect([before[0], before.at(-1)]).toEqual(['sample_20260624', 'sample_20260711'])
  clock = start + 2 * day
  const { made, dropped } = await store.maintain()
  expect(ofSamples(dropped)).toEqual(['sample_20260624', 'sample_20260625'])
  expect(ofSamples(made)).toEqual(['sample_20260712', 'sample_20260713'])
})

test('what a process that died left half dropped goes at the next turn', async () => {
  await source.query('ALTER TABLE sample DETACH PARTITION sample_20260626')
  clock = start + 3 * day
  expect(ofSamples((await store.maintain()).dropped)).toEqual(['sample_20260626'])
  expect(await existing()).not.toContain('sample_20260626')
})

test('retention waits for nobody who reads, and nobody waits for it', async () => {
  const reader = source.createQueryRunner()
  await reader.startTransaction()
  await reader.query('SELECT count(*) FROM sample')
  clock = start + 4 * day
  const turn = store.maintain()
  const waits = async () =>
    (
      await source.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()
           AND query LIKE '%DETACH PARTITION%CONCURRENTLY%' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
      )
    )[0].n as number
  await expect.poll(waits).toBe(1)
  // It stands behind the reader; whoever comes now passes.
  expect(await source.query('SELECT count(*)::int AS n FROM sample')).toEqual([{ n: 0 }])
  const resolved = await store.resolve(columns([{ deviceId: crypto.randomUUID(), at: clock, value: 1 }]))
  expect(await source.transaction((manager) => store.writeSamples(manager, resolved))).toMatchObject({
    stored: 1,
  })
  await reader.commitTransaction()
  await reader.release()
  expect(ofSamples((await turn).dropped)).toEqual(['sample_20260627'])
})

test('a sample without a partition is refused with the code the ingest waits for', async () => {
  const rows = await store.resolve(
    columns([{ deviceId: crypto.randomUUID(), at: start + 40 * day, value: 1 }]),
  )
  await expect(source.transaction((manager) => store.writeSamples(manager, rows))).rejects.toMatchObject({
    code: '23514',
  })
})
