import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import { SotpError } from '#core/service/errors.js'
import { batched, type RequestContext } from '#core/service/request.js'

import type { Actors } from '../session/actor.js'
import { User } from '../user/user.js'
import { personal, userLoader } from '../user/user.resolver.js'
import type { UserService } from '../user/user.service.js'
import { BeginTotpInput, DisableTotpInput, RecoveryCodes, TotpSetup } from './factor.js'
import type { FactorService } from './factor.service.js'

const codeText = 'A code of the authenticator app, or a recovery code.'

@Resolver(() => User)
export class FactorResolver {
  constructor(
    private readonly factors: FactorService,
    private readonly users: UserService,
    private readonly actors: Actors,
  ) {}

  @Mutation(() => TotpSetup, {
    description:
      'Begins to set up an authenticator app (RFC 6238) for oneself; `confirmTotp` ends it. INVALID_CREDENTIALS when the password is wrong or missing, CONFLICT when one is set up already. Not for API tokens.',
  })
  @Requires('viewer.read', { personal: true })
  async beginTotp(
    @Arg('input', () => BeginTotpInput, {
      nullable: true,
      description: 'The password; left out by whoever has none, because they sign in elsewhere.',
    })
    input: BeginTotpInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<TotpSetup> {
    const { user } = await this.actors.person(context)
    return this.factors.begin(user, input ?? {}, context)
  }

  @Mutation(() => RecoveryCodes, {
    description:
      'Makes the app the second factor of one’s sign-in from now on. INVALID_CREDENTIALS when the code is wrong.',
  })
  @Requires('viewer.read', { personal: true })
  async confirmTotp(
    @Arg('code', () => String, { description: 'The code that the app shows.' }) code: string,
    @Ctx() context: RequestContext,
  ): Promise<RecoveryCodes> {
    const { user } = await this.actors.person(context)
    return { codes: await this.factors.confirm(user, code, context) }
  }

  @Mutation(() => User, {
    description:
      'Gives up one’s own second factor. INVALID_CREDENTIALS when password or code is wrong, CONFLICT when there is none.',
  })
  @Requires('viewer.read', { personal: true })
  async disableTotp(
    @Arg('input', () => DisableTotpInput, { description: 'Password and code.' }) input: DisableTotpInput,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    const { user } = await this.actors.person(context)
    await this.factors.disable(user, input, context)
    return user
  }

  @Mutation(() => RecoveryCodes, {
    description: 'Ten other recovery codes; the old ones no longer count. CONFLICT without a second factor.',
  })
  @Requires('viewer.read', { personal: true })
  async renewRecoveryCodes(
    @Arg('code', () => String, { description: codeText }) code: string,
    @Ctx() context: RequestContext,
  ): Promise<RecoveryCodes> {
    const { user } = await this.actors.person(context)
    return { codes: await this.factors.renew(user, code, context) }
  }

  @Mutation(() => User, {
    description:
      'Takes the second factor from a user who lost it, recovery codes too: the password alone signs in then.',
  })
  @Requires('user.write')
  async resetSecondFactor(
    @Arg('userId', () => ID, { description: 'Id of the user.' }) userId: string,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    const { user: actor } = await this.actors.administrator(context)
    if (actor.id === userId.toLowerCase())
      throw new SotpError('FORBIDDEN', {
        message: 'For your own there is disableTotp, which asks for proof.',
      })
    const user = await userLoader(this.users, context)(userId)
    if (!user) throw new SotpError('NOT_FOUND', { message: 'No such user.' })
    await this.factors.reset(user, actor.id)
    return user
  }

  @FieldResolver(() => Boolean, { description: 'Whether sign-in needs a code of an authenticator app, too.' })
  @Requires('viewer.read', { personal: true })
  async secondFactor(@Root() user: User, @Ctx() context: RequestContext): Promise<boolean> {
    const load = batched<string, boolean>(context, 'auth.secondFactor', (ids) => this.factors.ofUsers(ids))
    return (await load(personal(user, context).id)) ?? false
  }
}
