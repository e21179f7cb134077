import { createHash, randomBytes, randomInt } from 'node:crypto'
import * as z from 'zod'

import { apiTokenPrefix } from '#core/contract/access.js'
import type { Identity } from '#core/contract/identity.js'
import { type Permission, permissions } from '#core/contract/permissions.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { scopeOf } from '#core/service/scope.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { tellAccess } from '../grant/access-feed.js'
import { User } from '../user/user.js'
import { ApiToken, type NewApiToken, tokenTarget } from './api-token.js'
import type { TokenShelf } from './token-shelf.js'

const livingMax = 50
const yearsMax = 10
const keepEndedDays = 90
const idLetters = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** `sotp_pat_<8 letters, to know it again>_<256 random bits>` (43 characters of base64url). */
function newSecret(): { secret: string; prefix: string; hash: Buffer } {
  const known = Array.from({ length: 8 }, () => idLetters[randomInt(idLetters.length)]).join('')
  const prefix = `${apiTokenPrefix}${known}`
  const secret = `${prefix}_${randomBytes(32).toString('base64url')}`
  return { secret, prefix, hash: createHash('sha256').update(secret).digest() }
}

/** API tokens: only the prefix and the SHA-256 of a secret are kept. What the gateway must know lies on the shelf. */
export class TokenService {
  constructor(
    private readonly source: DataSource,
    private readonly shelf: TokenShelf,
    private readonly log: Log,
  ) {}

  /**
   * Makes a token for its owner, with scopes that the owner holds now.
   * @throws SotpError BAD_USER_INPUT, CONFLICT when the owner has fifty living ones.
   */
  async create(
    owner: User,
    { name, scopes, expiresAt = null }: NewApiToken,
    actorId: string,
  ): Promise<{ secret: string; token: ApiToken }> {
    const allowed = allowedScopes(owner, scopes)
    refuseOddEnd(expiresAt)
    const { secret, ...kept } = newSecret()
    const token = await this.source.transaction(async (manager) => {
      // Holds the owner's row, so that a token is never left behind by a deactivation, nor a fifty-first made.
      const [active] = (await manager.query('SELECT id FROM account WHERE id = $1 AND active FOR UPDATE', [
        owner.id,
      ])) as { id: string }[]
      if (!active) throw new SotpError('NOT_FOUND', { message: 'No such active user.' })
      const living = await livingTokens(manager).andWhere('token.userId = :id', { id: owner.id }).getCount()
      if (living >= livingMax) {
        throw new SotpError('CONFLICT', { message: `There are ${livingMax} API tokens already; revoke one.` })
      }
      const values = { ...kept, userId: owner.id, name, scopes: allowed, expiresAt, createdById: actorId }
      const { identifiers } = await manager.insert(ApiToken, values)
      const made = await manager.findOneByOrFail(ApiToken, { id: String(identifiers[0]?.['id']) })
      const after = { name, prefix: kept.prefix, owner: owner.email, scopes: allowed, expiresAt }
      await recordAudit(manager, { target: tokenTarget(made), after })
      return made
    })
    this.log.info({ tokenId: token.id, userId: owner.id, actorId, scopes: allowed }, 'API token made')
    await this.changed()
    return { secret, token }
  }

  /** Ends a living token: of this user, or with null of anybody. @throws SotpError NOT_FOUND */
  async revoke(id: string, userId: string | null, actorId: string): Promise<ApiToken> {
    if (!z.uuid().safeParse(id).success) throw noSuchToken()
    const token = await this.source.transaction(async (manager) => {
      const [ended] = await endTokens(manager, 'id = $1 AND account_id = coalesce($2, account_id)', [
        id,
        userId,
      ])
      if (!ended) throw noSuchToken()
      const revoked = await manager.findOneByOrFail(ApiToken, { id })
      await recordAudit(manager, { target: tokenTarget(revoked) })
      await tellAccess(manager, [{ userId: ended.userId, ended: [ended.id] }])
      return revoked
    })
    this.log.info({ tokenId: token.id, userId: token.userId, actorId }, 'API token revoked')
    await this.changed()
    return token
  }

  /** Ends every token of a user and returns their ids; telling of it, and `changed` after it, are left to the caller. */
  async endAll(manager: EntityManager, userId: string): Promise<string[]> {
    return (await endTokens(manager, 'account_id = $1', [userId])).map(({ id }) => id)
  }

  /** Puts on the shelf what was committed. */
  changed(): Promise<void> {
    return this.shelf.publish()
  }

  /** Tokens of a user, the newest first: living ones, and those that ended within ninety days. */
  ofUser(userId: string): Promise<ApiToken[]> {
    return this.source.manager
      .createQueryBuilder(ApiToken, 'token')
      .where('token.userId = :userId', { userId })
      .orderBy('token.createdAt', 'DESC')
      .addOrderBy('token.id')
      .limit(1000)
      .getMany()
  }

  /** The token that an identity stands for, with its owner as they are now. @throws SotpError TOKEN_INVALID */
  async live(identity: Identity): Promise<{ user: User; token: ApiToken }> {
    const token = await livingTokens(this.source.manager)
      .andWhere('token.id = :id AND token.userId = :userId', {
        id: identity.sessionId,
        userId: identity.userId,
      })
      .getOne()
    const user = token && (await this.source.manager.findOneBy(User, { id: token.userId, active: true }))
    if (!token || !user) throw new SotpError('TOKEN_INVALID')
    return { user, token }
  }

  /** Forgets what ended long ago. */
  async sweep(): Promise<void> {
    await this.source.query(
      'DELETE FROM api_token WHERE least(expires_at, revoked_at) < now() - make_interval(days => $1)',
      [keepEndedDays],
    )
  }
}

const noSuchToken = () => new SotpError('NOT_FOUND', { message: 'No such living API token.' })

const livingTokens = (manager: EntityManager) =>
  manager
    .createQueryBuilder(ApiToken, 'token')
    .where('token.revokedAt IS NULL AND (token.expiresAt IS NULL OR token.expiresAt > now())')

async function endTokens(
  manager: EntityManager,
  condition: string,
  parameters: readonly unknown[],
): Promise<{ id: string; userId: string }[]> {
  const [ended] = (await manager.query(
    `UPDATE api_token SET revoked_at = now()
     WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) AND (${condition})
     RETURNING id, account_id AS "userId"`,
    [...parameters],
  )) as [{ id: string; userId: string }[], number]
  return ended
}

/** @throws SotpError BAD_USER_INPUT for a scope that does not exist, that no token may have, or that its owner lacks. */
function allowedScopes(owner: User, scopes: readonly string[]): Permission[] {
  const refuse = (message: string) =>
    new SotpError('BAD_USER_INPUT', { message: `input.scopes: ${message}`, field: 'input.scopes' })
  const holder = { grants: owner.grants, scopes: null } as Identity
  for (const scope of scopes) {
    if (!Object.hasOwn(permissions, scope)) throw refuse(`there is no permission ${JSON.stringify(scope)}`)
    if (scope === 'token.write') throw refuse('an API token may not make others')
    if (scopeOf(holder, scope as Permission) === 'nowhere') {
      throw refuse(`the owner does not hold the permission "${scope}"`)
    }
  }
  return [...new Set(scopes as Permission[])].sort()
}

/** @throws SotpError BAD_USER_INPUT for an end in the past or beyond ten years. */
function refuseOddEnd(expiresAt: Date | null): void {
  if (expiresAt === null) return
  const latest = new Date()
  latest.setUTCFullYear(latest.getUTCFullYear() + yearsMax)
  const why =
    expiresAt.getTime() <= Date.now()
      ? 'must lie in the future'
      : expiresAt > latest
        ? `must lie within ${yearsMax} years`
        : undefined
  if (why)
    throw new SotpError('BAD_USER_INPUT', { message: `input.expiresAt: ${why}`, field: 'input.expiresAt' })
}
