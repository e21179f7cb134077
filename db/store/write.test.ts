import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { columns, type Row } from '#tests/kit/samples.js'
import { onEachKind } from '#tests/kit/store-kinds.js'
import { type DataSource, openSource } from '../source.js'
import { openStore, type Store } from './store.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }
/** Noon yesterday, UTC: the store's clock in these tests, near enough for a database that retires samples by itself. */
const start = Math.floor(Date.now() / day) * day - 12 * hour

await onEachKind('samples', ({ kind, freshUrl }) => {
  let source: DataSource
  let store: Store
  beforeAll(async () => {
    source = await openSource({ url: await freshUrl(), schema: 'telemetry', entities: [] })
    store = openStore({ source, retention, wanted: kind, now: () => start })
    await store.maintain()
  })
  afterAll(() => source.destroy())

  const write = async (rows: readonly Row[]) => {
    const resolved = await store.resolve(columns(rows))
    return source.transaction((manager) => store.writeSamples(manager, resolved))
  }
  const dump = (table: string, deviceId: string) =>
    source.query(
      `SELECT t.* FROM ${table} t JOIN series s ON s.id = t.series_id WHERE s.device_id = $1 ORDER BY 1, 2`,
      [deviceId],
    )

  describe('writing', () => {
    test('stores what it is given, exactly', async () => {
      const deviceId = crypto.randomUUID()
      const port = crypto.randomUUID()
      const rows: Row[] = [
        { deviceId, at: start - 1, value: 1.5 },
        { deviceId, at: start, value: -1e300 },
        { deviceId, at: start - 13 * day + 1, value: 5e-324 },
        { deviceId, metric: 'if.in.bps', instance: port, at: start, value: 2 ** 53 },
      ]
      expect(await write(rows)).toEqual({ stored: 4, duplicates: 0 })
      const stored = await store.latest(
        { deviceIds: [deviceId], metrics: ['icmp.rtt', 'if.in.bps'] },
        new Date(start - day),
      )
      expect(stored).toEqual([
        { deviceId, metric: 'icmp.rtt', instance: null, at: new Date(start), value: -1e300 },
        { deviceId, metric: 'if.in.bps', instance: port, at: new Date(start), value: 2 ** 53 },
      ])
    })

    test('a repeated, reordered or overlapping batch changes nothing', async () => {
      const deviceId = crypto.randomUUID()
      const rows = Array.from({ length: 200 }, (_, n) => ({ deviceId, at: start - n * 1000, value: n }))
      await write(rows.slice(0, 150))
      const before = await dump('sample', deviceId)
      expect(await write(rows.slice(0, 150))).toEqual({ stored: 0, duplicates: 150 })
      expect(await write(rows.slice(0, 150).reverse())).toEqual({ stored: 0, duplicates: 150 })
      expect(await dump('sample', deviceId)).toEqual(before)
      expect(await write([...rows.slice(100), ...rows.slice(190)])).toEqual({ stored: 50, duplicates: 60 })
      expect(await dump('sample', deviceId)).toHaveLength(200)
    })

    test('a transaction that fails half way leaves no sample and no mark', async () => {
      const deviceId = crypto.randomUUID()
      const resolved = await store.resolve(columns([{ deviceId, at: start, value: 1 }]))
      const marks = async () =>
        (await source.query('SELECT count(*)::int AS n FROM rollup_dirty'))[0].n as number
      const before = await marks()
      await source
        .transaction(async (manager) => {
          await store.writeSamples(manager, resolved)
          throw new Error('the worker died')
        })
        .catch(() => {})
      expect(await dump('sample', deviceId)).toEqual([])
      expect(await marks()).toBe(before)
    })

    test('the same batch written by two workers at once is stored once', async () => {
      const deviceId = crypto.randomUUID()
      const rows = Array.from({ length: 500 }, (_, n) => ({ deviceId, at: start - n * 1000, value: n }))
      const results = await Promise.all([write(rows), write(rows), write(rows)])
      expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(500)
      expect(await dump('sample', deviceId)).toHaveLength(500)
    })

    test('one series id per key, however many ask at once', async () => {
      const deviceId = crypto.randomUUID()
      const others = Array.from({ length: 4 }, () =>
        openStore({ source, retention, wanted: kind, now: () => start }),
      )
      const batch = columns([
        { deviceId, at: start, value: 1 },
        { deviceId, metric: 'if.oper', instance: 'a', at: start, value: 1 },
        { deviceId, metric: 'if.oper', instance: 'b', at: start, value: 1 },
      ])
      const resolved = await Promise.all(others.map((other) => other.resolve(batch)))
      expect(new Set(resolved.map(({ series }) => series.join())).size).toBe(1)
      expect(new Set(resolved[0]?.series).size).toBe(3)
    })

    test('refuses the future, the forgotten past and impossible instances, and counts them', () => {
      const deviceId = crypto.randomUUID()
      const fine = columns([{ deviceId, at: start + 4 * minute, value: 1 }])
      expect(store.accept(fine)).toEqual({ samples: fine, refused: new Map() })
      expect(store.accept(fine).samples).toBe(fine)
      const mixed = columns([
        { deviceId, at: start + 6 * minute, value: 1 },
        { deviceId, at: start - 15 * day, value: 2 },
        { deviceId, at: start, value: 3 },
        { deviceId, at: start, metric: 'if.oper', instance: 'x\0y', value: 4 },
      ])
      const { samples, refused } = store.accept(mixed)
      expect(samples.value).toEqual([3])
      expect(refused).toEqual(
        new Map([
          ['future', 1],
          ['too_old', 1],
          ['instance', 1],
        ]),
      )
    })
  })
})
