import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import * as z from 'zod'

import { authorize, Requires } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import { batched, type RequestContext } from '#core/service/request.js'

import { GrantInput, GrantView, grantList, grantViews } from '../grant/grant.js'
import type { Actors } from '../session/actor.js'
import { Session } from '../session/session.js'
import type { SessionService } from '../session/session.service.js'
import { User } from './user.js'
import type { UserService } from './user.service.js'
import {
  CreateServiceAccountInput,
  CreateUserInput,
  newServiceAccount,
  newUser,
  UpdateUserInput,
  UserFilter,
  userChange,
  userFilter,
} from './user-input.js'
import { cursorOf, placeOf, UserConnection } from './user-page.js'

const pageSize = z.int().min(1, 'must be at least 1').max(500, 'must be at most 500')

/** Passes one's own data on; that of another user needs `user.read`. */
export function personal(user: User, context: RequestContext): User {
  if (context.identity?.userId !== user.id) authorize(context, 'user.read')
  return user
}

/** Finds users by id, all of one request in one statement. */
export const userLoader = (users: UserService, context: RequestContext) =>
  batched<string, User>(context, 'auth.user', (ids) => users.byIds(ids))

@Resolver(() => User)
export class UserResolver {
  constructor(
    private readonly service: UserService,
    private readonly sessionService: SessionService,
    private readonly actors: Actors,
  ) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => UserConnection, { description: 'Users, ordered by name.' })
  @Requires('user.read')
  async users(
    @Arg('filter', () => UserFilter, { nullable: true, description: 'Which users; all when left out.' })
    filter: UserFilter | null,
    @Arg('first', () => Int, { defaultValue: 50, description: 'How many at most, 1 to 500.' }) first: number,
    @Arg('after', () => String, {
      nullable: true,
      description: 'Place after which to go on: an `endCursor`.',
    })
    after: string | null,
  ): Promise<UserConnection> {
    const query = parseInput(userFilter, filter ?? {}, 'filter')
    const limit = parseInput(pageSize, first, 'first')
    const found = await this.service.list(query, limit + 1, after ? placeOf(after) : undefined)
    const nodes = found.slice(0, limit)
    const edges = nodes.map((node) => ({ cursor: cursorOf(node), node }))
    const pageInfo = { hasNextPage: found.length > limit, endCursor: edges.at(-1)?.cursor ?? null }
    return { edges, nodes, pageInfo, count: () => this.service.count(query) }
  }

  @Query(() => User, { nullable: true, description: 'One user; null when there is none with this id.' })
  @Requires('viewer.read')
  async user(
    @Arg('id', () => ID, { description: 'Id of the user.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<User | null> {
    return (await userLoader(this.service, context)(id)) ?? null
  }

  @Mutation(() => User, { description: 'Makes a user. CONFLICT when the e-mail address is taken.' })
  @Requires('user.write')
  async createUser(
    @Arg('input', () => CreateUserInput, { description: 'The user to be.' }) input: CreateUserInput,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    await this.actors.administrator(context)
    return this.service.create(parseInput(newUser, input))
  }

  @Mutation(() => User, {
    description:
      'Makes a user for a program: it cannot sign in; make API tokens for it. Deactivate it to end all of them.',
  })
  @Requires('user.write')
  async createServiceAccount(
    @Arg('input', () => CreateServiceAccountInput, { description: 'The service account to be.' })
    input: CreateServiceAccountInput,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    await this.actors.administrator(context)
    return this.service.createService(parseInput(newServiceAccount, input))
  }

  @Mutation(() => User, {
    description:
      'Replaces the grants of a user; they count at once, for sessions, API tokens and live streams. CONFLICT when no active administrator would be left.',
  })
  @Requires('user.write')
  async setGrants(
    @Arg('userId', () => ID, { description: 'Id of the user.' }) userId: string,
    @Arg('grants', () => [GrantInput], {
      description:
        'All grants the user shall hold, at least one and at most 20. Those of one role become one.',
    })
    grants: GrantInput[],
    @Ctx() context: RequestContext,
  ): Promise<User> {
    const { user } = await this.actors.administrator(context)
    return this.service.setGrants(userId, parseInput(grantList, grants, 'grants'), user.id)
  }

  @Mutation(() => User, {
    description:
      'Ends all sessions and API tokens of a user, at once, and lets nobody sign in as them any more. CONFLICT for the last active administrator.',
  })
  @Requires('user.write')
  async deactivateUser(
    @Arg('id', () => ID, { description: 'Id of the user.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    const { user } = await this.actors.administrator(context)
    return this.service.deactivate(id, user.id)
  }

  @Mutation(() => User, {
    description:
      'Changes a user: your own name, or with `user.write` anything of anybody. CONFLICT when the e-mail address is taken, or for the last active administrator.',
  })
  @Requires('viewer.read', { personal: true })
  async updateUser(
    @Arg('input', () => UpdateUserInput, { description: 'What shall change.' }) input: UpdateUserInput,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    const change = parseInput(userChange, input)
    const ownName = change.id === context.identity?.userId && !change.email && change.active == null
    const { user } = ownName ? await this.actors.person(context) : await this.actors.administrator(context)
    return this.service.update(change, user.id)
  }

  @FieldResolver()
  @Requires('viewer.read', { personal: true })
  email(@Root() user: User, @Ctx() context: RequestContext): string {
    return personal(user, context).email
  }

  @FieldResolver()
  @Requires('viewer.read', { personal: true })
  grants(@Root() user: User, @Ctx() context: RequestContext): GrantView[] {
    return grantViews(personal(user, context).grants)
  }

  @FieldResolver()
  @Requires('viewer.read', { personal: true })
  createdAt(@Root() user: User, @Ctx() context: RequestContext): Date {
    return personal(user, context).createdAt
  }

  @FieldResolver()
  @Requires('viewer.read', { personal: true })
  lastLoginAt(@Root() user: User, @Ctx() context: RequestContext): Date | null {
    return personal(user, context).lastLoginAt
  }

  @Directive('@listSize(assumedSize: 5)')
  @FieldResolver(() => [Session], { description: 'Living sessions, the last used first.' })
  @Requires('viewer.read', { personal: true })
  async sessions(@Root() user: User, @Ctx() context: RequestContext): Promise<Session[]> {
    const load = batched<string, Session[]>(context, 'auth.sessions', (ids) =>
      this.sessionService.ofUsers(ids),
    )
    return (await load(personal(user, context).id)) ?? []
  }
}

@Resolver(() => UserConnection)
export class UserConnectionResolver {
  @Directive('@cost(weight: 5)')
  @FieldResolver(() => Int, { description: 'How many users the filter finds, on all pages.' })
  totalCount(@Root() connection: UserConnection): Promise<number> {
    return connection.count()
  }
}
