import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'
import { batched, type RequestContext, signedIn } from '#core/service/request.js'
import type { DataSource } from '#db/source.js'

import { type Connection, checkFirst, connection, decodeCursor } from '../page.js'
import { PublishSubgraphInput, RegisteredSubgraph, SubgraphInput } from './registered-subgraph.js'
import type { RegistryService } from './registry.service.js'
import { SchemaCheck } from './schema-check.js'
import { SupergraphVersion, SupergraphVersionConnection } from './supergraph-version.js'
import { apisOf, versionsBefore } from './versions.js'

@ObjectType({ description: 'A subgraph that was published.' })
@Requires('schema.write')
class PublishedSubgraph {
  @Field(() => RegisteredSubgraph, { description: 'The subgraph.' })
  subgraph!: RegisteredSubgraph

  @Field(() => String, {
    nullable: true,
    description:
      'Key with which the gateway signs who asks, for this subgraph only (HS256, header `x-sotp-identity`). Shown this once: keep it where the subgraph runs. Null when the subgraph was there before; to get a new one, remove it and publish it again.',
  })
  secret!: string | null
}

@Resolver()
export class RegistryResolver {
  constructor(private readonly registry: RegistryService) {}

  @Directive('@listSize(assumedSize: 10)')
  @Query(() => [RegisteredSubgraph], {
    description:
      'Every part of the graph: SOTP’s own subgraphs, then those that joined. Needs `schema.read`.',
  })
  @Requires('schema.read')
  subgraphs(): Promise<RegisteredSubgraph[]> {
    return this.registry.list()
  }

  @Directive('@cost(weight: 500)')
  @Query(() => SchemaCheck, {
    description:
      'What publishing an external subgraph would mean: whether it composes, how the schema would change, and whom that would hit. Changes nothing. Needs `schema.read`.',
  })
  @Requires('schema.read')
  checkSubgraph(
    @Arg('input', () => SubgraphInput, { description: 'The subgraph as it would be.' }) input: SubgraphInput,
  ): Promise<SchemaCheck> {
    return this.registry.check(input)
  }

  @Directive('@cost(weight: 500)')
  @Mutation(() => PublishedSubgraph, {
    description:
      'Makes an external subgraph part of the graph, or publishes another version of it; gateways serve it within about a second. Refused with SCHEMA_INVALID where it does not compose, and with SCHEMA_BREAKING where it would break operations of the last 30 days. Needs `schema.write`.',
  })
  @Requires('schema.write')
  publishSubgraph(
    @Arg('input', () => PublishSubgraphInput, { description: 'The subgraph.' }) input: PublishSubgraphInput,
    @Ctx() context: RequestContext,
  ): Promise<PublishedSubgraph> {
    return this.registry.publish(input, signedIn(context).name)
  }

  @Directive('@cost(weight: 500)')
  @Mutation(() => RegisteredSubgraph, {
    description:
      'Takes an external subgraph out of the graph, and forgets its key. Refused with SCHEMA_BREAKING where that would break operations of the last 30 days. Needs `schema.write`.',
  })
  @Requires('schema.write')
  removeSubgraph(
    @Arg('name', () => ID, { description: 'Its name.' }) name: string,
    @Ctx() context: RequestContext,
    @Arg('force', () => Boolean, {
      defaultValue: false,
      description: 'Remove it even where that breaks operations that are in use.',
    })
    force: boolean,
  ): Promise<RegisteredSubgraph> {
    return this.registry.remove(name, force, signedIn(context).name)
  }
}

@Resolver(() => SupergraphVersion)
export class SupergraphVersionResolver {
  constructor(private readonly source: DataSource) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => SupergraphVersionConnection, {
    description:
      'The history of the graph, the newest version first; the last 500 are kept. Needs `schema.read`.',
  })
  @Requires('schema.read')
  async supergraphVersions(
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' })
    after: string | null,
  ): Promise<Connection<SupergraphVersion>> {
    const [before] = decodeCursor(z.tuple([z.int().positive()]), after) ?? []
    const rows = await versionsBefore(this.source.manager, before, checkFirst(first) + 1)
    return connection(rows, first, ({ version }) => [version])
  }

  @Directive('@cost(weight: 20)')
  @FieldResolver(() => String, { description: 'The schema that clients saw, as SDL.' })
  async api(@Root() { version }: SupergraphVersion, @Ctx() context: RequestContext): Promise<string> {
    const load = batched<string, string>(context, 'platform.api', (versions) =>
      apisOf(this.source.manager, versions.map(Number)),
    )
    return (await load(String(version))) ?? ''
  }
}
