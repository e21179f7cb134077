import { randomUUID } from 'node:crypto'

import type { Grant } from '#core/contract/identity.js'
import type { Role } from '#core/contract/permissions.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { tellAccess } from '../grant/access-feed.js'
import { endSessions } from '../session/session.service.js'
import type { TokenService } from '../token/token.service.js'
import type { Passwords } from './password.js'
import { refuseOwnWords } from './password-policy.js'
import { isAdministrator, User, type UserKind } from './user.js'
import type { NewServiceAccount, NewUser } from './user-input.js'
import type { Place } from './user-page.js'

/** What is left out or null does not matter. */
export interface UserQuery {
  search?: string | null | undefined
  role?: Role | null | undefined
  kind?: UserKind | null | undefined
  active?: boolean | null | undefined
}

const isWholeAdmin = ({ role, siteIds }: Grant): boolean => role === 'ADMIN' && siteIds === null

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Users: who exists, what they may do. The last active ADMIN can neither leave nor be demoted. */
export class UserService {
  constructor(
    private readonly parts: { source: DataSource; tokens: TokenService; passwords: Passwords; log: Log },
  ) {}

  /** Users by id; one that does not exist is left out. */
  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, User>> {
    const users = await this.parts.source.manager
      .createQueryBuilder(User, 'user')
      .where('user.id = ANY(:ids)', { ids: ids.filter((id) => uuid.test(id)) })
      .getMany()
    return new Map(users.map((user) => [user.id, user]))
  }

  /** Users after a place, ordered by name without case, then id. */
  list(query: UserQuery, limit: number, after: Place | undefined): Promise<User[]> {
    const found = this.#matching(query).orderBy('lower(user.name)').addOrderBy('user.id').limit(limit)
    if (after) {
      found.andWhere('(lower(user.name), user.id) > (lower(:name), CAST(:id AS uuid))', { ...after })
    }
    return found.getMany()
  }

  count(query: UserQuery): Promise<number> {
    return this.#matching(query).getCount()
  }

  #matching({ search, role, kind, active }: UserQuery) {
    const found = this.parts.source.manager.createQueryBuilder(User, 'user').where('true')
    if (search) {
      const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
      found.andWhere('(user.name ILIKE :pattern OR user.email ILIKE :pattern)', { pattern })
    }
    if (role) found.andWhere('user.grants @> CAST(:held AS jsonb)', { held: JSON.stringify([{ role }]) })
    if (kind) found.andWhere('user.kind = :kind', { kind })
    if (typeof active === 'boolean') found.andWhere('user.active = :active', { active })
    return found
  }

  /** @throws SotpError CONFLICT when the e-mail is taken, BAD_USER_INPUT when the password is made of it. */
  async create({ email, name, password, grants }: NewUser): Promise<User> {
    refuseOwnWords(password, { email, name }, 'input.password')
    const passwordHash = await this.parts.passwords.hash(password)
    const [row] = (await this.parts.source.query(
      `INSERT INTO account (email, name, password_hash, grants) VALUES ($1, $2, $3, $4)
       ON CONFLICT (email) DO NOTHING RETURNING id`,
      [email, name, passwordHash, JSON.stringify(grants)],
    )) as { id: string }[]
    if (!row) {
      throw new SotpError('CONFLICT', {
        message: 'A user with this e-mail address already exists.',
        field: 'input.email',
      })
    }
    this.parts.log.info({ userId: row.id, grants }, 'user created')
    return this.parts.source.manager.findOneByOrFail(User, { id: row.id })
  }

  /** Makes a user for a program: without a password, under an address that can be no mailbox (RFC 2606 §2). */
  async createService({ name, grants }: NewServiceAccount): Promise<User> {
    const id = randomUUID()
    const email = `${id}@service.invalid`
    await this.parts.source.manager.insert(User, { id, kind: 'SERVICE', email, name, grants })
    this.parts.log.info({ userId: id, grants }, 'service account created')
    return this.parts.source.manager.findOneByOrFail(User, { id })
  }

  /** They count at once, for every session and API token. @throws SotpError NOT_FOUND, CONFLICT when nobody active would be ADMIN. */
  async setGrants(id: string, grants: readonly Grant[], actorId: string): Promise<User> {
    const user = await this.parts.source.transaction(async (manager) => {
      const before = await this.#change(manager, id, grants.some(isWholeAdmin))
      await manager.update(User, { id }, { grants: [...grants] })
      await tellAccess(manager, [{ userId: before.id, grants }])
      this.parts.log.info({ userId: id, actorId, before: before.grants, after: grants }, 'grants changed')
      return manager.findOneByOrFail(User, { id })
    })
    await this.parts.tokens.changed()
    return user
  }

  /** Ends the user's sessions and API tokens too. @throws SotpError NOT_FOUND, CONFLICT when nobody active would be ADMIN. */
  async deactivate(id: string, actorId: string): Promise<User> {
    const user = await this.parts.source.transaction(async (manager) => {
      const { id: userId } = await this.#change(manager, id, false)
      await manager.update(User, { id }, { active: false })
      const sessions = await endSessions(manager, 'account_id = $1', [userId])
      const tokens = await this.parts.tokens.endAll(manager, userId)
      await tellAccess(manager, [
        { userId, grants: [], ended: [...sessions.map((session) => session.id), ...tokens] },
      ])
      this.parts.log.info({ userId: id, actorId }, 'user deactivated, sessions and API tokens ended')
      return manager.findOneByOrFail(User, { id })
    })
    await this.parts.tokens.changed()
    return user
  }

  /** Reads a user for a change. Every change locks all active ADMINs, so two of them cannot remove each other. */
  async #change(manager: EntityManager, id: string, staysAdmin: boolean): Promise<User> {
    const admins = (await manager.query(
      `SELECT id FROM account WHERE ${isAdministrator} ORDER BY id FOR UPDATE`,
    )) as { id: string }[]
    const user = uuid.test(id) ? await manager.findOneBy(User, { id }) : null
    if (!user) throw new SotpError('NOT_FOUND', { message: 'No such user.' })
    if (!staysAdmin && admins.length === 1 && admins[0]?.id === user.id) {
      throw new SotpError('CONFLICT', {
        message: 'This is the last active administrator; make another one first.',
      })
    }
    return user
  }
}
