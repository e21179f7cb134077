import * as z from 'zod'

import { integer } from '#core/service/config.js'
import { openRedis } from '#core/service/redis.js'
import type { RoomOptions, RunningSubgraph } from '#core/service/room.js'
import { openSecretBox } from '#core/service/secrets.js'
import { createSubgraph, describeSubgraph } from '#core/service/subgraph.js'
import { openTopics } from '#core/service/topics.js'
import { openAnchorSeal } from '#db/audit/anchor.js'
import { writeAudit } from '#db/audit/record.js'
import { startOutboxRelay } from '#db/outbox.js'
import { openSource } from '#db/source.js'

import { AuditResolver } from './audit/audit.resolver.js'
import { AuditService } from './audit/audit.service.js'
import { FactorResolver } from './factor/factor.resolver.js'
import { FactorService } from './factor/factor.service.js'
import { PermissionResolver } from './grant/permission.resolver.js'
import { Invite } from './invite/invite.js'
import { InviteResolver } from './invite/invite.resolver.js'
import { InviteService } from './invite/invite.service.js'
import { openAccessTokenSigner } from './key/access-token-signer.js'
import { OidcResolver } from './oidc/oidc.resolver.js'
import { OidcService } from './oidc/oidc.service.js'
import { checkOidc, oidcConfig, readOidc } from './oidc/oidc-config.js'
import { PendingSignIns } from './oidc/pending.js'
import { openProvider } from './oidc/provider.js'
import { Actors } from './session/actor.js'
import { openAttempts } from './session/attempts.js'
import { Session } from './session/session.js'
import { SessionResolver } from './session/session.resolver.js'
import { SessionService } from './session/session.service.js'
import { SignInService } from './session/sign-in.service.js'
import { registrationMode } from './session/sign-in-options.js'
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

const settingsOfAuth = z.object({
  /**
   * How one gets an account: anybody makes one (`open`, with the role VIEWER), by invite (`invite`), or from an
   * administrator (`closed`). Invites hold with each; only what the sign-in page says differs.
   */
  SOTP_AUTH_REGISTRATION: z.enum(['open', 'invite', 'closed']).default('closed'),
  /** Whether whoever signs in by password may have a second factor (`optional`), or can do nothing else before. */
  SOTP_AUTH_SECOND_FACTOR: z.enum(['optional', 'required']).default('optional'),
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
  ...oidcConfig,
})
export const config = settingsOfAuth.superRefine(checkOidc)

const sweepEveryMs = 3_600_000

/** SDL of this subgraph, from the code alone. */
export const sdl = (): string =>
  describeSubgraph([
    UserResolver,
    UserConnectionResolver,
    PermissionResolver,
    SessionResolver,
    TokenResolver,
    FactorResolver,
    InviteResolver,
    OidcResolver,
    AuditResolver,
  ])

/** Starts the auth subgraph: users, sessions, and the keys that sign access tokens. */
export async function start(options: RoomOptions<z.infer<typeof config>>): Promise<RunningSubgraph> {
  const { config: settings, health, log } = options
  await using stack = new AsyncDisposableStack()
  const source = await openSource({
    url: settings.SOTP_DATABASE_URL,
    schema: 'auth',
    entities: [User, Session, ApiToken, Invite],
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
  const box = openSecretBox(settings.SOTP_SECRETS_KEY)
  const signer = stack.use(
    await openAccessTokenSigner({
      source,
      redis,
      box,
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
  const secondFactorRequired = settings.SOTP_AUTH_SECOND_FACTOR === 'required'
  const factors = new FactorService({ source, box, passwords, attempts, log, required: secondFactorRequired })
  const registration = registrationMode.parse(settings.SOTP_AUTH_REGISTRATION.toUpperCase())
  const signIn = new SignInService({
    source,
    users,
    sessions,
    factors,
    passwords,
    attempts,
    signer,
    log,
    registrationOpen: registration === 'OPEN',
    refreshSeconds,
  })
  const invites = new InviteService({ source, users, signIn, attempts, log })
  const oidc = readOidc(settings)
  const oidcService =
    oidc &&
    new OidcService({
      source,
      settings: oidc,
      provider: openProvider(oidc, log),
      pending: new PendingSignIns(redis),
      users,
      tokens,
      signIn,
      log,
    })

  const sweep = () =>
    Promise.all([sessions.sweep(), tokens.sweep(), invites.sweep()]).catch((error: unknown) =>
      log.warn({ err: error }, 'old sessions, API tokens and invites stay'),
    )
  const timer = setInterval(sweep, sweepEveryMs).unref()
  stack.defer(() => clearInterval(timer))

  const subgraph = createSubgraph({
    name: 'auth',
    audit: (events) => writeAudit(source, events),
    resolvers: [
      new UserResolver(users, sessions, actors),
      new UserConnectionResolver(),
      new PermissionResolver(),
      new SessionResolver(sessions, actors, signIn, {
        registration,
        secondFactorRequired,
        oidc: oidc ? { name: oidc.name } : null,
      }),
      new TokenResolver(tokens, users, actors),
      new FactorResolver(factors, users, actors),
      new InviteResolver(invites, users, actors),
      new OidcResolver(oidcService),
      new AuditResolver(new AuditService(source, openAnchorSeal([settings.SOTP_SECRETS_KEY])), users),
    ],
    references: { User: ({ id }, context) => userLoader(users, context)(id) },
    log,
  })
  const owned = stack.move()
  return { subgraph, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
