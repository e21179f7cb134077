import { Redis, type RedisOptions } from 'ioredis'

import type { Log } from './log.js'

/** Commands wait for a reconnection instead of failing: Redis going away pauses work, it does not lose it. */
export const patient: RedisOptions = {
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  retryStrategy: (attempt) => Math.min(50 * attempt, 2000),
}

/** Opens a connection that reconnects for ever and logs the first error of each outage. */
export function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, patient)
  let told = false
  redis.on('error', (error) => {
    if (!told) log.warn({ err: error }, 'redis is not reachable, will retry')
    told = true
  })
  redis.on('ready', () => {
    if (told) log.info('redis is reachable again')
    told = false
  })
  return redis
}
