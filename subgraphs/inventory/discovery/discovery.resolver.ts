import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql'

import { authorizedScope, Requires } from '#core/service/authorize.js'
import { batched, type RequestContext } from '#core/service/request.js'

import { Credential } from '../credential/credential.js'
import { Device } from '../device/device.js'
import { writingReach } from '../device/device.resolver.js'
import type { Loaders } from '../loaders.js'
import { Site } from '../site/site.js'
import type { AcceptService } from './accept.service.js'
import { DiscoveredHost } from './discovered-host.js'
import { AcceptInput, DiscoveryInput } from './discovery.input.js'
import type { DiscoveryService } from './discovery.service.js'
import type { DiscoveryReader } from './discovery-reader.js'
import { DiscoveryRun, DiscoveryRunConnection } from './discovery-run.js'

export interface DiscoveryResolverParts {
  reader: DiscoveryReader
  service: DiscoveryService
  accepting: AcceptService
  loaders: Loaders
}

const which = { description: 'Which run.' }

@Resolver(() => DiscoveryRun)
export class DiscoveryResolver {
  constructor(private readonly parts: DiscoveryResolverParts) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes"])')
  @Query(() => DiscoveryRunConnection, { description: 'Searches for devices, newest first.' })
  @Requires('discovery.run')
  async discoveryRuns(
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor to go on behind.' }) after:
      | string
      | null,
    @Ctx() context: RequestContext,
  ): Promise<DiscoveryRunConnection> {
    const { reader } = this.parts
    const scope = authorizedScope(context, 'discovery.run')
    const page = await reader.page({ first, after: after ?? null }, scope)
    return DiscoveryRunConnection.of(page, await reader.count(scope))
  }

  @Query(() => DiscoveryRun, { nullable: true, description: 'One run. Null: there is no such run.' })
  @Requires('discovery.run')
  async discoveryRun(
    @Arg('id', () => ID, which) id: string,
    @Ctx() context: RequestContext,
  ): Promise<DiscoveryRun | undefined> {
    return (await this.parts.reader.byIds([id], authorizedScope(context, 'discovery.run'))).get(
      id.toLowerCase(),
    )
  }

  @Directive('@cost(weight: 100)')
  @Mutation(() => DiscoveryRun, { description: 'Begins to look for devices.' })
  @Requires('discovery.run')
  startDiscovery(
    @Arg('input', () => DiscoveryInput, { description: 'Where and how.' }) input: DiscoveryInput,
    @Ctx() context: RequestContext,
  ): Promise<DiscoveryRun> {
    return this.parts.service.start(input, writingReach(context, 'discovery.run'))
  }

  @Mutation(() => DiscoveryRun, { description: 'Ends a run; whom it has found stays to be accepted.' })
  @Requires('discovery.run')
  cancelDiscovery(
    @Arg('id', () => ID, which) id: string,
    @Ctx() context: RequestContext,
  ): Promise<DiscoveryRun> {
    return this.parts.service.cancel(id, writingReach(context, 'discovery.run'))
  }

  @Directive('@listSize(assumedSize: 100)')
  @Directive('@cost(weight: 100)')
  @Mutation(() => [Device], {
    description:
      'Makes devices of hosts that a run has found, with the credential, version and port that worked: all of them, or, where one cannot be, none. Hosts that answered to a credential need the permission credential.read, too.',
  })
  @Requires('device.write')
  acceptDiscovered(
    @Arg('runId', () => ID, which) runId: string,
    @Arg('addresses', () => [String], { description: 'Which hosts, 1 to 1000.' }) addresses: string[],
    @Arg('input', () => AcceptInput, { nullable: true, description: 'How. Null: as suggested.' })
    input: AcceptInput | null,
    @Ctx() context: RequestContext,
  ): Promise<Device[]> {
    return this.parts.accepting.accept(runId, addresses, input, writingReach(context, 'device.write'))
  }

  @Subscription(() => DiscoveryRun, {
    topics: 'discovery.progress',
    description: 'A run as it is now, and after each change, until it is over.',
  })
  @Requires('discovery.run')
  discoveryProgress(@Root() run: DiscoveryRun, @Arg('runId', () => ID, which) _runId: string): DiscoveryRun {
    return run
  }

  @FieldResolver(() => Int, { description: 'How many hosts answered.' })
  async foundCount(@Root() run: DiscoveryRun, @Ctx() context: RequestContext): Promise<number> {
    const load = batched(context, 'discovery.found', (ids) => this.parts.reader.foundCounts(ids))
    return (await load(run.id)) ?? 0
  }

  @Directive('@listSize(slicingArguments: ["first"])')
  @FieldResolver(() => [DiscoveredHost], {
    description: 'Hosts that answered, in the order in which they did.',
  })
  found(
    @Root() run: DiscoveryRun,
    @Arg('first', () => Int, { defaultValue: 100, description: 'How many, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: 'Cursor of the host to go on behind.' })
    after: string | null,
  ): Promise<DiscoveredHost[]> {
    return this.parts.reader.hosts(run.id, { first, after: after ?? null })
  }

  @FieldResolver(() => Site, { nullable: true, description: 'Site of what it finds. Null: none.' })
  site(@Root() run: DiscoveryRun, @Ctx() context: RequestContext): Promise<Site | undefined> | null {
    return run.siteId === null ? null : this.parts.loaders.site(context, run.siteId)
  }

  @Directive('@listSize(assumedSize: 3)')
  @FieldResolver(() => [Credential], {
    description: 'Credentials in the order in which they are tried. Needs the permission credential.read.',
  })
  @Requires('credential.read')
  async credentials(@Root() run: DiscoveryRun, @Ctx() context: RequestContext): Promise<Credential[]> {
    const found = await Promise.all(run.credentialIds.map((id) => this.parts.loaders.credential(context, id)))
    return found.filter((credential) => credential !== undefined)
  }
}
