import type { Identity } from '#core/contract/identity.js'
import { authorize } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import { type RequestContext, signedIn } from '#core/service/request.js'

import type { TokenService } from '../token/token.service.js'
import type { User } from '../user/user.js'
import type { SessionService } from './session.service.js'

/** Who acts, read anew: a token may be minutes older than the loss of a right. */
export interface Actor {
  user: User
  /** With the grants of now. */
  identity: Identity
  /** When the session or the API token ends; null for a token that does not. */
  endsAt: Date | null
}

/** Reads who acts from the tables, whatever their token says. */
export class Actors {
  constructor(
    private readonly sessions: SessionService,
    private readonly tokens: TokenService,
  ) {}

  /** @throws SotpError UNAUTHENTICATED, TOKEN_INVALID when session or token ended since, or the user was deactivated */
  async of(context: RequestContext): Promise<Actor> {
    const given = signedIn(context)
    if (given.kind === 'VIEW') throw new SotpError('UNAUTHENTICATED')
    if (given.kind === 'USER') {
      const { user, session } = await this.sessions.live(given)
      return { user, identity: { ...given, grants: user.grants }, endsAt: session.expiresAt }
    }
    const { user, token } = await this.tokens.live(given)
    const identity = { ...given, grants: user.grants, scopes: token.scopes }
    return { user, identity, endsAt: token.expiresAt }
  }

  /** The same for what needs `user.write`. @throws SotpError as `of`, FORBIDDEN */
  async administrator(context: RequestContext): Promise<Actor> {
    const actor = await this.of(context)
    authorize({ ...context, identity: actor.identity }, 'user.write')
    return actor
  }

  /** Whoever signed in, and no API token. @throws SotpError as `of`, FORBIDDEN */
  async person(context: RequestContext): Promise<Actor> {
    if (signedIn(context).kind === 'API_TOKEN') {
      throw new SotpError('FORBIDDEN', { message: 'An API token may not do this; sign in.' })
    }
    return this.of(context)
  }
}
