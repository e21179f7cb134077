import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import type { SecretBox } from '#core/service/secrets.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import type { Attempts } from '../session/attempts.js'
import type { Origin } from '../session/session.service.js'
import type { Passwords } from '../user/password.js'
import { targetOf, type User } from '../user/user.js'
import type { BeginTotpInput, DisableTotpInput } from './factor.js'
import { newRecoveryCodes, newTotpSecret, readCode, recoveryHash, stepOf, totpUri } from './totp.js'

interface Factor {
  secret: string
  confirmed: boolean
}

export const factorRef = (userId: string): string => `auth/totp/${userId}`

/** The second factor of a user: an authenticator app, and recovery codes of which only hashes are kept. */
export class FactorService {
  constructor(
    private readonly parts: {
      source: DataSource
      box: SecretBox
      passwords: Passwords
      attempts: Attempts
      log: Log
      /** Whether everybody with a password must have one. */
      required: boolean
    },
  ) {}

  /** Whether a user has yet to set one up. Whoever has no password here proves themselves elsewhere. */
  async isMissing({ id, passwordHash }: User): Promise<boolean> {
    return this.parts.required && passwordHash !== null && !(await this.ofUsers([id])).has(id)
  }

  /** Which of these users have one that counts. */
  async ofUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
    const rows = (await this.parts.source.query(
      'SELECT account_id AS id FROM second_factor WHERE account_id = ANY($1) AND confirmed_at IS NOT NULL',
      [userIds],
    )) as { id: string }[]
    return new Map(rows.map(({ id }) => [id, true]))
  }

  /**
   * A new secret, which counts once a code of it is confirmed. It takes the password: otherwise whoever finds an open
   * session sets up an app of their own and locks the user out.
   * @throws SotpError CONFLICT when one counts already, INVALID_CREDENTIALS at `input.password`, RATE_LIMITED
   */
  async begin(user: User, input: BeginTotpInput, origin: Origin): Promise<{ secret: string; uri: string }> {
    const { source, attempts } = this.parts
    const secret = newTotpSecret()
    // While there is no second factor the password is all of the proof; whoever has none proved nothing.
    const proves = user.passwordHash === null ? 'code' : 'person'
    const work = async () => {
      await this.#provePassword(user, input.password)
      await source.transaction((manager) => this.#keepSecret(manager, user, secret))
    }
    await attempts.guard(user.email, origin.ip, work, proves)
    return { secret, uri: totpUri(secret, user.email) }
  }

  /** Makes it count from now on. @throws SotpError CONFLICT, INVALID_CREDENTIALS at `code`, RATE_LIMITED */
  async confirm(user: User, code: string, origin: Origin): Promise<string[]> {
    const codes = await this.#guarded(user, origin, 'code', async (manager) => {
      const factor = await this.#read(manager, user.id)
      if (!factor || factor.confirmed) {
        const message = factor ? 'The second factor is confirmed already.' : 'Call `beginTotp` first.'
        throw new SotpError('CONFLICT', { message })
      }
      const given = readCode(code)
      const right =
        given?.kind === 'totp' && (await this.#takeStep(manager, user.id, factor.secret, given.code))
      if (!right) throw wrongCode('code')
      await manager.query('UPDATE second_factor SET confirmed_at = now() WHERE account_id = $1', [user.id])
      await recordAudit(manager, {
        target: targetOf(user),
        before: { secondFactor: false },
        after: { secondFactor: true },
      })
      return this.#replaceCodes(manager, user.id)
    })
    this.parts.log.info({ userId: user.id }, 'second factor set up')
    return codes
  }

  /** Other recovery codes, for a code of the app or one of the old ones. @throws SotpError as `prove`, CONFLICT */
  renew(user: User, code: string, origin: Origin): Promise<string[]> {
    return this.#guarded(user, origin, 'code', async (manager) => {
      await this.#mustCount(manager, user)
      await this.prove(manager, user, code, 'code')
      await recordAudit(manager, { target: targetOf(user) })
      return this.#replaceCodes(manager, user.id)
    })
  }

  /**
   * Gives up the factor for password and code, unless everybody must have one. Whoever has no password, because they sign in elsewhere, needs none.
   * @throws SotpError as `prove`, CONFLICT
   */
  async disable(user: User, input: DisableTotpInput, origin: Origin): Promise<void> {
    if (this.parts.required) {
      throw new SotpError('CONFLICT', {
        message: 'Everybody has a second factor here; an administrator resets it.',
      })
    }
    await this.#guarded(user, origin, 'person', async (manager) => {
      await this.#mustCount(manager, user)
      await this.#provePassword(user, input.password)
      await this.prove(manager, user, input.code)
      await this.#remove(manager, user)
    })
    this.parts.log.info({ userId: user.id }, 'second factor disabled')
  }

  /** Takes it from somebody who lost it. @throws SotpError CONFLICT when there is none */
  async reset(user: User, actorId: string): Promise<void> {
    await this.parts.source.transaction(async (manager) => {
      await this.#mustCount(manager, user)
      await this.#remove(manager, user)
    })
    this.parts.log.warn({ userId: user.id, actorId }, 'second factor reset')
  }

  /**
   * Demands the second factor of whoever has one, and uses up the code within the caller's transaction.
   * @throws SotpError SECOND_FACTOR_REQUIRED without a code, INVALID_CREDENTIALS at `field` with a wrong or used one
   */
  async prove(
    manager: EntityManager,
    user: User,
    code: string | null | undefined,
    field = 'input.code',
  ): Promise<void> {
    const factor = await this.#read(manager, user.id)
    if (!factor?.confirmed) return
    if (!code) throw new SotpError('SECOND_FACTOR_REQUIRED', { field })
    const given = readCode(code)
    const right =
      given?.kind === 'totp'
        ? await this.#takeStep(manager, user.id, factor.secret, given.code)
        : given !== undefined && (await this.#takeRecoveryCode(manager, user.id, given.code))
    count('sotp_auth_second_factors_total', { result: right ? 'accepted' : 'refused' })
    if (!right) throw wrongCode(field)
  }

  /** One transaction, as one of the attempts that are limited: a session that was left open is no place to guess. */
  #guarded<Result>(
    user: User,
    { ip }: Origin,
    proves: 'person' | 'code',
    work: (manager: EntityManager) => Promise<Result>,
  ) {
    const { attempts, source } = this.parts
    return attempts.guard(user.email, ip, () => source.transaction(work), proves)
  }

  /** Demands the password of whoever has one: a missing one is a wrong one. */
  async #provePassword({ passwordHash }: User, password: string | null | undefined): Promise<void> {
    // Bounded, so that nobody can make us hash a megabyte.
    const given = (password ?? '').slice(0, 1024)
    if (passwordHash === null || (await this.parts.passwords.verify(passwordHash, given))) return
    const message = 'The current password is wrong.'
    throw new SotpError('INVALID_CREDENTIALS', { message, field: 'input.password' })
  }

  async #keepSecret(manager: EntityManager, user: User, secret: string): Promise<void> {
    const made = (await manager.query(
      `INSERT INTO second_factor (account_id, sealed_secret) VALUES ($1, $2)
       ON CONFLICT (account_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = now(), last_step = 0
         WHERE second_factor.confirmed_at IS NULL
       RETURNING 1`,
      [user.id, this.parts.box.seal(factorRef(user.id), secret)],
    )) as unknown[]
    if (made.length === 0) {
      throw new SotpError('CONFLICT', { message: 'A second factor is set up already; disable it first.' })
    }
    await recordAudit(manager, { target: targetOf(user), after: { secondFactor: 'to be confirmed' } })
  }

  async #mustCount(manager: EntityManager, user: User): Promise<void> {
    const factor = await this.#read(manager, user.id)
    if (!factor?.confirmed) throw new SotpError('CONFLICT', { message: 'There is no second factor.' })
  }

  /** Holds the row, so that two who show the same code come one after the other. */
  async #read(manager: EntityManager, userId: string): Promise<Factor | undefined> {
    const [row] = (await manager.query(
      `SELECT sealed_secret AS sealed, confirmed_at IS NOT NULL AS confirmed FROM second_factor
       WHERE account_id = $1 FOR UPDATE`,
      [userId],
    )) as { sealed: string; confirmed: boolean }[]
    return (
      row && { secret: this.parts.box.open(factorRef(userId), row.sealed).reveal(), confirmed: row.confirmed }
    )
  }

  async #takeStep(manager: EntityManager, userId: string, secret: string, code: string): Promise<boolean> {
    const step = stepOf(secret, code)
    if (step === undefined) return false
    const [, used] = (await manager.query(
      'UPDATE second_factor SET last_step = $2 WHERE account_id = $1 AND last_step < $2',
      [userId, step],
    )) as [unknown, number]
    return used === 1
  }

  async #takeRecoveryCode(manager: EntityManager, userId: string, code: string): Promise<boolean> {
    const [, used] = (await manager.query(
      'UPDATE recovery_code SET used_at = now() WHERE account_id = $1 AND hash = $2 AND used_at IS NULL',
      [userId, recoveryHash(userId, code)],
    )) as [unknown, number]
    if (used === 1) this.parts.log.warn({ userId }, 'recovery code used')
    return used === 1
  }

  async #replaceCodes(manager: EntityManager, userId: string): Promise<string[]> {
    const codes = newRecoveryCodes()
    await manager.query('DELETE FROM recovery_code WHERE account_id = $1', [userId])
    await manager.query('INSERT INTO recovery_code (account_id, hash) SELECT $1, unnest($2::bytea[])', [
      userId,
      codes.map((code) => recoveryHash(userId, code)),
    ])
    return codes
  }

  async #remove(manager: EntityManager, user: User): Promise<void> {
    await manager.query('DELETE FROM second_factor WHERE account_id = $1', [user.id])
    await recordAudit(manager, {
      target: targetOf(user),
      before: { secondFactor: true },
      after: { secondFactor: false },
    })
  }
}

const wrongCode = (field: string) =>
  new SotpError('INVALID_CREDENTIALS', { message: 'The code is wrong or was used already.', field })
