import * as z from 'zod'

import { integer } from '#core/service/config.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { openSecretBox } from '#core/service/secrets.js'
import { createSubgraph, describeSubgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { writeAudit } from '#db/audit/record.js'
import { startOutboxRelay } from '#db/outbox.js'
import type { SealedColumn } from '#db/reseal.js'
import { openSource } from '#db/source.js'

import { openAccessTokenSigner } from './key/access-token-signer.js'
import { keyRef } from './key/signing-keys.js'
import { Actors } from './session/actor.js'
import { openAttempts } from './session/attempts.js'
import { Session } from './session/session.js'
import { SessionResolver } from './session/session.resolver.js'
import { SessionService } from './session/session.service.js'
import { SignInService } from './session/sign-in.service.js'
import { ApiToken } from './token/api-token.js'
import { TokenResolver } from './token/token.resolver.js'
import { TokenService } from './token/token.service.js'
import { openTokenShelf } from './token/token-shelf.js'
import { ensureFirstAdmin } from './user/first-admin.js'
import { openPasswords } from './user/password.js'
import { newPassword } from './user/password-policy.js'
import { User } from './user/user.js'
import { UserConnectionResolver, UserResolver, userLoader } from './user/user.resolver.js'
import { UserService } from './user/user.service.js'
import { email } from './user/user-input.js'

export const config = z.object({
  /** Whether anybody may make an account (`open`, with the role VIEWER) or only administrators (`closed`). */
  SOTP_AUTH_REGISTRATION: z.enum(['open', 'closed']).default('closed'),
  /** How long an access token lives, in seconds; as long, at most, one that was copied is of use. */
  SOTP_AUTH_ACCESS_SECONDS: integer({ min: 30, max: 3600, byDefault: 900 }),
  /** How long a session lives after its last use, in seconds. */
  SOTP_AUTH_REFRESH_SECONDS: integer({ min: 3600, max: 90 * 86_400, byDefault: 7 * 86_400 }),
  /** E-mail address of the first administrator. */
  SOTP_ADMIN_EMAIL: email.default('admin@sotp.local'),
  /** Password of the first administrator; given later, it replaces a lost one. Unset: nothing is made or changed. */
  SOTP_ADMIN_PASSWORD: newPassword.optional(),
  /** Password of the first administrator where nobody chose one; of no effect once there is a user. */
  SOTP_ADMIN_INITIAL_PASSWORD: newPassword.optional(),
})

/** What this room seals with the secrets key. */
export const sealed: readonly SealedColumn[] = [
  { table: 'signing_key', id: 'kid', column: 'sealed_private', ref: keyRef },
]

const sweepEveryMs = 3_600_000

/** SDL of this subgraph, from the code alone. */
export const sdl = (): string =>
  describeSubgraph([UserResolver, UserConnectionResolver, SessionResolver, TokenResolver])

/** Starts the auth subgraph: users, sessions, and the keys that sign access tokens. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningSubgraph> {
  const { config: settings, health, log } = options
  await using stack = new AsyncDisposableStack()
  const source = await openSource({
    url: settings.SOTP_DATABASE_URL,
    schema: 'auth',
    entities: [User, Session, ApiToken],
  })
  stack.defer(() => source.destroy())
  const redis = openRedis(settings.SOTP_REDIS_URL, log)
  stack.defer(() => redis.disconnect())
  const topics = stack.use(openTopics({ redisUrl: settings.SOTP_REDIS_URL, log }))
  stack.use(startOutboxRelay({ databaseUrl: settings.SOTP_DATABASE_URL, schema: 'auth', topics, log }))
  health.add('auth.database', async () => void (await source.query('SELECT 1')))
  health.add('auth.redis', async () => void (await redis.ping()))

  const passwords = openPasswords()
  await ensureFirstAdmin({
    source,
    passwords,
    log,
    email: settings.SOTP_ADMIN_EMAIL,
    password: settings.SOTP_ADMIN_PASSWORD,
    initialPassword: settings.SOTP_ADMIN_INITIAL_PASSWORD,
  })
  const signer = stack.use(
    await openAccessTokenSigner({
      source,
      redis,
      box: openSecretBox(settings.SOTP_SECRETS_KEY, settings.SOTP_SECRETS_KEYS_OLD),
      log,
      accessSeconds: settings.SOTP_AUTH_ACCESS_SECONDS,
    }),
  )
  const refreshSeconds = settings.SOTP_AUTH_REFRESH_SECONDS
  const sessions = new SessionService(source, refreshSeconds, log)
  const tokens = new TokenService(source, stack.use(await openTokenShelf({ source, redis, log })), log)
  const actors = new Actors(sessions, tokens)
  const users = new UserService({ source, tokens, passwords, log })
  const attempts = openAttempts(redis)
  const registrationOpen = settings.SOTP_AUTH_REGISTRATION === 'open'
  const signIn = new SignInService({
    source,
    users,
    sessions,
    passwords,
    attempts,
    signer,
    log,
    registrationOpen,
  })

  const sweep = () =>
    Promise.all([sessions.sweep(), tokens.sweep()]).catch((error: unknown) =>
      log.warn({ err: error }, 'old sessions and API tokens stay'),
    )
  const timer = setInterval(sweep, sweepEveryMs).unref()
  stack.defer(() => clearInterval(timer))

  const subgraph = createSubgraph({
    name: 'auth',
    audit: (events) => writeAudit(source, events),
    resolvers: [
      new UserResolver(users, sessions, actors),
      new UserConnectionResolver(),
      new SessionResolver(sessions, actors, signIn, refreshSeconds),
      new TokenResolver(tokens, users, actors),
    ],
    references: { User: ({ id }, context) => userLoader(users, context)(id) },
    log,
  })
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
