import 'reflect-metadata'
import { DataSource, type MigrationInterface } from 'typeorm'

import { alertingMigrations } from './migrations/alerting/index.js'
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

/** Brings every schema up to date. Safe to run from many processes at once; does nothing when all is current. */
export async function migrate(url: string): Promise<void> {
  const guard = await new DataSource({ type: 'postgres', url, extra: { max: 1 } }).initialize()
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [lock])
    for (const [schema, migrations] of Object.entries(schemas)) {
      await guard.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
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
        await source.runMigrations()
      } finally {
        await source.destroy()
      }
    }
  } finally {
    await guard.destroy()
  }
}
