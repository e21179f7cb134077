import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import * as z from 'zod'

import { type Role, role } from '#core/contract/permissions.js'
import { authorize, Requires } from '#core/service/authorize.js'
import { parseInput } from '#core/service/errors.js'
import { batched, type RequestContext, signedIn } from '#core/service/request.js'

import { Session } from '../session/session.js'
import type { SessionService } from '../session/session.service.js'
import { grantsOf, User } from './user.js'
import type { UserService } from './user.service.js'
import { CreateUserInput, newUser, roles as roleList, UserFilter, userFilter } from './user-input.js'
import { cursorOf, placeOf, UserConnection } from './user-page.js'

const pageSize = z.int().min(1, 'must be at least 1').max(500, 'must be at most 500')

/** Passes one's own data on; that of another user needs `user.read`. */
function personal(user: User, context: RequestContext): User {
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
    await this.#administrator(context)
    return this.service.create(parseInput(newUser, input))
  }

  @Mutation(() => User, {
    description:
      'Replaces the roles of a user; they count from the next refresh of an access token on. CONFLICT when no active administrator would be left.',
  })
  @Requires('user.write')
  async setRoles(
    @Arg('userId', () => ID, { description: 'Id of the user.' }) userId: string,
    @Arg('roles', () => [role.enum], { description: 'All roles the user shall hold, at least one.' })
    roles: Role[],
    @Ctx() context: RequestContext,
  ): Promise<User> {
    const actorId = await this.#administrator(context)
    return this.service.setRoles(userId, parseInput(roleList, roles, 'roles'), actorId)
  }

  @Mutation(() => User, {
    description:
      'Ends all sessions of a user and lets nobody sign in as them any more. CONFLICT for the last active administrator.',
  })
  @Requires('user.write')
  async deactivateUser(
    @Arg('id', () => ID, { description: 'Id of the user.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    return this.service.deactivate(id, await this.#administrator(context))
  }

  /** Who may change users is read anew: a token may be minutes older than the loss of a role. Returns the actor's id. */
  async #administrator(context: RequestContext): Promise<string> {
    const identity = signedIn(context)
    const { user } = await this.sessionService.live(identity)
    authorize({ ...context, identity: { ...identity, grants: grantsOf(user.roles) } }, 'user.write')
    return user.id
  }

  @FieldResolver()
  @Requires('viewer.read', { personal: true })
  email(@Root() user: User, @Ctx() context: RequestContext): string {
    return personal(user, context).email
  }

  @FieldResolver()
  @Requires('viewer.read', { personal: true })
  roles(@Root() user: User, @Ctx() context: RequestContext): Role[] {
    return personal(user, context).roles
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
