import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'

import type { AuditTarget } from '#core/contract/audit.js'
import type { Identity } from '#core/contract/identity.js'
import { aboutAct, anonymousActor, userActor } from '#core/service/audit.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { tellAccess } from '../grant/access-feed.js'
import { targetOf, User } from '../user/user.js'
import { Session } from './session.js'

/** Where a request came from, as the session remembers it. */
export interface Origin {
  ip: string | null
  userAgent: string | null
}

/** A session with its user. `refreshToken` is null when the client keeps the one it has. */
export interface OpenSession {
  user: User
  session: Session
  refreshToken: string | null
}

/** Two tabs may show the same token at once: this long after its use that is no theft. */
const graceSeconds = 10
const sessionsPerUserMax = 100
/** How long ended sessions stay for whoever asks what happened. */
const keepEndedDays = 30
const userAgentMax = 400

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()
const originOf = ({ ip, userAgent }: Origin) => [userAgent?.slice(0, userAgentMax) ?? null, ip]

/** Sessions and their refresh tokens: 256 random bits, stored as SHA-256, each used once. */
export class SessionService {
  constructor(
    private readonly source: DataSource,
    private readonly refreshSeconds: number,
    private readonly log: Log,
  ) {}

  /** Opens a session for a user within the caller's transaction; the oldest beyond a hundred are ended. */
  async open(manager: EntityManager, user: User, origin: Origin): Promise<OpenSession> {
    const [{ id }] = (await manager.query(
      `INSERT INTO session (account_id, expires_at, user_agent, ip)
       VALUES ($1, now() + make_interval(secs => $2), $3, $4) RETURNING id`,
      [user.id, this.refreshSeconds, ...originOf(origin)],
    )) as [{ id: string }]
    const refreshToken = await this.#newToken(manager, id)
    const session = await manager.findOneByOrFail(Session, { id })
    await endAndTell(
      manager,
      `id IN (SELECT id FROM session WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > now()
         ORDER BY last_used_at DESC OFFSET $2)`,
      [user.id, sessionsPerUserMax],
    )
    return { user, session, refreshToken }
  }

  /**
   * Uses a refresh token: the session goes on and gets a new token. A token that was used before ends its session,
   * because one of its two holders stole it; within 10 s of its use it is another tab, and nothing changes.
   * @throws SotpError TOKEN_INVALID
   */
  async refresh(token: string, origin: Origin): Promise<OpenSession> {
    const found = await this.source.transaction((manager) => this.#use(manager, hashOf(token), origin))
    if (found === 'reused') throw new SotpError('TOKEN_INVALID', { detail: 'refresh token used twice' })
    if (!found) throw new SotpError('TOKEN_INVALID')
    return found
  }

  async #use(
    manager: EntityManager,
    hash: Buffer,
    origin: Origin,
  ): Promise<OpenSession | 'reused' | undefined> {
    const [known] = (await manager.query('SELECT session_id FROM refresh_token WHERE hash = $1', [hash])) as {
      session_id: string
    }[]
    // Everything that changes a session or its tokens holds the session's row first.
    const session = known && (await lockLive(manager, known.session_id))
    if (!session) return undefined
    const [token] = (await manager.query(
      'SELECT extract(epoch FROM clock_timestamp() - used_at)::float8 AS age FROM refresh_token WHERE hash = $1',
      [hash],
    )) as { age: number | null }[]
    const user = await manager.findOneBy(User, { id: session.userId, active: true })
    if (!token || !user) return undefined
    const target = sessionTarget(session.id, user)
    aboutAct({ target, actor: anonymousActor(user.email) })
    if (token.age !== null && token.age > graceSeconds) {
      await recordAudit(manager, { action: 'session.reuse', target, actor: anonymousActor(user.email) })
      await endAndTell(manager, 'id = $1', [session.id])
      count('sotp_auth_refresh_reused_total')
      this.log.warn(
        { sessionId: session.id, userId: user.id, ip: origin.ip },
        'used refresh token came again, session ended',
      )
      return 'reused'
    }
    await recordAudit(manager, { target, actor: userActor(user) })
    if (token.age !== null) return { user, session, refreshToken: null }
    await manager.query('UPDATE refresh_token SET used_at = clock_timestamp() WHERE hash = $1', [hash])
    return this.#prolong(manager, user, session.id, origin)
  }

  /** A new token and a new end for a session whose row the caller holds. */
  async #prolong(manager: EntityManager, user: User, id: string, origin: Origin): Promise<OpenSession> {
    await manager.query(
      `UPDATE session SET last_used_at = now(), expires_at = now() + make_interval(secs => $2), user_agent = $3, ip = $4
       WHERE id = $1`,
      [id, this.refreshSeconds, ...originOf(origin)],
    )
    const refreshToken = await this.#newToken(manager, id)
    return { user, session: await manager.findOneByOrFail(Session, { id }), refreshToken }
  }

  /** After a change of password: this session gets a new token, its old ones and all other sessions end. */
  async renewAlone(manager: EntityManager, user: User, id: string, origin: Origin): Promise<OpenSession> {
    const session = await lockLive(manager, id)
    if (!session) throw new SotpError('TOKEN_INVALID')
    await manager.query('DELETE FROM refresh_token WHERE session_id = $1', [id])
    const renewed = await this.#prolong(manager, user, id, origin)
    await endAndTell(manager, 'account_id = $1 AND id <> $2', [user.id, id])
    return renewed
  }

  /**
   * The session of a verified identity, with its user as they are now.
   * @throws SotpError TOKEN_INVALID when the session was ended or the user deactivated since the token was signed.
   */
  async live(identity: Identity): Promise<{ user: User; session: Session }> {
    const session = await liveSession(this.source.manager, identity.sessionId)
    const user = session && (await this.source.manager.findOneBy(User, { id: session.userId, active: true }))
    if (!session || !user || user.id !== identity.userId) throw new SotpError('TOKEN_INVALID')
    return { user, session }
  }

  /** Ends the session that a refresh token belongs to, and the session named; says whether one was alive. */
  async end(token: string | undefined, sessionId: string | undefined): Promise<boolean> {
    return this.source.transaction(async (manager) => {
      const ended = await endAndTell(
        manager,
        'id = $1 OR id = (SELECT session_id FROM refresh_token WHERE hash = $2)',
        [sessionId ?? null, token === undefined ? null : hashOf(token)],
      )
      for (const { id, userId } of ended) {
        const user = await manager.findOneByOrFail(User, { id: userId })
        await recordAudit(manager, { target: sessionTarget(id, user), actor: userActor(user) })
      }
      return ended.length > 0
    })
  }

  /** Ends one living session: of this user, or with null of anybody. @throws SotpError NOT_FOUND */
  async revoke(id: string, userId: string | null): Promise<Session> {
    if (!z.uuid().safeParse(id).success) throw noSuchSession()
    return this.source.transaction(async (manager) => {
      const own = 'id = $1 AND account_id = coalesce($2, account_id)'
      const [ended] = await endAndTell(manager, own, [id, userId])
      if (!ended) throw noSuchSession()
      const user = await manager.findOneByOrFail(User, { id: ended.userId })
      await recordAudit(manager, { target: sessionTarget(id, user) })
      return manager.findOneByOrFail(Session, { id })
    })
  }

  /** Ends every session of a user. */
  async endAll(user: User): Promise<void> {
    await this.source.transaction(async (manager) => {
      await recordAudit(manager, { target: targetOf(user) })
      await endAndTell(manager, 'account_id = $1', [user.id])
    })
  }

  /** Living sessions of each of these users, last used first; at most a hundred each. */
  async ofUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, Session[]>> {
    const sessions = await this.source.manager
      .createQueryBuilder(Session, 'session')
      .where('session.userId = ANY(:userIds)', { userIds })
      .andWhere('session.revokedAt IS NULL AND session.expiresAt > now()')
      .orderBy('session.lastUsedAt', 'DESC')
      .addOrderBy('session.id')
      .getMany()
    return Map.groupBy(sessions, ({ userId }) => userId)
  }

  /** Forgets what nobody can use or ask for any more. */
  async sweep(): Promise<void> {
    await this.source.query(`DELETE FROM refresh_token WHERE used_at < now() - make_interval(secs => $1)`, [
      this.refreshSeconds,
    ])
    await this.source.query(
      `DELETE FROM session WHERE least(expires_at, revoked_at) < now() - make_interval(days => $1)`,
      [keepEndedDays],
    )
  }

  async #newToken(manager: EntityManager, sessionId: string): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    await manager.query('INSERT INTO refresh_token (hash, session_id) VALUES ($1, $2)', [
      hashOf(token),
      sessionId,
    ])
    return token
  }
}

/**
 * Ends the living sessions that fit the condition. Returns their ids; telling of it is left to the caller, who may have
 * more to tell.
 */
export async function endSessions(
  manager: EntityManager,
  condition: string,
  parameters: readonly unknown[],
): Promise<{ id: string; userId: string }[]> {
  const [ended] = (await manager.query(
    `UPDATE session SET revoked_at = now() WHERE revoked_at IS NULL AND expires_at > now() AND (${condition})
     RETURNING id, account_id AS "userId"`,
    [...parameters],
  )) as [{ id: string; userId: string }[], number]
  return ended
}

async function endAndTell(
  manager: EntityManager,
  condition: string,
  parameters: readonly unknown[],
): Promise<{ id: string; userId: string }[]> {
  const ended = await endSessions(manager, condition, parameters)
  const byUser = Map.groupBy(ended, ({ userId }) => userId)
  await tellAccess(
    manager,
    [...byUser].map(([userId, own]) => ({ userId, ended: own.map(({ id }) => id) })),
  )
  return ended
}

const noSuchSession = () => new SotpError('NOT_FOUND', { message: 'No such living session.' })

const sessionTarget = (id: string, { name, email }: User): AuditTarget => ({
  type: 'Session',
  id,
  label: `of ${name} <${email}>`,
})

const alive = (manager: EntityManager, id: string) =>
  manager
    .createQueryBuilder(Session, 'session')
    .where('session.id = :id AND session.revokedAt IS NULL AND session.expiresAt > now()', { id })

const liveSession = (manager: EntityManager, id: string): Promise<Session | null> =>
  alive(manager, id).getOne()

const lockLive = (manager: EntityManager, id: string): Promise<Session | null> =>
  alive(manager, id).setLock('pessimistic_write').getOne()
