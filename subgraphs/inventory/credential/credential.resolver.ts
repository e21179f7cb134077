import { Arg, Ctx, Directive, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import type { Loaders } from '../loaders.js'
import { Credential, CredentialInput } from './credential.js'
import type { CredentialService } from './credential.service.js'
import type { CredentialReader } from './credential-reader.js'

@Resolver(() => Credential)
export class CredentialResolver {
  constructor(
    private readonly reader: CredentialReader,
    private readonly service: CredentialService,
    private readonly loaders: Loaders,
  ) {}

  @Directive('@listSize(assumedSize: 50)')
  @Query(() => [Credential], { description: 'All credentials, by name, without their secrets.' })
  @Requires('credential.read')
  credentials(): Promise<Credential[]> {
    return this.reader.all()
  }

  @Mutation(() => Credential, {
    description:
      'Adds a credential. Its secret is stored sealed and can never be read back through the graph.',
  })
  @Requires('credential.write')
  createCredential(
    @Arg('input', () => CredentialInput, { description: 'The credential.' }) input: CredentialInput,
  ): Promise<Credential> {
    return this.service.create(input)
  }

  @Mutation(() => Credential, { description: 'Changes a credential or replaces its secret.' })
  @Requires('credential.write')
  updateCredential(
    @Arg('id', () => ID, { description: 'Which credential.' }) id: string,
    @Arg('input', () => CredentialInput, { description: 'What it shall be.' }) input: CredentialInput,
  ): Promise<Credential> {
    return this.service.update(id, input)
  }

  @Mutation(() => Credential, { description: 'Deletes a credential; refused while devices use it.' })
  @Requires('credential.write')
  deleteCredential(
    @Arg('id', () => ID, { description: 'Which credential.' }) id: string,
  ): Promise<Credential> {
    return this.service.remove(id)
  }

  @FieldResolver(() => Int, { description: 'How many devices that are not deleted use it.' })
  usedBy(@Root() credential: Credential, @Ctx() context: RequestContext): Promise<number> {
    return this.loaders.usesOf(context, credential.id)
  }
}
