import { expect, test } from 'vitest'

import { plainSeries } from '#tests/kit/plain-series.js'
import { columns } from '#tests/kit/samples.js'
import { onEachKind } from '#tests/kit/store-kinds.js'
import { freshDatabase } from '#tests/kit/stores.js'
import { type DataSource, openSource } from '../source.js'
import type { StoreKind, WantedKind } from './kind.js'
import { aggregates } from './query.js'
import { openStore, type Store } from './store.js'

const minute = 60_000
const hour = 60 * minute
const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }
const open = (url: string) => openSource({ url, schema: 'telemetry', entities: [] })
const kindOf = async (source: DataSource, wanted: WantedKind) =>
  (await openStore({ source, retention, wanted }).kind()).kind

test('a server without TimescaleDB is plain by itself, and told so where something else is asked for', async () => {
  const source = await open(await freshDatabase())
  await expect(kindOf(source, 'timescale')).rejects.toThrow(
    /SOTP_STORE_KIND: timescale cannot be had here: the extension timescaledb is not installed/,
  )
  expect(await source.query('SELECT * FROM store_kind')).toEqual([])
  expect(await openStore({ source, retention }).kind()).toEqual({
    kind: 'plain',
    why: 'the extension timescaledb is not installed on the server',
    extension: null,
    reportsUsage: false,
  })
  await expect(kindOf(source, 'timescale_apache')).rejects.toThrow(
    /asks for timescale_apache, but this database has a store of kind plain/,
  )
  await source.query(`UPDATE store_kind SET kind = 'timescale'`)
  await expect(kindOf(source, 'auto')).rejects.toThrow(
    /lie in a store of kind timescale, but the extension timescaledb is not installed/,
  )
  await source.destroy()
})

await onEachKind('a store', ({ kind, freshUrl }) => {
  const others = (['plain', 'timescale_apache', 'timescale'] as const).filter((other) => other !== kind)

  test('is decided once, by whoever is first, and keeps its kind', async () => {
    const source = await open(await freshUrl())
    const kinds = await Promise.all(Array.from({ length: 4 }, () => kindOf(source, kind)))
    expect(new Set(kinds)).toEqual(new Set([kind]))
    expect(await kindOf(source, 'auto')).toBe(kind)
    const isStep = (other: StoreKind) => kind === 'timescale_apache' && other === 'timescale'
    for (const other of others.filter((one) => !isStep(one)))
      await expect(kindOf(source, other)).rejects.toThrow(`this database has a store of kind ${kind}`)
    await source.destroy()
  })

  test.skipIf(kind === 'plain')('that holds partitions with samples stays plain', async () => {
    const source = await open(await freshUrl())
    const before = openStore({ source, retention, wanted: 'plain' })
    await before.maintain()
    const rows = await before.resolve(columns([{ deviceId: crypto.randomUUID(), at: Date.now(), value: 1 }]))
    await source.transaction((manager) => before.writeSamples(manager, rows))
    // As an installation from before kinds were written down.
    await source.query('DELETE FROM store_kind')
    const settled = await openStore({ source, retention }).kind()
    expect(settled.kind).toBe('plain')
    expect(settled.why).toMatch(/it could be timescale(_apache)? now/)
    await source.destroy()
  })

  // docs/operating.md, "Moving to another kind", statement by statement.
  test.skipIf(kind === 'plain')('takes over what lay in partitions', async () => {
    const source = await open(await freshUrl())
    const deviceId = crypto.randomUUID()
    const stoppedAt = Math.floor(Date.now() / hour) * hour - hour + 2 * minute
    const write = async (store: Store, list: readonly number[]) => {
      const rows = await store.resolve(columns(list.map((at) => ({ deviceId, at, value: at % 97 }))))
      await source.transaction((manager) => store.writeSamples(manager, rows))
      await store.rollup()
    }
    const ask = (store: Store) =>
      store.querySeries(
        { deviceIds: [deviceId], metrics: ['icmp.rtt'] },
        { from: stoppedAt - 5 * hour, to: Date.now(), stepSeconds: 300, maxPoints: 500, aggregates },
      )
    const minutes = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => from + n * minute)
    const before = openStore({ source, retention, wanted: 'plain' })
    await before.maintain()
    await write(before, minutes(stoppedAt - 4 * hour, 240))
    for (const table of ['sample', 'sample_5m', 'sample_1h']) {
      await source.query(`ALTER TABLE ${table} RENAME TO old_${table}`)
      await source.query(`CREATE TABLE ${table} (LIKE old_${table} INCLUDING ALL) PARTITION BY RANGE (at)`)
    }
    await source.query('DELETE FROM store_kind')
    const after = openStore({ source, retention, wanted: kind })
    await after.maintain()
    // The bucket in which SOTP was stopped is made of the newer samples alone, and must not stay so.
    await write(after, minutes(stoppedAt, 20))
    for (const table of ['sample', 'sample_5m', 'sample_1h'])
      await source.query(`INSERT INTO ${table} SELECT * FROM old_${table} ON CONFLICT DO NOTHING`)
    await source.query(
      `INSERT INTO rollup_dirty SELECT 'sample_5m', b, '{[1,2147483647)}'
       FROM generate_series(date_trunc('hour', $1::timestamptz), now(), '5 minutes') AS b`,
      [new Date(stoppedAt)],
    )
    await after.rollup()
    await source.query('DROP TABLE old_sample, old_sample_5m, old_sample_1h')
    const [moved] = await ask(after)
    expect(moved?.count?.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(260)
    const wanted = plainSeries(
      minutes(stoppedAt - 4 * hour, 260).map((at) => ({ at, value: at % 97 })),
      { stepSeconds: 300, ofMeans: false },
    )
    expect(moved?.last?.filter((last) => last !== null)).toEqual([...wanted.values()].map(({ last }) => last))
    await source.destroy()
  })

  test.skipIf(kind === 'plain')('takes the licence only when told to, and keeps its policies', async () => {
    const source = await open(await freshUrl())
    expect(await kindOf(source, 'timescale_apache')).toBe('timescale_apache')
    const settings = () =>
      source.query(
        'SELECT FROM timescaledb_information.hypertable_columnstore_settings WHERE segmentby IS NOT NULL',
      )
    expect(await settings()).toEqual([])
    const store = openStore({ source, retention, wanted: kind })
    await store.maintain()
    const licensed = openStore({ source, retention: { ...retention, rawDays: 9 }, wanted: kind })
    await licensed.maintain()
    const jobs = (await source.query(
      `SELECT hypertable_name, proc_name, config->>'drop_after' AS keep FROM timescaledb_information.jobs
       WHERE hypertable_schema = 'telemetry' ORDER BY 1, 2`,
    )) as Record<string, string | null>[]
    expect(await settings()).toHaveLength(kind === 'timescale' ? 3 : 0)
    expect(jobs.map((job) => Object.values(job))).toEqual(
      kind === 'timescale'
        ? [
            ['sample', 'policy_compression', null],
            ['sample', 'policy_retention', '9 days'],
            ['sample_1h', 'policy_compression', null],
            ['sample_1h', 'policy_retention', '730 days'],
            ['sample_5m', 'policy_compression', null],
            ['sample_5m', 'policy_retention', '90 days'],
          ]
        : [],
    )
    await source.destroy()
  })
})
