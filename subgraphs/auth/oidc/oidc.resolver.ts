import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'

import { Public } from '#core/service/authorize.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { RequestContext } from '#core/service/request.js'

import { welcome } from '../session/welcome.js'
import {
  BeginOidcInput,
  CompleteOidcInput,
  OidcPayload,
  OidcRedirect,
  oidcBegin,
  oidcCompletion,
} from './oidc.js'
import type { OidcService } from './oidc.service.js'

@Resolver()
export class OidcResolver {
  /** Undefined: no provider is set up. */
  constructor(private readonly service: OidcService | undefined) {}

  @Mutation(() => OidcRedirect, {
    description:
      'Begins a sign-in at the OpenID provider, for this browser alone. OIDC_UNAVAILABLE while the provider does not answer, NOT_FOUND when none is set up.',
  })
  @Public()
  async beginOidc(
    @Arg('input', () => BeginOidcInput, { description: 'Where to return to.' }) input: BeginOidcInput,
    @Ctx() context: RequestContext,
  ): Promise<OidcRedirect> {
    const { returnTo } = parseInput(oidcBegin, input)
    return { url: await this.#open().begin(returnTo, context.cookies) }
  }

  @Mutation(() => OidcPayload, {
    description:
      'Ends a sign-in at the OpenID provider. OIDC_FAILED when it was not begun in this browser, took too long, was ended before, or the provider does not confirm it; FORBIDDEN when it gives no role here; CONFLICT when the e-mail address belongs to a user who is not linked.',
  })
  @Public()
  async completeOidc(
    @Arg('input', () => CompleteOidcInput, { description: 'What the provider sent back.' })
    input: CompleteOidcInput,
    @Ctx() context: RequestContext,
  ): Promise<OidcPayload> {
    const answer = parseInput(oidcCompletion, input)
    const { signedIn, returnTo } = await this.#open().complete(answer, context.cookies, context)
    return { session: welcome(signedIn, context), returnTo }
  }

  #open(): OidcService {
    if (!this.service) throw new SotpError('NOT_FOUND', { message: 'No OpenID provider is set up here.' })
    return this.service
  }
}
