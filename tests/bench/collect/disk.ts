import { openSource } from '#db/source.js'
import type { StoreKind } from '#db/store/kind.js'
import { openStore } from '#db/store/store.js'
import { startStores } from '#tests/kit/private-stores.js'
import { compressAll, freshTimescale, licenseOf, timescaleUrl } from '#tests/kit/timescale.js'
import type { Bench, Row } from '../row.js'

/** An 8-byte time and an 8-byte value. */
const bareBytes = 16
const seriesCount = 500
const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }

/** A day of 500 series each minute: traffic, a status that stays 1, errors that stay 0, half and half. */
const fill = `
  INSERT INTO sample (series_id, at, value)
  SELECT s, t + s * interval '37 ms', CASE s % 4 WHEN 0 THEN 1 WHEN 1 THEN 0
    ELSE round((1e8 * (1 + sin(extract(epoch FROM t) / 13751 + s)) + 1e7 * random())::numeric, 3) END
  FROM generate_series(date_trunc('day', now()) - interval '1 day', date_trunc('day', now()) - interval '2 minutes', '1 minute') AS t,
    generate_series(1, ${seriesCount}) AS s`

async function bytesPerSample(url: string, kind: StoreKind): Promise<number> {
  const source = await openSource({ url, schema: 'telemetry', entities: [] })
  try {
    await openStore({ source, retention, wanted: kind }).maintain()
    await source.query(fill)
    if (kind === 'timescale') await compressAll(url)
    const size =
      kind === 'plain'
        ? `SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('sample')`
        : `SELECT sum(total_bytes) FROM public.hypertable_detailed_size('sample')`
    const [{ bytes, count }] = await source.query(
      `SELECT (${size})::float8 AS bytes, (SELECT count(*) FROM sample)::float8 AS count`,
    )
    return bytes / count
  } finally {
    await source.destroy()
  }
}

const row = (name: string, value: number, target = 'stated'): Row => ({
  name,
  value,
  unit: 'bytes/sample',
  reference: bareBytes,
  ratio: value / bareBytes,
  target,
  ok: true,
})

/** Bytes on disk for each raw sample, with the index; against an 8-byte time and an 8-byte value. */
export const disk: Bench = async () => {
  await using stores = await startStores()
  const rows = [row('disk, raw tier, plain', await bytesPerSample(stores.databaseUrl, 'plain'))]
  const name = 'disk, raw tier, compressed by TimescaleDB'
  if (timescaleUrl === undefined)
    return [...rows, row(name, Number.NaN, 'skipped: SOTP_TEST_TIMESCALE_URL is not set')]
  const license = await licenseOf(timescaleUrl)
  if (license !== 'timescale') return [...rows, row(name, Number.NaN, `skipped: its licence is "${license}"`)]
  return [...rows, row(name, await bytesPerSample(await freshTimescale(timescaleUrl), 'timescale'))]
}
