import { aboutAct, anonymousActor, systemActor } from '#core/service/audit.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import type { CookieJar } from '#core/service/request.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { tellAccess } from '../grant/access-feed.js'
import { everywhere } from '../grant/grant.js'
import type { OpenSession, Origin } from '../session/session.service.js'
import type { SignedIn, SignInService } from '../session/sign-in.service.js'
import type { TokenService } from '../token/token.service.js'
import { seenUser, targetOf, User } from '../user/user.js'
import type { UserService } from '../user/user.service.js'
import { email as emailText } from '../user/user-input.js'
import { grantsOf, groupsOf } from './groups.js'
import type { OidcCompletion } from './oidc.js'
import type { OidcSettings } from './oidc-config.js'
import type { PendingSignIns } from './pending.js'
import type { Claims, Provider } from './provider.js'

export interface OidcParts {
  source: DataSource
  settings: OidcSettings
  provider: Provider
  pending: PendingSignIns
  users: UserService
  tokens: TokenService
  signIn: SignInService
  log: Log
}

/** Sign-in at an OpenID provider: who somebody is there, is who they are here; their groups there give their roles. */
export class OidcService {
  constructor(private readonly parts: OidcParts) {}

  /** Where to send the browser. @throws SotpError OIDC_UNAVAILABLE, NOT_READY */
  async begin(returnTo: string, cookies: CookieJar): Promise<string> {
    const { source, settings } = this.parts
    const { url, challenge } = await this.parts.provider.begin()
    await recordAudit(source.manager, { target: { type: 'OidcOption', id: null, label: settings.issuer } })
    await this.parts.pending.keep({ ...challenge, returnTo }, cookies)
    return url
  }

  /** @throws SotpError OIDC_FAILED, OIDC_UNAVAILABLE, FORBIDDEN without a role, CONFLICT when another user has the e-mail */
  async complete(
    { code, state, issuer }: OidcCompletion,
    cookies: CookieJar,
    origin: Origin,
  ): Promise<{ signedIn: SignedIn; returnTo: string }> {
    const { source, provider, pending, tokens, signIn, log } = this.parts
    const begun = await pending.take(state, cookies)
    if (!begun) {
      throw new SotpError('OIDC_FAILED', {
        message: 'The sign-in was not begun in this browser, or more than ten minutes ago; begin it again.',
      })
    }
    const answer = new URLSearchParams({ code, state, ...(issuer && { iss: issuer }) })
    const claims = await provider.complete(answer, begun)
    const label = `${claims.email ?? claims.preferred_username ?? ''} (${claims.sub} at ${claims.iss})`
    aboutAct({ actor: anonymousActor(label), target: { type: 'User', id: null, label } })
    const opened = await source.transaction((manager) => this.#enter(manager, claims, origin))
    await tokens.changed()
    count('sotp_auth_logins_total', { result: opened ? 'accepted' : 'refused' })
    if (!opened) {
      log.info(
        { issuer: claims.iss, subject: claims.sub },
        'sign-in refused, none of the groups gives a role',
      )
      throw new SotpError('FORBIDDEN', {
        message: 'None of your groups gives a role here; ask an administrator.',
      })
    }
    return { signedIn: await signIn.sign(opened), returnTo: begun.returnTo }
  }

  /** Undefined where no role is left: what was taken is committed all the same. */
  async #enter(manager: EntityManager, claims: Claims, origin: Origin): Promise<OpenSession | undefined> {
    const { settings, signIn } = this.parts
    const wanted = grantsOf(groupsOf(claims, settings.groupsClaim), settings)
    const known = await this.#known(manager, claims)
    const user = known ?? (await this.#link(manager, claims))
    const elsewhere = { issuer: claims.iss, subject: claims.sub }
    if (!user) {
      const grants = wanted ?? everywhere(...(settings.defaultRole ? [settings.defaultRole] : []))
      if (grants.length === 0) return undefined
      const made = await this.#make(manager, claims, grants)
      return signIn.enter(manager, made.id, origin, { ...seenUser(made), ...elsewhere })
    }
    if (!user.active) throw new SotpError('FORBIDDEN', { message: 'This user was deactivated.' })
    const grants = wanted ? await this.#align(manager, user, wanted) : user.grants
    if (grants.length === 0) return undefined
    return signIn.enter(manager, user.id, origin, known ? undefined : elsewhere)
  }

  /** The user who signed in as this subject before. Two first sign-ins at once come one after the other. */
  async #known(manager: EntityManager, { iss, sub }: Claims): Promise<User | null> {
    await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`sotp_auth_oidc ${iss} ${sub}`])
    const [row] = (
      await manager.query(
        `UPDATE external_identity SET last_login_at = now() WHERE issuer = $1 AND subject = $2
         RETURNING account_id AS id`,
        [iss, sub],
      )
    )[0] as { id: string }[]
    return row ? manager.findOneByOrFail(User, { id: row.id }) : null
  }

  /** The user with the same e-mail address, where that is allowed. @throws SotpError CONFLICT where it is not */
  async #link(manager: EntityManager, claims: Claims): Promise<User | null> {
    const email = emailText.safeParse(claims.email).data
    const user = email === undefined ? null : await manager.findOneBy(User, { email, kind: 'HUMAN' })
    if (!user) return null
    const allowed = this.parts.settings.linkByEmail && claims.email_verified === true
    // Whoever got the address of somebody who left is not them.
    if (!allowed || (await isLinked(manager, user, claims))) {
      throw new SotpError('CONFLICT', {
        message: 'A user with your e-mail address exists here and is not linked; ask an administrator.',
      })
    }
    await this.#remember(manager, claims, user)
    this.parts.log.info({ userId: user.id, issuer: claims.iss }, 'user linked to the OpenID provider')
    return user
  }

  /** @throws SotpError OIDC_FAILED without an e-mail address that could be somebody's */
  async #make(manager: EntityManager, claims: Claims, grants: User['grants']): Promise<User> {
    const { data: email } = emailText.safeParse(claims.email)
    if (email === undefined || claims.email_verified === false) {
      throw new SotpError('OIDC_FAILED', {
        message: 'The provider tells no verified e-mail address of yours; ask its administrator.',
      })
    }
    const name = nameOf(claims, email)
    const user = await this.parts.users.add(manager, { email, name, grants, passwordHash: null })
    await this.#remember(manager, claims, user)
    return user
  }

  async #remember(manager: EntityManager, { iss, sub }: Claims, { id }: User): Promise<void> {
    await manager.query('INSERT INTO external_identity (issuer, subject, account_id) VALUES ($1, $2, $3)', [
      iss,
      sub,
      id,
    ])
  }

  /** Gives the user what the groups say, as `setGrants` does; returns what they hold now. */
  async #align(manager: EntityManager, user: User, wanted: User['grants']): Promise<User['grants']> {
    if (JSON.stringify(wanted) === JSON.stringify(user.grants)) return wanted
    const grants = await this.parts.users.alignGrants(manager, user, wanted)
    await recordAudit(manager, {
      action: 'setGrants',
      actor: systemActor(`groups of ${this.parts.settings.issuer}`),
      target: targetOf(user),
      before: { grants: user.grants },
      after: { grants },
    })
    await tellAccess(manager, [{ userId: user.id, grants }])
    return grants
  }
}

/** Whether a user is another one at the provider already. */
async function isLinked(manager: EntityManager, { id }: User, { iss }: Claims): Promise<boolean> {
  // Of two who are the first at the same moment one comes after the other.
  await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`sotp_auth_oidc ${id}`])
  const linked = (await manager.query(
    'SELECT FROM external_identity WHERE account_id = $1 AND issuer = $2 LIMIT 1',
    [id, iss],
  )) as unknown[]
  return linked.length > 0
}

/** A name as `user-input.ts` allows it, whatever the provider writes. */
const nameOf = ({ name, preferred_username: username }: Claims, email: string): string =>
  [name, username, email]
    .map(
      (text) =>
        text
          ?.replace(/\p{Cc}/gu, ' ')
          .trim()
          .slice(0, 100)
          .toWellFormed() ?? '',
    )
    .find((text) => text !== '') ?? email
