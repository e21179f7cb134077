import * as z from 'zod'

import type { Identity } from '#core/contract/identity.js'
import { aboutAct, anonymousActor, userActor } from '#core/service/audit.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import type { FactorService } from '../factor/factor.service.js'
import { everywhere } from '../grant/grant.js'
import type { AccessTokenSigner } from '../key/access-token-signer.js'
import type { Passwords } from '../user/password.js'
import { newPassword, refuseOwnWords } from '../user/password-policy.js'
import { seenUser, targetOf, User } from '../user/user.js'
import type { UserService } from '../user/user.service.js'
import { email as emailAddress, registration } from '../user/user-input.js'
import type { Attempts } from './attempts.js'
import type { OpenSession, Origin, SessionService } from './session.service.js'

/** What a client gets that signed in: a session and an access token for it. */
export interface SignedIn extends OpenSession {
  accessToken: string
  identity: Identity
  /** How long the client keeps the refresh token, in seconds. */
  refreshSeconds: number
}

/** Bounded, so that nobody can make us normalise and hash a megabyte; otherwise wrong is simply wrong. */
const given = z.string().max(1024, 'is too long')
const code = given.nullish()
const login = z.object({ email: given.transform((text) => text.trim().toLowerCase()), password: given, code })
const change = z.object({ current: given, next: newPassword, code })

/** Enough to set up a second factor, and to leave. */
const untilSetUp: Identity['scopes'] = ['viewer.read']

export interface SignInParts {
  source: DataSource
  users: UserService
  sessions: SessionService
  factors: FactorService
  passwords: Passwords
  attempts: Attempts
  signer: AccessTokenSigner
  log: Log
  registrationOpen: boolean
  refreshSeconds: number
}

/** Ways to get an access token: by password, by registering, by refresh token, and what all ways end with. */
export class SignInService {
  constructor(private readonly parts: SignInParts) {}

  /**
   * Signs in by password, and by the second factor of whoever has one. Unknown, wrong and deactivated take the same
   * time and get the same answer.
   * @throws SotpError INVALID_CREDENTIALS, SECOND_FACTOR_REQUIRED, RATE_LIMITED
   */
  async login(input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, passwords, attempts, factors, log } = this.parts
    const { email, password, code: typed } = parseInput(login, input)
    // Who types a password in place of the address must not find it in the log.
    const claimed = emailAddress.safeParse(email).success ? email : ''
    const claim = (id: string | null) =>
      aboutAct({ actor: anonymousActor(claimed), target: { type: 'User', id, label: claimed } })
    claim(null)
    const opened = await attempts.guard(email, origin.ip, async () => {
      const user = await source.manager.findOneBy(User, { email })
      claim(user?.id ?? null)
      const known = user?.passwordHash ?? undefined
      const right = await passwords.verify(known, password)
      if (!right || !user?.active || known === undefined) {
        count('sotp_auth_logins_total', { result: 'refused' })
        log.info({ userId: user?.id ?? null, ip: origin.ip }, 'sign-in refused')
        throw new SotpError('INVALID_CREDENTIALS')
      }
      const passwordHash = passwords.outdated(known) ? await passwords.hash(password) : known
      return source.transaction(async (manager) => {
        // Holds the user's row: who is deactivated or changes the password meanwhile leaves no session behind.
        const unchanged = { id: user.id, active: true, passwordHash: known }
        const { affected } = await manager.update(User, unchanged, { passwordHash })
        if (affected !== 1) throw new SotpError('INVALID_CREDENTIALS')
        await factors.prove(manager, user, typed)
        return this.enter(manager, user.id, origin)
      })
    })
    count('sotp_auth_logins_total', { result: 'accepted' })
    return this.sign(opened)
  }

  /** Makes a VIEWER of whoever asks, and signs them in. @throws SotpError REGISTRATION_CLOSED, CONFLICT, RATE_LIMITED */
  async register(input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, users, attempts } = this.parts
    if (!this.parts.registrationOpen) throw new SotpError('REGISTRATION_CLOSED')
    const wanted = parseInput(registration, input)
    aboutAct({ actor: anonymousActor(wanted.email), target: null })
    await attempts.begin(null, origin.ip)
    const passwordHash = await users.hashFor(wanted)
    return this.sign(
      await source.transaction(async (manager) => {
        const user = await users.add(manager, { ...wanted, passwordHash, grants: everywhere('VIEWER') })
        return this.enter(manager, user.id, origin, seenUser(user))
      }),
    )
  }

  /** @throws SotpError UNAUTHENTICATED without a token, TOKEN_INVALID with one that is used up, ended or expired. */
  async refresh(token: string | undefined, origin: Origin): Promise<SignedIn> {
    if (!token) throw new SotpError('UNAUTHENTICATED')
    return this.sign(await this.parts.sessions.refresh(token, origin))
  }

  /**
   * Changes one's own password and ends every other session.
   * @throws SotpError INVALID_CREDENTIALS, SECOND_FACTOR_REQUIRED, RATE_LIMITED, CONFLICT
   */
  async changePassword(identity: Identity, input: unknown, origin: Origin): Promise<SignedIn> {
    const { source, passwords, attempts, factors, sessions, log } = this.parts
    const { current, next, code: typed } = parseInput(change, input)
    const { user } = await sessions.live(identity)
    refuseOwnWords(next, user, 'input.next')
    if (current === next) {
      throw new SotpError('BAD_USER_INPUT', {
        message: 'input.next: must be another password',
        field: 'input.next',
      })
    }
    const known = user.passwordHash
    if (known === null) {
      throw new SotpError('CONFLICT', { message: 'This account has no password; it signs in elsewhere.' })
    }
    const renewed = await attempts.guard(user.email, origin.ip, async () => {
      if (!(await passwords.verify(known, current))) {
        throw new SotpError('INVALID_CREDENTIALS', {
          message: 'The current password is wrong.',
          field: 'input.current',
        })
      }
      const passwordHash = await passwords.hash(next)
      return source.transaction(async (manager) => {
        const unchanged = { id: user.id, active: true, passwordHash: known }
        const { affected } = await manager.update(User, unchanged, { passwordHash })
        if (affected !== 1)
          throw new SotpError('CONFLICT', { message: 'The password was changed meanwhile.' })
        await factors.prove(manager, user, typed)
        await recordAudit(manager, { target: targetOf(user) })
        return sessions.renewAlone(manager, user, identity.sessionId, origin)
      })
    })
    log.info({ userId: user.id }, 'password changed, other sessions ended')
    return this.sign(renewed)
  }

  /**
   * Opens a session within the caller's transaction for whoever has proved to be this user, and records that.
   * @throws SotpError INVALID_CREDENTIALS when the user was deactivated meanwhile
   */
  async enter(manager: EntityManager, id: string, origin: Origin, after?: unknown): Promise<OpenSession> {
    // Holds the user's row: a deactivation comes before, or ends this session, too.
    const { affected } = await manager.update(User, { id, active: true }, { lastLoginAt: () => 'now()' })
    if (affected !== 1) throw new SotpError('INVALID_CREDENTIALS')
    const user = await manager.findOneByOrFail(User, { id })
    await recordAudit(manager, { target: targetOf(user), actor: userActor(user), after })
    return this.parts.sessions.open(manager, user, origin)
  }

  /** An access token for a session that was committed. */
  async sign(opened: OpenSession): Promise<SignedIn> {
    const { id: userId, email, name, grants } = opened.user
    const mustSetUp = await this.parts.factors.isMissing(opened.user)
    const subject = {
      kind: 'USER' as const,
      userId,
      email,
      name,
      sessionId: opened.session.id,
      grants,
      scopes: mustSetUp ? untilSetUp : null,
    }
    const { token, identity } = await this.parts.signer.sign(subject)
    return { ...opened, accessToken: token, identity, refreshSeconds: this.parts.refreshSeconds }
  }
}
