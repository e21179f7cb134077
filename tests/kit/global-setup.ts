import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'

import { migrate } from '#db/migrate.js'
import { startPostgres } from '#deploy/local/postgres.js'
import { startRedis } from '#deploy/local/redis.js'

/** Migrated once; every test's database is a copy of it. */
const migratedDatabase = 'migrated'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the superuser. */
    postgresUrl: string
    /** Of the role under which services work. */
    serviceUrl: string
    redisUrl: string
  }
}

/** One real PostgreSQL and one real Redis for the whole run; tests take databases of their own in them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sotp-test-'))
  chmodSync(folder, 0o755)
  const password = randomBytes(16).toString('hex')
  const postgres = await startPostgres({ folder: path.join(folder, 'postgres'), password })
  const redis = await startRedis({ folder: path.join(folder, 'redis'), password, databases: 1024 })
  const client = new pg.Client({ connectionString: postgres.superuserUrl })
  await client.connect()
  await client.query(`CREATE DATABASE ${migratedDatabase}`)
  await client.query(`GRANT CREATE ON DATABASE ${migratedDatabase} TO sotp_app`)
  await client.end()
  const [service, superuser] = [postgres.url, postgres.superuserUrl].map((url) =>
    databaseAt(url, migratedDatabase),
  )
  await migrate(service ?? '', superuser)
  project.provide('postgresUrl', postgres.superuserUrl)
  project.provide('serviceUrl', postgres.url)
  project.provide('redisUrl', redis.url)
  return async () => {
    await postgres[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

const databaseAt = (url: string, name: string): string => url.replace(/\/[^/]*$/, `/${name}`)
