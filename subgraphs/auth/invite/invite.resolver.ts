import { Arg, Ctx, Directive, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'

import { Public, Requires } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'

import { type GrantView, grantViews } from '../grant/grant.js'
import type { Actors } from '../session/actor.js'
import { SessionPayload } from '../session/viewer.js'
import { welcome } from '../session/welcome.js'
import { User } from '../user/user.js'
import { userLoader } from '../user/user.resolver.js'
import type { UserService } from '../user/user.service.js'
import {
  AcceptInviteInput,
  CreateInviteInput,
  CreateInvitePayload,
  Invite,
  InvitePreview,
  newInvite,
} from './invite.js'
import type { InviteService } from './invite.service.js'

@Resolver(() => Invite)
export class InviteResolver {
  constructor(
    private readonly service: InviteService,
    private readonly users: UserService,
    private readonly actors: Actors,
  ) {}

  @Directive('@listSize(assumedSize: 20)')
  @Query(() => [Invite], {
    description: 'Invites, the newest first: open ones, and for ninety days those that ended. At most 500.',
  })
  @Requires('user.write')
  invites(): Promise<Invite[]> {
    return this.service.list()
  }

  @Query(() => InvitePreview, {
    nullable: true,
    description: 'The invite of a secret; null when it is unknown, used, revoked or expired.',
  })
  @Public()
  invite(
    @Arg('secret', () => String, { description: 'The secret of the invite.' }) secret: string,
  ): Promise<InvitePreview | null> {
    return this.service.preview(secret)
  }

  @Mutation(() => CreateInvitePayload, {
    description:
      'Offers an account to an e-mail address for a week, whatever the setting for registration. An older invite to the same address is revoked. CONFLICT when a user has the address.',
  })
  @Requires('user.write')
  async createInvite(
    @Arg('input', () => CreateInviteInput, { description: 'The invite to be.' }) input: CreateInviteInput,
    @Ctx() context: RequestContext,
  ): Promise<CreateInvitePayload> {
    const { user } = await this.actors.administrator(context)
    return this.service.create(parseInput(newInvite, input), user.id)
  }

  @Mutation(() => Invite, { description: 'Ends an open invite at once; NOT_FOUND when it is not open.' })
  @Requires('user.write')
  async revokeInvite(
    @Arg('id', () => ID, { description: 'Id of the invite.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<Invite> {
    await this.actors.administrator(context)
    return this.service.revoke(id)
  }

  @Mutation(() => SessionPayload, {
    description:
      'Makes the account that an invite offers and signs in. NOT_FOUND when the invite is unknown, used, revoked or expired.',
  })
  @Public()
  async acceptInvite(
    @Arg('input', () => AcceptInviteInput, { description: 'Who accepts.' }) input: AcceptInviteInput,
    @Ctx() context: RequestContext,
  ): Promise<SessionPayload> {
    return welcome(await this.service.accept(input, context), context)
  }

  @FieldResolver()
  grants(@Root() { grants }: Invite): GrantView[] {
    return grantViews(grants)
  }

  @FieldResolver(() => User, { nullable: true, description: 'Who made it; null when that user is gone.' })
  async createdBy(@Root() { createdById }: Invite, @Ctx() context: RequestContext): Promise<User | null> {
    return createdById === null ? null : ((await userLoader(this.users, context)(createdById)) ?? null)
  }

  @FieldResolver(() => Boolean, { description: 'Whether it could be accepted now.' })
  open(@Root() { acceptedAt, revokedAt, expiresAt }: Invite): boolean {
    return acceptedAt === null && revokedAt === null && expiresAt.getTime() > Date.now()
  }
}
