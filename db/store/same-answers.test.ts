import { afterAll, beforeAll, expect, test } from 'vitest'

import { type PlainSample, plainSeries } from '#tests/kit/plain-series.js'
import { columns, type Row } from '#tests/kit/samples.js'
import { onEachKind } from '#tests/kit/store-kinds.js'
import { compressAll } from '#tests/kit/timescale.js'
import { type DataSource, openSource } from '../source.js'
import { type AggregateName, aggregates } from './query.js'
import { openStore, type Store } from './store.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** Short, so that a thousand samples reach into every tier. */
const retention = { rawDays: 2, fiveMinuteDays: 5, hourDays: 40 }
/** Noon yesterday, UTC. */
const end = Math.floor(Date.now() / day) * day - 12 * hour
const deviceIds = ['a', 'b'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-${letter.repeat(12)}`)

/** The same numbers in every run (mulberry32). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** 12 days of two devices: every few hours some samples within minutes, in no order. */
function history(): Row[] {
  const random = dice(7)
  const rows: Row[] = []
  for (const deviceId of deviceIds) {
    for (let visit = end - 12 * day; visit < end; visit += Math.ceil((1 + random() * 6) * hour)) {
      const count = Math.ceil(random() * 12)
      for (
        let at = visit;
        at < Math.min(visit + count * minute, end);
        at += 1 + Math.floor(random() * minute * 2)
      )
        rows.push({ deviceId, at, value: random() < 0.1 ? 0 : Math.round(random() ** 8 * 1e11) / 8 })
    }
  }
  return rows
    .map((row) => [random(), row] as const)
    .sort(([a], [b]) => a - b)
    .map(([, row]) => row)
}
const everything = history()
const samplesOf = (deviceId: string): PlainSample[] => everything.filter((row) => row.deviceId === deviceId)

/** What each kind answered, to be compared. */
const answers = new Map<string, unknown>()

await onEachKind('the same answers', ({ kind, freshUrl }) => {
  let source: DataSource
  let clock = end - 10 * day
  let store: Store
  const write = async (rows: readonly Row[]) => {
    const resolved = await store.resolve(store.accept(columns(rows)).samples)
    return source.transaction((manager) => store.writeSamples(manager, resolved))
  }
  const rollUpAll = async () => {
    while ((await store.rollup()) > 0);
  }
  beforeAll(async () => {
    const url = await freshUrl()
    source = await openSource({ url, schema: 'telemetry', entities: [] })
    const halts = [-10, -8, -5, -3, -1, 0].map((days) => end + days * day)
    store = openStore({ source, retention: { ...retention, rawDays: 30 }, wanted: kind, now: () => clock })
    // Time goes on; at each halt come the samples since the last one, those that were kept back, and some again.
    let from = 0
    let late: Row[] = []
    for (const until of halts) {
      clock = until
      await store.maintain()
      const fresh = everything.filter(({ at }) => at >= from && at < until)
      const [now, later] = [fresh.filter((_, n) => n % 5 > 0), fresh.filter((_, n) => n % 5 === 0)]
      for (let n = 0; n < now.length; n += 700) await write(now.slice(n, n + 700))
      await rollUpAll()
      await write([...late, ...now.slice(0, 300), ...late.slice(0, 20)])
      await rollUpAll()
      if (kind === 'timescale' && until < end) await compressAll(url)
      late = later
      from = until
    }
    await write(late)
    await rollUpAll()
    store = openStore({ source, retention, wanted: kind, now: () => clock })
    await store.maintain()
    // Some thousand short transactions.
  }, 180_000)
  afterAll(() => source.destroy())

  test('retention dropped what is older, and nothing else', async () => {
    const oldest = async (table: string) =>
      ((await source.query(`SELECT min(at) AS at FROM ${table}`))[0].at as Date).getTime()
    expect(await oldest('sample')).toBeGreaterThanOrEqual(end - 3 * day)
    expect(await oldest('sample_5m')).toBeGreaterThanOrEqual(end - 12.5 * day)
    expect(await oldest('sample_1h')).toBe(Math.floor((end - 12 * day) / hour) * hour)
    const [{ n }] = await source.query('SELECT count(*)::int AS n FROM sample WHERE at >= $1', [
      new Date(end - 2 * day),
    ])
    expect(n).toBe(everything.filter(({ at }) => at >= end - 2 * day).length)
  })

  test.each([
    { name: 'samples', days: 0.2, stepSeconds: 60, ofMeans: false },
    { name: 'samples, by the hour', days: 1.9, stepSeconds: 3600, ofMeans: false },
    { name: '5-minute figures', days: 1.5, stepSeconds: 300, ofMeans: false },
    { name: '5-minute figures beyond the samples', days: 4.5, stepSeconds: 1800, ofMeans: true },
    { name: 'hours where 5 minutes are kept', days: 4.5, stepSeconds: 21_600, ofMeans: true },
    { name: 'hours', days: 11, stepSeconds: 3600, ofMeans: true },
    { name: 'days', days: 12, stepSeconds: 86_400, ofMeans: true },
  ])('$name: $days days in steps of $stepSeconds s', async ({ name, days, stepSeconds, ofMeans }) => {
    // Beyond the newest hour, too: there the tiers are not made yet, and what is finer stands in.
    const range = { from: end - days * day, to: end + 1, stepSeconds, maxPoints: 5000 }
    const ask = (wanted: readonly AggregateName[]) =>
      store.querySeries({ deviceIds, metrics: ['icmp.rtt'] }, { ...range, aggregates: wanted })
    const found = await ask(aggregates)
    const begin = found[0]?.from ?? 0
    for (const [n, series] of found.entries()) {
      const wanted = plainSeries(
        samplesOf(deviceIds[n] ?? '').filter(({ at }) => at >= begin),
        { stepSeconds, ofMeans },
      )
      expect(series.count?.filter((count) => count !== null)).toHaveLength(wanted.size)
      for (const [at, figures] of wanted) {
        const place = (at - begin) / stepSeconds / 1000
        for (const aggregate of aggregates) {
          const value = series[aggregate]?.[place]
          const exact = figures[aggregate]
          if (aggregate !== 'avg' && aggregate !== 'p95') expect(value).toBe(exact)
          // Sums in another order; means of hours have seven digits.
          else expect(Math.abs((value ?? Number.NaN) - exact)).toBeLessThanOrEqual(1e-6 * Math.abs(exact))
        }
      }
    }
    // Asked for one by one they may come from other tiers, and must be no others.
    const [alone] = await ask(['max'])
    expect(alone?.max).toEqual(found[0]?.max)
    const rounded = JSON.stringify(found, (_, value) =>
      typeof value === 'number' ? value.toPrecision(9) : value,
    )
    if (!answers.has(name)) answers.set(name, rounded)
    expect(rounded).toBe(answers.get(name))
  })
})
