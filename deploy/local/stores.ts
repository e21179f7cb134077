import { mkdirSync } from 'node:fs'
import path from 'node:path'

import { startPostgres } from './postgres.js'
import { startRedis } from './redis.js'
import type { LocalConfig } from './settings.js'
import type { StateFolder } from './state.js'

/** PostgreSQL and Redis: those given, else private ones. `ownerUrl` is the role that shall own the audit log. */
export async function openStores(
  config: LocalConfig,
  state: StateFolder,
  stack: AsyncDisposableStack,
): Promise<{ databaseUrl: string; ownerUrl: string; redisUrl: string }> {
  const { folder, secrets } = state
  mkdirSync(path.join(folder, 'redis'), { recursive: true })
  const [postgres, redis] = await Promise.allSettled([
    config.SOTP_DATABASE_URL
      ? undefined
      : startPostgres({ folder: path.join(folder, 'postgres'), password: secrets.postgresPassword }),
    config.SOTP_REDIS_URL
      ? undefined
      : startRedis({ folder: path.join(folder, 'redis'), password: secrets.redisPassword }),
  ])
  for (const [started, mark] of [
    [postgres, 'postgres'],
    [redis, 'redis-server'],
  ] as const) {
    if (started.status === 'rejected') continue
    if (started.value) {
      stack.use(started.value)
      state.note(started.value.pid, mark)
    }
  }
  if (postgres.status === 'rejected') throw postgres.reason
  if (redis.status === 'rejected') throw redis.reason
  const databaseUrl = config.SOTP_DATABASE_URL ?? postgres.value?.url ?? ''
  return {
    databaseUrl,
    ownerUrl: config.SOTP_DATABASE_OWNER_URL ?? postgres.value?.superuserUrl ?? databaseUrl,
    redisUrl: config.SOTP_REDIS_URL ?? redis.value?.url ?? '',
  }
}
