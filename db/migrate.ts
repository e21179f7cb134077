import 'reflect-metadata'
import { DataSource, type MigrationInterface } from 'typeorm'
import { alertingMigrations } from './migrations/alerting/index.js'
import { auditGrants, auditMigrations, auditTakeover } from './migrations/audit/index.js'
import { authMigrations } from './migrations/auth/index.js'
import { inventoryMigrations } from './migrations/inventory/index.js'
import { platformMigrations } from './migrations/platform/index.js'
import { telemetryMigrations } from './migrations/telemetry/index.js'

/** A migration's class name ends with its time in ms, as TypeORM wants it. */
type Migration = new () => MigrationInterface

const schemas: Record<string, readonly Migration[]> = {
  inventory: inventoryMigrations,
  telemetry: telemetryMigrations,
  alerting: alertingMigrations,
  auth: authMigrations,
  platform: platformMigrations,
}

/** Any number, the same for every process: only one migrates at a time, the others wait. */
const lock = 7_236_841

/**
 * Brings every schema up to date. Safe to run from many processes at once; does nothing when all is current.
 *
 * `ownerUrl` names another role of the same database, which shall own the audit log, so that the role of the services
 * can only add to it; what that role made before is taken over. Without it a log of another role is left to that one.
 * @throws Error where the log is another role's that `ownerUrl` has no power over
 */
export async function migrate(url: string, ownerUrl: string = url): Promise<void> {
  const guard = await new DataSource({
    type: 'postgres',
    url: ownerUrl,
    // The role of the services may make schemas, also one of the owner's name, which would be searched by default: its
    // functions would run with the owner's rights.
    extra: { max: 1, options: '-c search_path=pg_catalog' },
  }).initialize()
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [lock])
    for (const [schema, migrations] of Object.entries(schemas)) await apply(url, schema, migrations)
    const isForeign = await isOfAnother(guard, 'audit')
    if (ownerUrl === url) {
      if (!isForeign) await apply(url, 'audit', auditMigrations)
      return
    }
    if (isForeign) {
      throw new Error(
        `the audit log belongs to another role than ${userOf(ownerUrl)}: start once with SOTP_DATABASE_OWNER_URL of a superuser, who takes it over, or as that role`,
      )
    }
    await apply(ownerUrl, 'audit', auditMigrations)
    await guard.query(auditTakeover)
    const [{ role }] = (await guard.query('SELECT quote_ident($1) AS role', [userOf(url)])) as [
      { role: string },
    ]
    await guard.query(auditGrants(role))
  } finally {
    await guard.destroy()
  }
}

const userOf = (url: string): string => decodeURIComponent(new URL(url).username)

/** Whether the schema exists and is another role's. */
async function isOfAnother(session: DataSource, schema: string): Promise<boolean> {
  const [found] = (await session.query(
    `SELECT NOT pg_has_role(nspowner, 'USAGE') AS "foreign" FROM pg_namespace WHERE nspname = $1`,
    [schema],
  )) as { foreign: boolean }[]
  return found?.foreign ?? false
}

async function apply(url: string, schema: string, migrations: readonly Migration[]): Promise<void> {
  const source = await new DataSource({
    type: 'postgres',
    url,
    schema,
    migrations: [...migrations],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    extra: { max: 2, options: `-c search_path=${schema}` },
  }).initialize()
  try {
    await source.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
    await source.runMigrations()
  } finally {
    await source.destroy()
  }
}
