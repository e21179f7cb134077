import { Arg, Ctx, Directive, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'

import { Requires } from '#core/service/authorize.js'
import type { RequestContext } from '#core/service/request.js'

import { Credential } from '../credential/credential.js'
import { writingReach } from '../device/device.resolver.js'
import type { Loaders } from '../loaders.js'
import { ConnectionTest, SnmpTestResult } from './connection-test.js'
import type { ConnectionTestService } from './connection-test.service.js'
import { TestConnectionInput } from './discovery.input.js'

@Resolver(() => SnmpTestResult)
export class ConnectionTestResolver {
  constructor(
    private readonly service: ConnectionTestService,
    private readonly loaders: Loaders,
  ) {}

  @Directive('@cost(weight: 100)')
  @Mutation(() => ConnectionTest, {
    description:
      'Asks a device, or an address, by ping and SNMP as it would be polled, and tells what it really answers within half a minute. Where SNMP fails as it is set up, every other version and credential given is tried.',
  })
  @Requires('discovery.run')
  testConnection(
    @Arg('input', () => TestConnectionInput, { description: 'What to try.' }) input: TestConnectionInput,
    @Ctx() context: RequestContext,
  ): Promise<ConnectionTest> {
    return this.service.test(input, writingReach(context, 'discovery.run'))
  }

  @FieldResolver(() => Credential, {
    nullable: true,
    description:
      'What it was asked with. Null: no credential of its kind was given. Needs the permission credential.read.',
  })
  @Requires('credential.read')
  credential(
    @Root() { credentialId }: SnmpTestResult,
    @Ctx() context: RequestContext,
  ): Promise<Credential | undefined> | null {
    return credentialId === null ? null : this.loaders.credential(context, credentialId)
  }
}
