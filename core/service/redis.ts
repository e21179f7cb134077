import { Redis, type RedisOptions } from 'ioredis'

import type { Log } from './log.js'

/** Commands wait for a reconnection instead of failing: Redis going away pauses work, it does not lose it. */
export const patient: RedisOptions = {
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  retryStrategy: (attempt) => Math.min(50 * attempt, 2000),
}

let authorities: string | undefined

/** From here on connections with TLS trust these certificates, in PEM, instead of the system's. */
export function trustForRedis(pem: string | undefined): void {
  authorities = pem
}

/** How every connection to this address is made. */
export const optionsFor = (url: string): RedisOptions =>
  url.startsWith('rediss:') && authorities !== undefined ? { ...patient, tls: { ca: authorities } } : patient

/** Opens a connection that reconnects for ever and logs the first error of each outage. */
export function openRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, optionsFor(url))
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

/** Redis did not answer in time. */
export class RedisAway extends Error {}

/**
 * The answer to a command, or RedisAway after `limitMs`: a patient connection waits for its return, a request must not.
 * @throws RedisAway, or what the command throws
 */
export async function within<Value>(command: Promise<Value>, limitMs = 1000): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RedisAway('redis did not answer in time')), limitMs)
  })
  try {
    return await Promise.race([command, late])
  } finally {
    clearTimeout(timer)
  }
}
