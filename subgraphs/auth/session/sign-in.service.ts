import * as z from 'zod'

import type { Identity } from '#core/contract/identity.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import type { DataSource } from '#db/source.js'
import { everywhere } from '../grant/grant.js'
import type { AccessTokenSigner } from '../key/access-token-signer.js'
import type { Passwords } from '../user/password.js'
import { newPassword, refuseOwnWords } from '../user/password-policy.js'
import { User } from '../user/user.js'
import type { UserService } from '../user/user.service.js'
import { registration } from '../user/user-input.js'
import type { Attempts } from './attempts.js'
import type { OpenSession, Origin, SessionService } from './session.service.js'

/** What a client gets that signed in: a session and an access token for it. */
export interface SignedIn extends OpenSession {
  accessToken: string
  identity: Identity
}

/** Bounded, so that nobody can make us normalise and hash a megabyte; otherwise wrong is simply wrong. */
const given = z.string().max(1024, 'is too long')
const login = z.object({ email: given.transform((text) => text.trim().toLowerCase()), password: given })
const change = z.object({ current: given, next: newPassword })

export interface SignInParts {
  source: DataSource
  users: UserService
  sessions: SessionService
  passwords: Passwords
  attempts: Attempts
  signer: AccessTokenSigner
  log: Log
  registrationOpen: boolean
}

/** Ways to get an access token: by password, by registering, by refresh token. */
export class SignInService {
  constructor(private readonly parts: SignInParts) {}

  get registrationOpen(): boolean {
    return this.parts.registrationOpen
  }

  /**
   * Signs in by password. Unknown, wrong and deactivated take the same time and get the same answer.
   * @throws SotpError INVALID_CREDENTIALS, RATE_LIMITED
   */
  async login(input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, passwords, attempts, sessions, log } = this.parts
    const { email, password } = parseInput(login, input)
    await attempts.begin(email, origin.ip)
    const user = await source.manager.findOneBy(User, { email })
    const known = user?.passwordHash ?? undefined
    const right = await passwords.verify(known, password)
    if (!right || !user?.active || known === undefined) {
      count('sotp_auth_logins_total', { result: 'refused' })
      log.info({ userId: user?.id ?? null, ip: origin.ip }, 'sign-in refused')
      throw new SotpError('INVALID_CREDENTIALS')
    }
    await attempts.succeeded(email, origin.ip)
    const rehashed = passwords.outdated(known) ? await passwords.hash(password) : known
    const opened = await source.transaction(async (manager) => {
      // Holds the user's row: who is deactivated or changes the password meanwhile leaves no session behind.
      const { affected } = await manager.update(
        User,
        { id: user.id, active: true, passwordHash: known },
        { lastLoginAt: () => 'now()', passwordHash: rehashed },
      )
      if (affected !== 1) throw new SotpError('INVALID_CREDENTIALS')
      return sessions.open(manager, await manager.findOneByOrFail(User, { id: user.id }), origin)
    })
    count('sotp_auth_logins_total', { result: 'accepted' })
    return this.#sign(opened)
  }

  /** Makes a VIEWER of whoever asks, and signs them in. @throws SotpError REGISTRATION_CLOSED, CONFLICT, RATE_LIMITED */
  async register(input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, users, attempts, sessions } = this.parts
    if (!this.parts.registrationOpen) throw new SotpError('REGISTRATION_CLOSED')
    const wanted = parseInput(registration, input)
    await attempts.begin(null, origin.ip)
    const { id } = await users.create({ ...wanted, grants: everywhere('VIEWER') })
    return this.#sign(
      await source.transaction(async (manager) => {
        await manager.update(User, { id }, { lastLoginAt: () => 'now()' })
        return sessions.open(manager, await manager.findOneByOrFail(User, { id }), origin)
      }),
    )
  }

  /** @throws SotpError UNAUTHENTICATED without a token, TOKEN_INVALID with one that is used up, ended or expired. */
  async refresh(token: string | undefined, origin: Origin): Promise<SignedIn> {
    if (!token) throw new SotpError('UNAUTHENTICATED')
    return this.#sign(await this.parts.sessions.refresh(token, origin))
  }

  /** Changes one's own password and ends every other session. @throws SotpError INVALID_CREDENTIALS, RATE_LIMITED */
  async changePassword(identity: Identity, input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, passwords, attempts, sessions, log } = this.parts
    const { current, next } = parseInput(change, input)
    const { user } = await sessions.live(identity)
    refuseOwnWords(next, user, 'input.next')
    if (current === next) {
      throw new SotpError('BAD_USER_INPUT', {
        message: 'input.next: must be another password',
        field: 'input.next',
      })
    }
    await attempts.begin(user.email, origin.ip)
    const known = user.passwordHash ?? undefined
    if (!(await passwords.verify(known, current)) || known === undefined) {
      throw new SotpError('INVALID_CREDENTIALS', {
        message: 'The current password is wrong.',
        field: 'input.current',
      })
    }
    await attempts.succeeded(user.email, origin.ip)
    const passwordHash = await passwords.hash(next)
    const renewed = await source.transaction(async (manager) => {
      const unchanged = { id: user.id, active: true, passwordHash: known }
      const { affected } = await manager.update(User, unchanged, { passwordHash })
      if (affected !== 1) throw new SotpError('CONFLICT', { message: 'The password was changed meanwhile.' })
      return sessions.renewAlone(manager, user, identity.sessionId, origin)
    })
    log.info({ userId: user.id }, 'password changed, other sessions ended')
    return this.#sign(renewed)
  }

  async #sign(opened: OpenSession): Promise<SignedIn> {
    const { id: userId, email, name, grants } = opened.user
    const subject = {
      kind: 'USER' as const,
      userId,
      email,
      name,
      sessionId: opened.session.id,
      grants,
      scopes: null,
    }
    const { token, identity } = await this.parts.signer.sign(subject)
    return { ...opened, accessToken: token, identity }
  }
}
