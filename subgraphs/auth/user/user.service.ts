import { randomUUID } from 'node:crypto'
import { QueryFailedError } from 'typeorm'

import type { Grant } from '#core/contract/identity.js'
import type { Role } from '#core/contract/permissions.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { tellAccess } from '../grant/access-feed.js'
import { everywhere, grantList } from '../grant/grant.js'
import { withdrawInvites } from '../invite/waiting.js'
import { endSessions } from '../session/session.service.js'
import type { TokenService } from '../token/token.service.js'
import type { Passwords } from './password.js'
import { refuseOwnWords } from './password-policy.js'
import { isAdministrator, seenUser, targetOf, User, type UserKind } from './user.js'
import type { NewServiceAccount, NewUser, UserChange } from './user-input.js'
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
  async create(wanted: NewUser): Promise<User> {
    const passwordHash = await this.hashFor(wanted)
    return this.parts.source.transaction(async (manager) => {
      const user = await this.add(manager, { ...wanted, passwordHash })
      await recordAudit(manager, { target: targetOf(user), after: seenUser(user) })
      return user
    })
  }

  /** The hash of a first password. @throws SotpError BAD_USER_INPUT when it is made of its owner's e-mail or name */
  hashFor({ password, email, name }: Pick<NewUser, 'password' | 'email' | 'name'>): Promise<string> {
    refuseOwnWords(password, { email, name }, 'input.password')
    return this.parts.passwords.hash(password)
  }

  /** Adds a person within the caller's transaction, who records it. @throws SotpError CONFLICT when the e-mail is taken */
  async add(
    manager: EntityManager,
    { email, name, passwordHash, grants }: Pick<User, 'email' | 'name' | 'passwordHash' | 'grants'>,
  ): Promise<User> {
    const [row] = (await manager.query(
      `INSERT INTO account (email, name, password_hash, grants) VALUES ($1, $2, $3, $4)
       ON CONFLICT (email) DO NOTHING RETURNING id`,
      [email, name, passwordHash, JSON.stringify(grants)],
    )) as { id: string }[]
    if (!row) throw emailTaken()
    this.parts.log.info({ userId: row.id, grants }, 'user created')
    return manager.findOneByOrFail(User, { id: row.id })
  }

  /** Makes a user for a program: without a password, under an address that can be no mailbox (RFC 2606 §2). */
  async createService({ name, grants }: NewServiceAccount): Promise<User> {
    const id = randomUUID()
    const email = `${id}@service.invalid`
    const user = await this.parts.source.transaction(async (manager) => {
      await manager.insert(User, { id, kind: 'SERVICE', email, name, grants })
      const made = await manager.findOneByOrFail(User, { id })
      await recordAudit(manager, { target: targetOf(made), after: seenUser(made) })
      return made
    })
    this.parts.log.info({ userId: id, grants }, 'service account created')
    return user
  }

  /** They count at once, for every session and API token. @throws SotpError NOT_FOUND, CONFLICT when nobody active would be ADMIN. */
  async setGrants(id: string, grants: readonly Grant[], actorId: string): Promise<User> {
    const user = await this.parts.source.transaction(async (manager) => {
      const before = await this.#change(manager, id, grants.some(isWholeAdmin))
      await manager.update(User, { id }, { grants: [...grants] })
      const after = await manager.findOneByOrFail(User, { id })
      if (!grants.some(isWholeAdmin)) await withdrawInvites(manager, id)
      await recordAudit(manager, {
        target: targetOf(after),
        before: { grants: before.grants },
        after: { grants: after.grants },
      })
      await tellAccess(manager, [{ userId: before.id, grants }])
      this.parts.log.info({ userId: id, actorId, before: before.grants, after: grants }, 'grants changed')
      return after
    })
    await this.parts.tokens.changed()
    return user
  }

  /**
   * Gives a user the grants that somebody else decides, within the caller's transaction, who records and tells it. The
   * last active administrator stays one. Returns what the user holds now.
   */
  async alignGrants(manager: EntityManager, user: User, grants: readonly Grant[]): Promise<Grant[]> {
    const admins = await lockAdmins(manager)
    const last = user.grants.some(isWholeAdmin) && isLast(admins, user.id)
    const kept = last ? grantList.parse([...everywhere('ADMIN'), ...grants]) : [...grants]
    if (last && !grants.some(isWholeAdmin)) {
      this.parts.log.warn({ userId: user.id }, 'the last active administrator stays one')
    }
    await manager.update(User, { id: user.id }, { grants: kept })
    if (!kept.some(isWholeAdmin)) await withdrawInvites(manager, user.id)
    return kept
  }

  /** Ends the user's sessions and API tokens too. @throws SotpError NOT_FOUND, CONFLICT when nobody active would be ADMIN. */
  deactivate(id: string, actorId: string): Promise<User> {
    return this.update({ id, active: false }, actorId)
  }

  /**
   * Changes what is given. Whoever is deactivated loses all sessions and API tokens; whoever is activated again gets
   * none of them back. @throws SotpError NOT_FOUND, CONFLICT when the e-mail is taken or nobody active would be ADMIN.
   */
  async update({ id, name, email, active }: UserChange, actorId: string): Promise<User> {
    const user = await this.parts.source.transaction(async (manager) => {
      const before = await this.#change(manager, id, active !== false)
      if (email && email !== before.email && before.kind === 'SERVICE') {
        const message = 'input.email: a service account has no mailbox'
        throw new SotpError('BAD_USER_INPUT', { message, field: 'input.email' })
      }
      const given = { ...(name && { name }), ...(email && { email }), ...(active != null && { active }) }
      if (Object.keys(given).length > 0) await manager.update(User, { id }, given).catch(refuseTaken)
      const after = await manager.findOneByOrFail(User, { id })
      const ended = active === false ? await this.#endAccess(manager, before.id) : []
      await recordAudit(manager, {
        target: targetOf(before),
        ...changed(seenUser(before), seenUser(after)),
      })
      const grants = after.active ? (before.active ? undefined : after.grants) : []
      await tellAccess(manager, [{ userId: before.id, ...(grants && { grants }), ended }])
      this.parts.log.info({ userId: id, actorId, changed: Object.keys(given) }, 'user changed')
      return after
    })
    await this.parts.tokens.changed()
    return user
  }

  /** Ids of the sessions and API tokens that ended. */
  async #endAccess(manager: EntityManager, userId: string): Promise<string[]> {
    await withdrawInvites(manager, userId)
    const sessions = await endSessions(manager, 'account_id = $1', [userId])
    const tokens = await this.parts.tokens.endAll(manager, userId)
    return [...sessions.map(({ id }) => id), ...tokens]
  }

  /** Reads a user for a change. Every change locks all active ADMINs, so two of them cannot remove each other. */
  async #change(manager: EntityManager, id: string, staysAdmin: boolean): Promise<User> {
    const admins = await lockAdmins(manager)
    const user = uuid.test(id) ? await manager.findOneBy(User, { id }) : null
    if (!user) throw new SotpError('NOT_FOUND', { message: 'No such user.' })
    if (!staysAdmin && isLast(admins, user.id)) {
      throw new SotpError('CONFLICT', {
        message: 'This is the last active administrator; make another one first.',
      })
    }
    return user
  }
}

interface Admin {
  id: string
}
const lockAdmins = (manager: EntityManager): Promise<Admin[]> =>
  manager.query(`SELECT id FROM account WHERE ${isAdministrator} ORDER BY id FOR UPDATE`)

const isLast = (admins: readonly Admin[], id: string): boolean => admins.length === 1 && admins[0]?.id === id

const emailTaken = () =>
  new SotpError('CONFLICT', {
    message: 'A user with this e-mail address already exists.',
    field: 'input.email',
  })

/** Another user may have got the address at the same moment, so only the index knows. */
function refuseTaken(error: unknown): never {
  const isTaken = error instanceof QueryFailedError && error.driverError.code === '23505'
  throw isTaken ? emailTaken() : error
}
