import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { inject } from 'vitest'

/** A database of the caller's own, migrated, in the run's PostgreSQL. */
export async function freshDatabase(): Promise<string> {
  const url = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`CREATE DATABASE ${name} TEMPLATE migrated`)
  await client.end()
  return inject('serviceUrl').replace(/\/[^/]*$/, `/${name}`)
}

/** The same database for the superuser, who may do what services may not. */
export const asSuperuser = (databaseUrl: string): string =>
  inject('postgresUrl').replace(/\/[^/]*$/, new URL(databaseUrl).pathname)

/** A numbered database of the caller's own in the run's Redis. */
export async function freshRedis(): Promise<string> {
  const url = inject('redisUrl')
  const redis = new Redis(url)
  const index = await redis.incr('tests:last')
  redis.disconnect()
  return `${url}/${index}`
}

/** The connections to that numbered database, as `CLIENT LIST` tells them. */
export async function redisClients(url: string): Promise<string[]> {
  const redis = new Redis(inject('redisUrl'))
  const lines = ((await redis.client('LIST')) as string).split('\n')
  redis.disconnect()
  return lines.filter((line) => line.includes(` db=${new URL(url).pathname.slice(1)} `))
}

/** Cuts every connection to that numbered database, and nobody else's. */
export async function cutRedis(url: string): Promise<void> {
  const redis = new Redis(inject('redisUrl'))
  for (const line of await redisClients(url)) {
    await redis.client('KILL', 'ID', line.match(/^id=(\d+)/)?.[1] ?? '0')
  }
  redis.disconnect()
}
