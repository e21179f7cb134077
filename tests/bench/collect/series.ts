import pg from 'pg'

import { openSource } from '#db/source.js'
import { openStore } from '#db/store/store.js'
import { openGraph } from '#tests/kit/graph.js'
import { startStores } from '#tests/kit/private-stores.js'
import { startProduct } from '#tests/kit/product.js'
import { type Bench, percentile, type Row } from '../row.js'

const devicesCount = 1000
const portsAsked = 50
const asks = 40
const p95MaxMs = 150
const retention = { rawDays: 14, fiveMinuteDays: 90, hourDays: 730 }

/**
 * 1,000 devices with a port each: its traffic in the tiers for 30 days, and each minute of the last three, of which a chart
 * of a day reads two partitions. Made by the server itself, in the order of time, as polling would have laid it down.
 */
async function fill(databaseUrl: string): Promise<void> {
  const source = await openSource({ url: databaseUrl, schema: 'telemetry', entities: [] })
  await openStore({ source, retention, wanted: 'plain' }).maintain()
  await source.destroy()
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const statements = [
    `CREATE TEMPORARY TABLE port AS SELECT n, gen_random_uuid() AS device_id, gen_random_uuid() AS id
     FROM generate_series(1, ${devicesCount}) AS n`,
    `INSERT INTO inventory.device (id, name, address, address_key, kind, status, tags, monitoring, created_at, updated_at)
     SELECT device_id, format('bench-%s', lpad(n::text, 4, '0')), format('10.1.%s.%s', n / 250, n % 250), format('%s', n),
       'SWITCH', 'DISABLED', '{}', '{"icmp": {"enabled": false, "intervalSeconds": 30, "packets": 1, "timeoutMs": 500}, "snmp": null}',
       now(), now() FROM port`,
    `INSERT INTO inventory.interface (id, device_id, key, if_index, name, type, admin_up, present, last_seen_at)
     SELECT id, device_id, 'eth0', 1, 'eth0', 6, true, true, now() FROM port`,
    `INSERT INTO telemetry.series (device_id, metric, instance) SELECT device_id, 'if.in.bps', id::text FROM port`,
    `INSERT INTO telemetry.sample (series_id, at, value)
     SELECT s.id, t, 1e8 * (1 + sin(extract(epoch FROM t) / 13751 + s.id)) + 1e7 * random()
     FROM generate_series(date_trunc('minute', now()) - interval '3 days', now(), '1 minute') AS t, telemetry.series s`,
    ...[
      ['sample_5m', '5 minutes', '', ''],
      ['sample_1h', '1 hour', ', means', `, array_fill(1e8::real, ARRAY[12])`],
    ].map(
      ([table, step, column, means]) =>
        `INSERT INTO telemetry.${table} (series_id, at, min, max, sum, count, last${column})
         SELECT s.id, t, 9e7, 2e8 * random(), 5e8, 5, 1e8${means}
         FROM generate_series(date_bin('${step}', now() - interval '30 days', 'epoch'), now() - interval '${step}', '${step}') AS t,
           telemetry.series s`,
    ),
    `UPDATE telemetry.rollup_progress SET until = date_bin(CASE tier WHEN 'sample_5m' THEN interval '5 minutes' ELSE '1 hour' END, now(), 'epoch')`,
    'VACUUM (ANALYZE) telemetry.sample, telemetry.sample_5m, telemetry.sample_1h, telemetry.series',
  ]
  for (const statement of statements) await client.query(statement)
  await client.end()
}

interface Answer {
  devices: { nodes: { interfaces: { nodes: { series: { points: unknown[] }[] }[] } }[] }
}
const query = `query ($first: Int!, $after: String, $range: TimeRangeInput!, $aggregate: [Aggregate!]) {
  devices(first: $first, after: $after) {
    nodes { interfaces(first: 1) { nodes { series(metrics: ["if.in.bps"], range: $range, maxPoints: 500, aggregate: $aggregate) { points { at value } } } } }
  } }`

/** How long a chart of 50 ports takes at the gateway: HTTP, plan, inventory, telemetry, one statement. */
export const series: Bench = async () => {
  await using stores = await startStores()
  await fill(stores.databaseUrl)
  await using product = await startProduct({
    args: ['--no-lab'],
    env: {
      SOTP_DATABASE_URL: stores.databaseUrl,
      SOTP_REDIS_URL: stores.redisUrl,
      // One user asks for forty such pages within seconds here.
      SOTP_GATEWAY_RATE_PER_MINUTE: '100000000',
    },
  })
  await using graph = await openGraph(product.url, product.admin)
  const rows: Row[] = []
  for (const [last, aggregate, name] of [
    ['24h', 'AVG', '24 h of samples'],
    ['24h', 'P95', '24 h of samples, 95th percentile'],
    ['30d', 'MAX', '30 days of hours'],
  ] as const) {
    const took: number[] = []
    let points = 0
    for (let n = 0; n < asks; n++) {
      const startedAt = performance.now()
      const { devices } = await graph.ask<Answer>(query, {
        first: portsAsked,
        range: { last },
        aggregate: [aggregate],
      })
      took.push(performance.now() - startedAt)
      points = devices.nodes.flatMap(({ interfaces }) => interfaces.nodes[0]?.series[0]?.points ?? []).length
    }
    const value = percentile(took.slice(asks / 4), 0.95)
    rows.push({
      name: `series of ${portsAsked} ports, ${name}, ${points} points (p95)`,
      value,
      unit: 'ms',
      reference: p95MaxMs,
      ratio: value / p95MaxMs,
      target: `≤ ${p95MaxMs} ms`,
      ok: value <= p95MaxMs,
    })
  }
  return rows
}
