import type { Role } from '#core/contract/permissions.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import type { DataSource, EntityManager } from '#db/source.js'

import type { SessionService } from '../session/session.service.js'
import type { Passwords } from './password.js'
import { refuseOwnWords } from './password-policy.js'
import { User } from './user.js'
import type { NewUser } from './user-input.js'
import type { Place } from './user-page.js'

/** What is left out or null does not matter. */
export interface UserQuery {
  search?: string | null | undefined
  role?: Role | null | undefined
  active?: boolean | null | undefined
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Users: who exists, what they may do. The last active ADMIN can neither leave nor be demoted. */
export class UserService {
  constructor(
    private readonly source: DataSource,
    private readonly sessions: SessionService,
    private readonly passwords: Passwords,
    private readonly log: Log,
  ) {}

  /** Users by id; one that does not exist is left out. */
  async byIds(ids: readonly string[]): Promise<ReadonlyMap<string, User>> {
    const users = await this.source.manager
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

  #matching({ search, role, active }: UserQuery) {
    const found = this.source.manager.createQueryBuilder(User, 'user').where('true')
    if (search) {
      const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
      found.andWhere('(user.name ILIKE :pattern OR user.email ILIKE :pattern)', { pattern })
    }
    if (role) found.andWhere(':role = ANY(user.roles)', { role })
    if (typeof active === 'boolean') found.andWhere('user.active = :active', { active })
    return found
  }

  /** @throws SotpError CONFLICT when the e-mail is taken, BAD_USER_INPUT when the password is made of it. */
  async create({ email, name, password, roles }: NewUser): Promise<User> {
    refuseOwnWords(password, { email, name }, 'input.password')
    const passwordHash = await this.passwords.hash(password)
    const [row] = (await this.source.query(
      `INSERT INTO account (email, name, password_hash, roles) VALUES ($1, $2, $3, $4)
       ON CONFLICT (email) DO NOTHING RETURNING id`,
      [email, name, passwordHash, roles],
    )) as { id: string }[]
    if (!row) {
      throw new SotpError('CONFLICT', {
        message: 'A user with this e-mail address already exists.',
        field: 'input.email',
      })
    }
    this.log.info({ userId: row.id, roles }, 'user created')
    return this.source.manager.findOneByOrFail(User, { id: row.id })
  }

  /** @throws SotpError NOT_FOUND, CONFLICT when nobody active would be ADMIN. */
  setRoles(id: string, roles: readonly Role[], actorId: string): Promise<User> {
    return this.source.transaction(async (manager) => {
      const user = await this.#change(manager, id, roles.includes('ADMIN'))
      await manager.update(User, { id }, { roles: [...roles] })
      this.log.info({ userId: id, actorId, before: user.roles, after: roles }, 'roles changed')
      return manager.findOneByOrFail(User, { id })
    })
  }

  /** Ends the user's sessions too. @throws SotpError NOT_FOUND, CONFLICT when nobody active would be ADMIN. */
  deactivate(id: string, actorId: string): Promise<User> {
    return this.source.transaction(async (manager) => {
      await this.#change(manager, id, false)
      await manager.update(User, { id }, { active: false })
      await this.sessions.endAll(manager, id)
      this.log.info({ userId: id, actorId }, 'user deactivated, sessions ended')
      return manager.findOneByOrFail(User, { id })
    })
  }

  /** Reads a user for a change. Every change locks all active ADMINs, so two of them cannot remove each other. */
  async #change(manager: EntityManager, id: string, staysAdmin: boolean): Promise<User> {
    const admins = (await manager.query(
      `SELECT id FROM account WHERE active AND 'ADMIN' = ANY(roles) ORDER BY id FOR UPDATE`,
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
