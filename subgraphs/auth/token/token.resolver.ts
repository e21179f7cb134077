import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'

import { authorize, Requires } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { type RequestContext, signedIn } from '#core/service/request.js'
import { scopeOf } from '#core/service/scope.js'

import type { Actors } from '../session/actor.js'
import { User } from '../user/user.js'
import { userLoader } from '../user/user.resolver.js'
import type { UserService } from '../user/user.service.js'
import { ApiToken, CreateApiTokenInput, CreateApiTokenPayload, newApiToken } from './api-token.js'
import type { TokenService } from './token.service.js'

@Resolver(() => ApiToken)
export class TokenResolver {
  constructor(
    private readonly service: TokenService,
    private readonly users: UserService,
    private readonly actors: Actors,
  ) {}

  @Directive('@listSize(assumedSize: 50)')
  @Query(() => [ApiToken], {
    description:
      'API tokens of a user, the newest first: the living ones, and for ninety days those that ended. Those of another user need `user.read`.',
  })
  @Requires('viewer.read', { personal: true })
  async apiTokens(
    @Arg('userId', () => ID, { nullable: true, description: 'Whose; left out: your own.' })
    userId: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<ApiToken[]> {
    const own = signedIn(context).userId
    const whose = userId ?? own
    if (whose !== own) authorize(context, 'user.read')
    const [owner] = (await this.users.byIds([whose])).values()
    return owner ? this.service.ofUser(owner.id) : []
  }

  @Mutation(() => CreateApiTokenPayload, {
    description:
      'Makes an API token, whose secret is shown this once. CONFLICT when its owner has fifty living ones. Not for API tokens.',
  })
  @Requires('token.write', { personal: true })
  async createApiToken(
    @Arg('input', () => CreateApiTokenInput, { description: 'The token to be.' }) input: CreateApiTokenInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateApiTokenPayload> {
    const { user, identity } = await this.actors.person(context)
    const wanted = parseInput(newApiToken, input)
    const now = { ...context, identity }
    authorize(now, 'token.write')
    if (!wanted.userId || wanted.userId === user.id) return this.service.create(user, wanted, user.id)
    authorize(now, 'user.write')
    const owner = (await this.users.byIds([wanted.userId])).get(wanted.userId)
    if (!owner?.active) {
      throw new SotpError('NOT_FOUND', { message: 'No such active user.', field: 'input.userId' })
    }
    if (owner.kind !== 'SERVICE') {
      throw new SotpError('FORBIDDEN', {
        message: 'Only a person makes API tokens of their own; make a service account for a program.',
        field: 'input.userId',
      })
    }
    return this.service.create(owner, wanted, user.id)
  }

  @Mutation(() => ApiToken, {
    description:
      'Ends an API token at once; NOT_FOUND when none is alive. Another user’s needs `user.write`. Not for API tokens.',
  })
  @Requires('token.write', { personal: true })
  async revokeApiToken(
    @Arg('id', () => ID, { description: 'Id of the token.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<ApiToken> {
    const { user, identity } = await this.actors.person(context)
    authorize({ ...context, identity }, 'token.write')
    const ofAnybody = scopeOf(identity, 'user.write') === 'everywhere'
    return this.service.revoke(id, ofAnybody ? null : user.id, user.id)
  }

  @FieldResolver(() => User, { description: 'Whose rights it has.' })
  async owner(@Root() token: ApiToken, @Ctx() context: RequestContext): Promise<User> {
    const owner = await userLoader(this.users, context)(token.userId)
    if (!owner) throw new SotpError('NOT_FOUND')
    return owner
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who made it; null when that user is gone.',
  })
  async createdBy(@Root() token: ApiToken, @Ctx() context: RequestContext): Promise<User | null> {
    return token.createdById === null
      ? null
      : ((await userLoader(this.users, context)(token.createdById)) ?? null)
  }

  @FieldResolver(() => Boolean, { description: 'Whether it would be accepted now.' })
  active(@Root() { revokedAt, expiresAt }: ApiToken): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt.getTime() > Date.now())
  }
}
