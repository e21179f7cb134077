import { randomBytes } from 'node:crypto'
import type { ExecutionResult } from 'graphql'
import pg from 'pg'

import type { Identity } from '#core/contract/identity.js'
import { openAccessTokenVerifier } from '#core/service/access-token.js'
import { chassisConfig, type Environment, readConfig } from '#core/service/config.js'
import { Health } from '#core/service/health.js'
import { createLog } from '#core/service/log.js'
import { openRedis } from '#core/service/redis.js'

import { config, start } from '#subgraphs/auth/main.js'
import { freshDatabase, freshRedis } from './stores.js'

export const adminEmail = 'root@example.net'
export const adminPassword = 'plum-Harvest-91-kettle'
export const beginTotp = 'mutation ($input: BeginTotpInput) { beginTotp(input: $input) { secret uri } }'

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers differ from test to test
  data: any
  /** `extensions.code` of the first error. */
  code: unknown
  message: string | undefined
  errors: ExecutionResult['errors']
}

/** The auth subgraph on stores of its own, with clients that keep their cookie and token as a browser does. */
export async function startAuth(env: Environment = {}, stores?: { database: string; redisUrl: string }) {
  const database = stores?.database ?? (await freshDatabase())
  const redisUrl = stores?.redisUrl ?? (await freshRedis())
  const log = createLog('test', 'silent')
  const settings = readConfig(chassisConfig.extend(config.shape), {
    SOTP_DATABASE_URL: database,
    SOTP_REDIS_URL: redisUrl,
    SOTP_SECRETS_KEY: randomBytes(32).toString('base64'),
    SOTP_INTERNAL_KEY: 'k'.repeat(32),
    SOTP_ADMIN_EMAIL: adminEmail,
    SOTP_ADMIN_PASSWORD: adminPassword,
    ...env,
  })
  const health = new Health()
  const room = await start({ config: settings, log, health })
  const redis = openRedis(redisUrl, log)
  const sql = new pg.Pool({ connectionString: database, options: '-c search_path=auth', max: 2 })
  const verifier = openAccessTokenVerifier({ redis, log })

  function client({ ip = null as string | null, userAgent = 'Vitest' } = {}) {
    const cookies = new Map<string, string>()
    const given: { name: string; value: string | null; maxAgeSeconds: number; path: string }[] = []
    const own = {
      cookies,
      given,
      identity: null as Identity | null,
      async run(query: string, variables?: Record<string, unknown>): Promise<Answer> {
        const { data, errors } = await room.subgraph.execute(
          { query, variables },
          {
            identity: own.identity,
            requestId: 'r1',
            ip,
            userAgent,
            cookies: {
              get: (name) => cookies.get(name),
              set(name, value, options) {
                given.push({ name, value, ...options })
                if (value === null) cookies.delete(name)
                else cookies.set(name, value)
              },
            },
            loaders: new Map(),
          },
        )
        return { data, errors, code: errors?.[0]?.extensions['code'], message: errors?.[0]?.message }
      },
      /** Verifies a token as the gateway does, and goes on as whoever it names. */
      async become(accessToken: string): Promise<void> {
        own.identity = await verifier.verify(accessToken)
      },
      async login(email = adminEmail, password = adminPassword): Promise<Answer> {
        const answer = await own.run(
          'mutation ($input: LoginInput!) { login(input: $input) { accessToken expiresAt viewer { user { id email name } grants { role } permissions } } }',
          { input: { email, password } },
        )
        if (answer.data) await own.become(answer.data.login.accessToken)
        return answer
      },
      refresh: () =>
        own.run('mutation { refreshSession { accessToken viewer { grants { role } user { email } } } }'),
    }
    return own
  }

  return {
    database,
    redisUrl,
    room,
    health,
    redis,
    sql,
    settings,
    verifier,
    client,
    async [Symbol.asyncDispose]() {
      await room[Symbol.asyncDispose]()
      redis.disconnect()
      await sql.end()
    },
  }
}
export type AuthRoom = Awaited<ReturnType<typeof startAuth>>
export type AuthClient = ReturnType<AuthRoom['client']>
