import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'

import { Public, Requires } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'

import { grantViews, permissionScopes } from '../grant/grant.js'
import type { Actor, Actors } from './actor.js'
import { Session } from './session.js'
import type { SessionService } from './session.service.js'
import type { SignedIn, SignInService } from './sign-in.service.js'
import { ChangePasswordInput, LoginInput, RegisterInput, SessionPayload, Viewer } from './viewer.js'

/** Only the GraphQL address gets it, so no other page of the same host ever sees it. */
const cookie = { name: 'sotp_refresh', path: '/graphql' } as const

function viewerOf({ user, identity, endsAt }: Actor): Viewer {
  const scopes = permissionScopes(identity)
  const permissions = scopes.map(({ permission }) => permission)
  return { user, grants: grantViews(user.grants), permissions, scopes, sessionExpiresAt: endsAt }
}

@Resolver(() => Session)
export class SessionResolver {
  constructor(
    private readonly sessions: SessionService,
    private readonly actors: Actors,
    private readonly signIn: SignInService,
    private readonly refreshSeconds: number,
  ) {}

  @Query(() => Viewer, { nullable: true, description: 'Who asks; null when nobody is signed in.' })
  @Public({ personal: true })
  async viewer(@Ctx() context: RequestContext): Promise<Viewer | null> {
    if (!context.identity) return null
    return viewerOf(await this.actors.of(context))
  }

  @Query(() => Boolean, { description: 'Whether anybody may `register`.' })
  @Public()
  registrationOpen(): boolean {
    return this.signIn.registrationOpen
  }

  @Mutation(() => SessionPayload, {
    description:
      'Makes an account with the role VIEWER and signs in. REGISTRATION_CLOSED unless it is open; CONFLICT when the e-mail address is taken.',
  })
  @Public()
  async register(
    @Arg('input', () => RegisterInput, { description: 'Who registers.' }) input: RegisterInput,
    @Ctx() context: RequestContext,
  ): Promise<SessionPayload> {
    return this.#welcome(await this.signIn.register(input, context), context)
  }

  @Mutation(() => SessionPayload, {
    description:
      'Signs in with e-mail and password: an access token, and a refresh token as HttpOnly cookie. INVALID_CREDENTIALS, or RATE_LIMITED after repeated failures.',
  })
  @Public()
  async login(
    @Arg('input', () => LoginInput, { description: 'Who signs in.' }) input: LoginInput,
    @Ctx() context: RequestContext,
  ): Promise<SessionPayload> {
    return this.#welcome(await this.signIn.login(input, context), context)
  }

  @Mutation(() => SessionPayload, {
    description:
      'A fresh access token for the refresh cookie. UNAUTHENTICATED without a cookie, TOKEN_INVALID when the session has ended: sign in again.',
  })
  @Public()
  async refreshSession(@Ctx() context: RequestContext): Promise<SessionPayload> {
    try {
      return this.#welcome(await this.signIn.refresh(context.cookies.get(cookie.name), context), context)
    } catch (error) {
      if (error instanceof SotpError && error.code === 'TOKEN_INVALID') this.#clear(context)
      throw error
    }
  }

  @Mutation(() => Boolean, {
    description: 'Ends this session and clears the cookie; false when none was alive.',
  })
  @Public()
  async logout(@Ctx() context: RequestContext): Promise<boolean> {
    const ended = await this.sessions.end(context.cookies.get(cookie.name), context.identity?.sessionId)
    this.#clear(context)
    return ended
  }

  @Mutation(() => Boolean, { description: "Ends all of one's own sessions, this one too; always true." })
  @Requires('viewer.read', { personal: true })
  async logoutEverywhere(@Ctx() context: RequestContext): Promise<boolean> {
    const { user } = await this.actors.person(context)
    await this.sessions.endAll(user.id)
    this.#clear(context)
    return true
  }

  @Mutation(() => Session, {
    description:
      'Ends a session at once: one of your own, or with `user.write` anybody’s. NOT_FOUND when none is alive. Not for API tokens.',
  })
  @Requires('viewer.read', { personal: true })
  async revokeSession(
    @Arg('id', () => ID, { description: 'Id of the session.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Session> {
    const { user, identity } = await this.actors.person(context)
    const ofAnybody = scopeOf(identity, 'user.write') === 'everywhere'
    const ended = await this.sessions.revoke(id, ofAnybody ? null : user.id)
    if (ended.id === identity.sessionId) this.#clear(context)
    return ended
  }

  @Mutation(() => SessionPayload, {
    description:
      "Changes one's own password and ends all other sessions. INVALID_CREDENTIALS when the current one is wrong.",
  })
  @Requires('viewer.read', { personal: true })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'Both passwords.' }) input: ChangePasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<SessionPayload> {
    const { identity } = await this.actors.person(context)
    return this.#welcome(await this.signIn.changePassword(identity, input, context), context)
  }

  @FieldResolver(() => Boolean, { description: 'Whether this request belongs to this session.' })
  current(@Root() session: Session, @Ctx() context: RequestContext): boolean {
    return context.identity?.sessionId === session.id
  }

  /** From here on the request is made by whoever signed in: the answer shows them their own account. */
  #welcome(
    { user, session, accessToken, identity, refreshToken }: SignedIn,
    context: RequestContext,
  ): SessionPayload {
    context.identity = identity
    if (refreshToken !== null) {
      context.cookies.set(cookie.name, refreshToken, {
        maxAgeSeconds: this.refreshSeconds,
        path: cookie.path,
      })
    }
    return {
      accessToken,
      expiresAt: new Date(identity.expiresAt),
      viewer: viewerOf({ user, identity, endsAt: session.expiresAt }),
    }
  }

  #clear(context: RequestContext): void {
    context.cookies.set(cookie.name, null, { maxAgeSeconds: 0, path: cookie.path })
  }
}
