import { randomBytes } from 'node:crypto'
import pg from 'pg'

import { migrate } from '#db/migrate.js'
import { openSource } from '#db/source.js'

/**
 * A server with TimescaleDB, as superuser: `postgres://user:password@host:port/postgres`. It is not part of SOTP, so
 * without one the suites of its kinds are skipped, and say so.
 */
export const timescaleUrl = process.env['SOTP_TEST_TIMESCALE_URL']
/** The role of the services there, no superuser either. */
const role = 'sotp_store_test'

/** The licence that the server works with. */
export async function licenseOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // Several test files ask at once.
    await client.query('SELECT pg_advisory_lock(1)')
    await client.query('CREATE EXTENSION IF NOT EXISTS timescaledb')
    const { rows } = await client.query(`SELECT current_setting('timescaledb.license') AS license`)
    return rows[0].license
  } finally {
    await client.end()
  }
}

/** A migrated database, as `freshDatabase`, but from nothing: a database whose background workers run is no template. */
export async function freshTimescale(url: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT pg_advisory_lock(1)')
  const { rows } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
  if (rows.length === 0) await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`)
  await client.query(`CREATE DATABASE ${name}`)
  await client.query(`GRANT CREATE, TEMPORARY ON DATABASE ${name} TO ${role}`)
  await client.end()
  const at = new URL(url)
  at.pathname = name
  const ownerUrl = at.href
  at.username = role
  at.password = role
  await migrate(at.href, ownerUrl)
  return at.href
}

/** Compresses every chunk that has ended, as the database does by itself after some days. */
export async function compressAll(url: string): Promise<void> {
  const source = await openSource({ url, schema: 'telemetry', entities: [] })
  for (const table of ['sample', 'sample_5m', 'sample_1h'])
    await source.query(
      `SELECT public.compress_chunk(c, if_not_compressed => true) FROM public.show_chunks('${table}', older_than => now()) AS c`,
    )
  await source.destroy()
}
