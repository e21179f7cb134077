import type { Redis } from 'ioredis'
import * as z from 'zod'

import { type ApiTokenRecord, apiTokensKey, apiTokensUsedKey } from '#core/contract/access.js'
import type { Log } from '#core/service/log.js'
import { within } from '#core/service/redis.js'
import type { DataSource } from '#db/source.js'

/** Living API tokens where the gateway looks: in Redis, by the SHA-256 of their secrets. */
export interface TokenShelf extends AsyncDisposable {
  /** Puts there what the tables say now. Never fails: what could not be written is written with the next try. */
  publish(): Promise<void>
}

export interface ShelfOptions {
  source: DataSource
  redis: Redis
  log: Log
  /** How often everything is published again, ms. */
  publishEveryMs?: number
  /** How often uses are taken into the table, ms. */
  takeUsesEveryMs?: number
}

const lock = 'sotp_auth_token_shelf'
const waitMs = 2000

/**
 * Publishes at once, on each change, every 30 s and whenever Redis came back, since it may have come back empty or with
 * what it knew long ago; takes the uses that the gateway noted into the table every 15 s.
 */
export async function openTokenShelf({
  source,
  redis,
  log,
  publishEveryMs = 30_000,
  takeUsesEveryMs = 15_000,
}: ShelfOptions): Promise<TokenShelf> {
  let running: Promise<void> = Promise.resolve()
  const tell = (message: string) => (error: unknown) => log.warn({ err: error }, message)

  /** One after the other, here and in other processes: whoever writes last has read last. */
  const write = async () => {
    await source.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lock])
      const rows = (await manager.query(livingTokens)) as { hash: string; record: ApiTokenRecord }[]
      await within(
        replace(redis, new Map(rows.map(({ hash, record }) => [hash, JSON.stringify(record)]))),
        waitMs,
      )
    })
  }
  const publish = (): Promise<void> => {
    running = running.then(write).catch(tell('API tokens could not be published, will retry'))
    return running
  }
  let taking: Promise<void> = Promise.resolve()
  const take = () => {
    taking = taking
      .then(() => takeUses(source, redis))
      .catch(tell('uses of API tokens could not be taken over'))
  }

  const again = () => void publish()
  redis.on('ready', again)
  await publish()
  const timers = [setInterval(again, publishEveryMs).unref(), setInterval(take, takeUsesEveryMs).unref()]

  return {
    publish,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer)
      redis.off('ready', again)
      await Promise.all([running, taking])
    },
  }
}

const livingTokens = `
  SELECT encode(hash, 'hex') AS hash, jsonb_build_object(
    'tokenId', token.id, 'userId', owner.id, 'email', owner.email, 'name', owner.name, 'grants', owner.grants,
    'scopes', to_jsonb(token.scopes), 'expiresAt', floor(extract(epoch FROM token.expires_at) * 1000)::bigint) AS record
  FROM api_token token JOIN account owner ON owner.id = token.account_id
  WHERE owner.active AND token.revoked_at IS NULL AND (token.expires_at IS NULL OR token.expires_at > now())`

/** A command to a Redis that is away would wait, and then write what is no longer true: better none. */
async function replace(redis: Redis, records: ReadonlyMap<string, string>): Promise<void> {
  if (redis.status !== 'ready') throw new Error('redis is away')
  const gone = (await redis.hkeys(apiTokensKey)).filter((hash) => !records.has(hash))
  const change = redis.multi()
  if (gone.length > 0) change.hdel(apiTokensKey, ...gone)
  if (records.size > 0) change.hset(apiTokensKey, records)
  await change.exec()
}

const use = z.tuple([z.uuid(), z.coerce.number().int().positive()])

/** A use that is lost between the two stores is told again by the next one. */
async function takeUses(source: DataSource, redis: Redis): Promise<void> {
  if (redis.status !== 'ready') return
  const [uses] =
    (await within(redis.multi().hgetall(apiTokensUsedKey).del(apiTokensUsedKey).exec(), waitMs)) ?? []
  const known = Object.entries((uses?.[1] ?? {}) as Record<string, string>).flatMap((entry) => {
    const { data } = use.safeParse(entry)
    return data ? [data] : []
  })
  if (known.length === 0) return
  await source.query(
    `UPDATE api_token SET last_used_at = greatest(last_used_at, to_timestamp(used.at / 1000))
     FROM unnest($1::uuid[], $2::float8[]) AS used (id, at) WHERE api_token.id = used.id`,
    [known.map(([id]) => id), known.map(([, at]) => at)],
  )
}
