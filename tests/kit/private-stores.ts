import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { migrate } from '#db/migrate.js'
import { startPostgres } from '#deploy/local/postgres.js'
import { startRedis } from '#deploy/local/redis.js'

export interface Stores extends AsyncDisposable {
  databaseUrl: string
  /** The same database for the superuser, who owns the audit log. */
  ownerUrl: string
  redisUrl: string
}

/** A migrated PostgreSQL and a Redis for one bench or scenario, gone afterwards. */
export async function startStores(): Promise<Stores> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(path.join(tmpdir(), 'sotp-stores-'))
  chmodSync(folder, 0o755)
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const password = randomBytes(16).toString('hex')
  const postgres = stack.use(await startPostgres({ folder: path.join(folder, 'postgres'), password }))
  const redis = stack.use(await startRedis({ folder: path.join(folder, 'redis'), password }))
  await migrate(postgres.url, postgres.superuserUrl)
  const owned = stack.move()
  return {
    databaseUrl: postgres.url,
    ownerUrl: postgres.superuserUrl,
    redisUrl: redis.url,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
