import type { Log } from '#core/service/log.js'
import type { DataSource } from '#db/source.js'

import type { Passwords } from './password.js'
import { User } from './user.js'

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
    const user = await manager.findOneBy(User, { email })
    if (!user) {
      if (users > 0)
        return log.warn({ email }, 'SOTP_ADMIN_PASSWORD is set, but no user has SOTP_ADMIN_EMAIL')
      const passwordHash = await passwords.hash(password)
      await manager.insert(User, { email, name: 'Administrator', passwordHash, roles: ['ADMIN'] })
      return log.info({ email }, 'first administrator created')
    }
    if (!(await passwords.verify(user.passwordHash, password))) {
      await manager.update(User, { id: user.id }, { passwordHash: await passwords.hash(password) })
      await manager.query(
        'UPDATE session SET revoked_at = now() WHERE account_id = $1 AND revoked_at IS NULL',
        [user.id],
      )
      log.warn({ email }, 'password set from SOTP_ADMIN_PASSWORD, sessions ended')
    }
    const admins = await manager.query(`SELECT 1 FROM account WHERE active AND 'ADMIN' = ANY(roles) LIMIT 1`)
    if (admins.length > 0) return
    await manager.update(
      User,
      { id: user.id },
      { active: true, roles: [...new Set(['ADMIN' as const, ...user.roles])] },
    )
    log.warn({ email }, 'no active administrator was left; this user is one again')
  })
}
