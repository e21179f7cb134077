import pg from 'pg'

import { openSource } from '#db/source.js'
import { foundHost, makeRun } from '#tests/kit/discovery.js'
import type { WholeGraph } from '#tests/kit/whole-graph.js'

/** Links to neighbours that nobody watches. */
export const unwatched = {
  mine: '0f1d7b0e-6d0b-4a51-8a6c-3b1b7e2f0a01',
  other: '0f1d7b0e-6d0b-4a51-8a6c-3b1b7e2f0a02',
}

interface Ports {
  mine: string
  other: string
  myPort: string
  otherPort: string
}

/** A run of each site, and what it found. */
export async function makeRuns(
  { databaseUrl }: WholeGraph,
  { site, otherSite }: { site: string; otherSite: string },
): Promise<{ myRun: string; otherRun: string }> {
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  try {
    const find = (siteId: string, address: string, sysName: string) =>
      makeRun(sql, { siteId, hosts: [foundHost(address, { sysName })] })
    return {
      myRun: await find(site, '10.1.0.50', 'mine-found'),
      otherRun: await find(otherSite, '10.2.0.50', 'other-found'),
    }
  } finally {
    await sql.end()
  }
}

/** What the workers, which do not run here, would have written of what the scene holds. */
export async function writeRows({ databaseUrl }: WholeGraph, ports: Ports): Promise<void> {
  const alerting = await openSource({ url: databaseUrl, schema: 'alerting', entities: [] })
  await alerting.query(
    `INSERT INTO interface_name (id, device_id, name) VALUES ($1, $2, 'mine-ge-0'), ($3, $4, 'other-ge-0')`,
    [ports.myPort, ports.mine, ports.otherPort, ports.other],
  )
  await alerting.destroy()
  const inventory = await openSource({ url: databaseUrl, schema: 'inventory', entities: [] })
  await inventory.query(
    `INSERT INTO interface_change (device_id, interface_id, kind, at, before, after, ports)
     VALUES ($1, $2, 'RENAMED', now(), 'ge-9', 'ge-0', 1), ($3, $4, 'RENAMED', now(), 'ge-9', 'ge-0', 1)`,
    [ports.mine, ports.myPort, ports.other, ports.otherPort],
  )
  await inventory.query(
    `INSERT INTO link (id, device_id, stranger, evidence, confidence, shared, told_by, first_seen_at, last_seen_at)
     SELECT w.id, d.id, jsonb_build_object('key', d.name, 'name', d.name, 'address', null, 'platform', null,
       'capabilities', '[]'::jsonb), '{LLDP}', 0.8, false, ARRAY[d.id], now(), now()
     FROM device d JOIN (VALUES ($1::uuid, $3::uuid), ($2, $4)) AS w (device_id, id) ON w.device_id = d.id`,
    [ports.mine, ports.other, unwatched.mine, unwatched.other],
  )
  await inventory.destroy()
  const telemetry = await openSource({ url: databaseUrl, schema: 'telemetry', entities: [] })
  await telemetry.query(
    `INSERT INTO ingest_minute VALUES (date_trunc('minute', now()) - interval '2 minutes', 'icmp', 2, 1, 8)`,
  )
  await telemetry.query(
    `INSERT INTO trap_count (report_id, at, source, outcome, datagrams)
     VALUES (gen_random_uuid(), now(), '', 'STORED', 1),
       (gen_random_uuid(), now(), '10.3.0.98', 'RATE_LIMITED_SOURCE', 1)`,
  )
  await telemetry.query(`INSERT INTO refused_minute VALUES (date_trunc('minute', now()), 'future', 1)`)
  await telemetry.destroy()
  const platform = await openSource({ url: databaseUrl, schema: 'platform', entities: [] })
  await platform.query(
    `INSERT INTO operation (hash, name, type, text, first_seen_at, last_seen_at)
     VALUES ('h', 'Sites', 'QUERY', 'query Sites { sites { nodes { id } } }', now(), now())`,
  )
  for (const table of ['operation_use', 'field_use']) {
    const [column, value] = table === 'field_use' ? ['coordinate,', `'Query.sites',`] : ['', '']
    await platform.query(
      `INSERT INTO ${table} (day, ${column} operation_hash, client_name, client_version, count, errors, last_seen_at)
       VALUES (current_date, ${value} 'h', 'web', '1', 1, 0, now())`,
    )
  }
  await platform.destroy()
}
