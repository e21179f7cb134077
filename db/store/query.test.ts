import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { columns, type Row } from '#tests/kit/samples.js'
import { onEachKind } from '#tests/kit/store-kinds.js'
import { type DataSource, openSource } from '../source.js'
import { openStore, type Store } from './store.js'

const minute = 60_000
const hour = 60 * minute
const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }
/** Noon yesterday, UTC: the store's clock in these tests, near enough for a database that retires samples by itself. */
const start = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 12 * hour
const aggregates = ['min', 'max', 'avg', 'count'] as const

await onEachKind('samples', ({ kind, freshUrl }) => {
  let source: DataSource
  const clock = start
  let store: Store
  beforeAll(async () => {
    source = await openSource({ url: await freshUrl(), schema: 'telemetry', entities: [] })
    store = openStore({ source, retention, wanted: kind, now: () => clock })
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

  describe('roll-ups', () => {
    /** What the tiers must hold, worked out in the plainest way. */
    const expected = (rows: readonly Row[], seconds: number) => {
      const buckets = new Map<number, number[]>()
      for (const { at, value } of new Map(rows.map((row) => [row.at, row])).values()) {
        const bucket = Math.floor(at / 1000 / seconds) * seconds * 1000
        buckets.set(bucket, [...(buckets.get(bucket) ?? []), value])
      }
      return [...buckets]
        .sort(([a], [b]) => a - b)
        .map(([at, values]) => ({
          at: new Date(at),
          min: Math.min(...values),
          max: Math.max(...values),
          sum: values.reduce((sum, value) => sum + value, 0),
          count: values.length,
        }))
    }
    const tier = async (table: string, deviceId: string) =>
      (await dump(table, deviceId)).map(
        ({ series_id: _, last: __, means: ___, ...row }: Record<'series_id' | 'last' | 'means', unknown>) =>
          row,
      )

    test('late, repeated and shuffled batches end in the same figures', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({ ago: fc.integer({ min: 1, max: 400 }), value: fc.integer({ min: -9, max: 9 }) }),
            {
              minLength: 1,
              maxLength: 60,
            },
          ),
          fc.array(fc.integer({ min: 1, max: 59 }), { maxLength: 6 }),
          async (points, cuts) => {
            const deviceId = crypto.randomUUID()
            const rows = [...new Map(points.map((point) => [point.ago, point])).values()].map(
              ({ ago, value }) => ({ deviceId, at: start - 6 * hour - ago * minute, value }),
            )
            const edges = [0, ...cuts, rows.length].sort((a, b) => a - b)
            for (const [n, edge] of edges.entries()) {
              const piece = rows.slice(edges[n - 1] ?? 0, edge)
              if (piece.length > 0) await write(piece)
              if (n % 2) await store.rollup()
            }
            await write([...rows].reverse())
            await store.rollup()
            expect(await tier('sample_5m', deviceId)).toEqual(expected(rows, 300))
            expect(await tier('sample_1h', deviceId)).toEqual(expected(rows, 3600))
          },
        ),
        { numRuns: 15 },
      )
    })

    test('many series at once take the wide way and give the same', async () => {
      const devices = Array.from({ length: 120 }, () => crypto.randomUUID())
      const at = start - 3 * hour
      const rows = devices.flatMap((deviceId) =>
        Array.from({ length: 20 }, (_, port) => ({
          deviceId,
          metric: 'if.in.bps' as const,
          instance: `port ${port}`,
          at,
          value: port,
        })),
      )
      await write(rows)
      await write(rows.map((row) => ({ ...row, at: at + minute, value: row.value + 2 })))
      await store.rollup()
      const figures = await tier('sample_5m', devices[7] ?? '')
      expect(figures).toHaveLength(20)
      expect(figures[3]).toMatchObject({ at: new Date(at), count: 2 })
      expect(await tier('sample_1h', devices[119] ?? '')).toHaveLength(20)
    })

    test('two workers rolling up at once lose nothing', async () => {
      const deviceId = crypto.randomUUID()
      const rows = Array.from({ length: 120 }, (_, n) => ({
        deviceId,
        at: start - 8 * hour + n * minute,
        value: n,
      }))
      await Promise.all([write(rows.slice(0, 60)), store.rollup(), write(rows.slice(50)), store.rollup()])
      await Promise.all([store.rollup(), store.rollup(), store.rollup()])
      await store.rollup()
      expect(await tier('sample_5m', deviceId)).toEqual(expected(rows, 300))
      expect(await tier('sample_1h', deviceId)).toEqual(expected(rows, 3600))
    })
  })

  describe('reading', () => {
    test('every tier tells the same story, up to the newest sample', async () => {
      const deviceId = crypto.randomUUID()
      const rows = Array.from({ length: 600 }, (_, n) => ({ deviceId, at: start - n * 30_000, value: n % 7 }))
      await write(rows)
      await store.rollup()
      const ask = (stepSeconds: number) =>
        store.querySeries(
          { deviceIds: [deviceId], metrics: ['icmp.rtt'] },
          { from: start - 4 * hour, to: start + 1, stepSeconds, maxPoints: 500, aggregates },
        )
      const [five] = await ask(300)
      const [hours] = await ask(3600)
      const fine = await ask(30)
      expect(fine[0]?.avg?.at(-1)).toBe(0)
      expect(five?.count?.slice(0, -1)).toEqual(Array(48).fill(10))
      expect(five?.count?.at(-1)).toBe(1)
      expect(hours?.count).toEqual([120, 120, 120, 120, 1])
      expect(hours?.max?.[1]).toBe(6)
      const mean = (values: (number | null)[] = []) =>
        values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length
      expect(mean(hours?.avg?.slice(0, 4))).toBeCloseTo(mean(five?.avg?.slice(0, 48)), 9)
    })

    test('an empty bucket is null, never invented; a series without samples in range is all null', async () => {
      const deviceId = crypto.randomUUID()
      await write([
        { deviceId, at: start - 10 * minute, value: 4 },
        { deviceId, at: start - 7 * minute, value: 6 },
      ])
      const selection = { deviceIds: [deviceId], metrics: ['icmp.rtt' as const] }
      const request = { stepSeconds: 60, maxPoints: 500, aggregates }
      const [series] = await store.querySeries(selection, {
        ...request,
        from: start - 11 * minute,
        to: start - 5 * minute,
      })
      expect(series?.avg).toEqual([null, 4, null, null, 6, null])
      expect(series?.count).toEqual([null, 1, null, null, 1, null])
      expect(series?.from).toBe(start - 11 * minute)
      const [empty] = await store.querySeries(selection, {
        ...request,
        from: start - hour,
        to: start - 55 * minute,
      })
      expect(empty?.max).toEqual([null, null, null, null, null])
    })

    test('selects by interface too, many series in one answer', async () => {
      const deviceId = crypto.randomUUID()
      const ports = ['p1', 'p2', 'p3'].map((name) => `${deviceId}/${name}`)
      await write(
        ports.flatMap((instance, n) => [
          { deviceId, metric: 'if.in.bps' as const, instance, at: start, value: n },
          { deviceId, metric: 'if.out.bps' as const, instance, at: start, value: -n },
        ]),
      )
      const found = await store.querySeries(
        { instances: ports.slice(1), metrics: ['if.in.bps', 'if.out.bps'] },
        { from: start - minute, to: start + minute, stepSeconds: 60, maxPoints: 10, aggregates },
      )
      expect(found.map(({ metric, instance, max }) => [metric, instance, max?.[1]])).toEqual([
        ['if.in.bps', ports[1], 1],
        ['if.in.bps', ports[2], 2],
        ['if.out.bps', ports[1], -1],
        ['if.out.bps', ports[2], -2],
      ])
    })
  })
})
