import { Redis } from 'ioredis'

import { chassisConfig, readConfigs } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { emptyCookieJar } from '#core/service/request.js'
import { config, start } from '#subgraphs/auth/main.js'

import { median, type Row } from '../row.js'
import type { ServerData } from './server-process.js'

const tries = 1000
const mutation = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }'

/** Wrong passwords of a user who exists and of one who does not, in turn: who tells them apart by time learns who has an account. */
export async function knownRows(data: ServerData): Promise<Row[]> {
  const { chassis, auth } = readConfigs(
    { chassis: chassisConfig, auth: config },
    {
      SOTP_DATABASE_URL: data.databaseUrl,
      SOTP_REDIS_URL: data.redisUrl,
      SOTP_SECRETS_KEY: Buffer.alloc(32).toString('base64'),
      SOTP_INTERNAL_KEY: 'x'.repeat(40),
    },
  )
  await using room = await start({
    config: { ...chassis, ...auth },
    log: createLog('bench', 'silent'),
    health: new Health(),
  })
  const redis = new Redis(data.redisUrl)
  async function attempt(email: string): Promise<number> {
    // Who fails five times is locked out, whether they exist or not; here they may go on.
    const keys = await redis.keys('sotp:auth:*')
    if (keys.length > 0) await redis.del(keys)
    const variables = { input: { email, password: 'granite-Sonata-3-lantern' } }
    const startedAt = performance.now()
    const { errors } = await room.subgraph.execute(
      { query: mutation, variables },
      {
        identity: null,
        requestId: 'b',
        ip: null,
        userAgent: null,
        cookies: emptyCookieJar,
        loaders: new Map(),
      },
    )
    const ms = performance.now() - startedAt
    const code = errors?.[0]?.extensions['code']
    if (code !== 'INVALID_CREDENTIALS') throw new Error(`a wrong password got ${code}`)
    return ms
  }
  const known: number[] = []
  const unknown: number[] = []
  for (let n = 0; n < tries; n += 1) {
    // Each goes first as often as the other.
    if (n % 2 === 0) known.push(await attempt(data.email))
    unknown.push(await attempt(`nobody-${n}@example.net`))
    if (n % 2 === 1) known.push(await attempt(data.email))
  }
  redis.disconnect()
  const [value, reference] = [median(unknown), median(known)]
  const ratio = value / reference
  return [
    {
      name: `login: unknown user against known one, median of ${tries} wrong passwords each`,
      value,
      unit: 'ms',
      reference,
      ratio,
      target: 'ratio 0.95 to 1.05',
      ok: Math.abs(ratio - 1) < 0.05,
    },
  ]
}
