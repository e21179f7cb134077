import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'

import { Public, Requires } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'

import type { Actors } from './actor.js'
import { Session } from './session.js'
import type { SessionService } from './session.service.js'
import type { SignInService } from './sign-in.service.js'
import { SignInOptions } from './sign-in-options.js'
import { ChangePasswordInput, LoginInput, RegisterInput, SessionPayload, Viewer } from './viewer.js'
import { farewell, refreshTokenOf, viewerOf, welcome } from './welcome.js'

@Resolver(() => Session)
export class SessionResolver {
  constructor(
    private readonly sessions: SessionService,
    private readonly actors: Actors,
    private readonly signIn: SignInService,
    private readonly options: SignInOptions,
  ) {}

  @Query(() => Viewer, { nullable: true, description: 'Who asks; null when nobody is signed in.' })
  @Public({ personal: true })
  async viewer(@Ctx() context: RequestContext): Promise<Viewer | null> {
    if (!context.identity) return null
    return viewerOf(await this.actors.of(context))
  }

  @Query(() => SignInOptions, { description: 'What the sign-in page may offer.' })
  @Public()
  signInOptions(): SignInOptions {
    return this.options
  }

  @Query(() => Boolean, {
    description: 'Whether anybody may `register`.',
    deprecationReason: 'Use `signInOptions.registration`. Removal: 2027-06-30.',
  })
  @Public()
  registrationOpen(): boolean {
    return this.options.registration === 'OPEN'
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
    return welcome(await this.signIn.register(input, context), context)
  }

  @Mutation(() => SessionPayload, {
    description:
      'Signs in with e-mail and password: an access token, and a refresh token as HttpOnly cookie. INVALID_CREDENTIALS, SECOND_FACTOR_REQUIRED where a code is needed and missing, or RATE_LIMITED after repeated failures.',
  })
  @Public()
  async login(
    @Arg('input', () => LoginInput, { description: 'Who signs in.' }) input: LoginInput,
    @Ctx() context: RequestContext,
  ): Promise<SessionPayload> {
    return welcome(await this.signIn.login(input, context), context)
  }

  @Mutation(() => SessionPayload, {
    description:
      'A fresh access token for the refresh cookie. UNAUTHENTICATED without a cookie, TOKEN_INVALID when the session has ended: sign in again.',
  })
  @Public()
  async refreshSession(@Ctx() context: RequestContext): Promise<SessionPayload> {
    try {
      return welcome(await this.signIn.refresh(refreshTokenOf(context), context), context)
    } catch (error) {
      if (error instanceof SotpError && error.code === 'TOKEN_INVALID') farewell(context)
      throw error
    }
  }

  @Mutation(() => Boolean, {
    description: 'Ends this session and clears the cookie; false when none was alive.',
  })
  @Public()
  async logout(@Ctx() context: RequestContext): Promise<boolean> {
    const ended = await this.sessions.end(refreshTokenOf(context), context.identity?.sessionId)
    farewell(context)
    return ended
  }

  @Mutation(() => Boolean, { description: "Ends all of one's own sessions, this one too; always true." })
  @Requires('viewer.read', { personal: true })
  async logoutEverywhere(@Ctx() context: RequestContext): Promise<boolean> {
    const { user } = await this.actors.person(context)
    await this.sessions.endAll(user)
    farewell(context)
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
    if (ended.id === identity.sessionId) farewell(context)
    return ended
  }

  @Mutation(() => SessionPayload, {
    description:
      "Changes one's own password and ends all other sessions. INVALID_CREDENTIALS when the current one is wrong, SECOND_FACTOR_REQUIRED where a code is needed and missing.",
  })
  @Requires('viewer.read', { personal: true })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'Both passwords.' }) input: ChangePasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<SessionPayload> {
    const { identity } = await this.actors.person(context)
    return welcome(await this.signIn.changePassword(identity, input, context), context)
  }

  @FieldResolver(() => Boolean, { description: 'Whether this request belongs to this session.' })
  current(@Root() session: Session, @Ctx() context: RequestContext): boolean {
    return context.identity?.sessionId === session.id
  }
}
