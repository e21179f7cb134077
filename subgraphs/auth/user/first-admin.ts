import { systemActor } from '#core/service/audit.js'
import type { Log } from '#core/service/log.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { tellAccess } from '../grant/access-feed.js'
import { everywhere, grantList } from '../grant/grant.js'
import { endSessions } from '../session/session.service.js'
import type { Passwords } from './password.js'
import { isAdministrator, seenUser, targetOf, User } from './user.js'

export interface FirstAdminOptions {
  source: DataSource
  passwords: Passwords
  log: Log
  email: string
  /** Undefined: nothing is done, only told when nobody could sign in. */
  password: string | undefined
  /** Used instead, but only to make the very first user: it never brings back a password that was changed. */
  initialPassword: string | undefined
}

const lock = 'sotp_auth_first_admin'

/**
 * Lets the operator in. When there is no user, the first ADMIN is made. When the e-mail is known and its password
 * differs, the password is set and its sessions end; when no active ADMIN is left at all, that user becomes one.
 */
export async function ensureFirstAdmin({
  source,
  passwords,
  log,
  email,
  password: given,
  initialPassword,
}: FirstAdminOptions): Promise<void> {
  await source.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [lock])
    const users = await manager.count(User)
    const password = given ?? (users === 0 ? initialPassword : undefined)
    if (!password) {
      if (users === 0)
        log.warn('there is no user yet; set SOTP_ADMIN_PASSWORD to make the first administrator')
      return
    }
    const user = await manager.findOneBy(User, { email, kind: 'HUMAN' })
    if (!user) {
      if (users > 0)
        return log.warn({ email }, 'SOTP_ADMIN_PASSWORD is set, but no user has SOTP_ADMIN_EMAIL')
      const passwordHash = await passwords.hash(password)
      await manager.insert(User, { email, name: 'Administrator', passwordHash, grants: everywhere('ADMIN') })
      const made = await manager.findOneByOrFail(User, { email })
      await record(manager, made, null)
      return log.info({ email }, 'first administrator created')
    }
    const ended: string[] = []
    const before = seenUser(user)
    if (!(await passwords.verify(user.passwordHash ?? undefined, password))) {
      await manager.update(User, { id: user.id }, { passwordHash: await passwords.hash(password) })
      for (const { id } of await endSessions(manager, 'account_id = $1', [user.id])) ended.push(id)
      await record(manager, user, before)
      log.warn({ email }, 'password set from SOTP_ADMIN_PASSWORD, sessions ended')
    }
    const admins = await manager.query(`SELECT 1 FROM account WHERE ${isAdministrator} LIMIT 1`)
    if (admins.length > 0) return tellAccess(manager, [{ userId: user.id, ended }])
    const grants = grantList.parse([...everywhere('ADMIN'), ...user.grants])
    await manager.update(User, { id: user.id }, { active: true, grants })
    await record(manager, { ...user, active: true, grants }, before)
    await tellAccess(manager, [{ userId: user.id, grants, ended }])
    log.warn({ email }, 'no active administrator was left; this user is one again')
  })
}

const record = (manager: EntityManager, user: User, before: unknown) =>
  recordAudit(manager, {
    action: 'user.first',
    actor: systemActor('settings of the operator'),
    target: targetOf(user),
    before,
    after: seenUser(user),
  })
