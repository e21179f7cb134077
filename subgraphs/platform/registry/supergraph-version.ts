import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'

import { PageInfo } from '../page.js'
import { SchemaChange } from './schema-check.js'

export const versionCause = z.enum(['RELEASE', 'PUBLISHED', 'REMOVED'])
export type VersionCause = z.infer<typeof versionCause>

registerEnumType(versionCause.enum, {
  name: 'VersionCause',
  description: 'Why there is a new version of the supergraph.',
  valuesConfig: {
    RELEASE: { description: 'A release of SOTP brought other subgraphs of its own.' },
    PUBLISHED: { description: 'An external subgraph was published.' },
    REMOVED: { description: 'An external subgraph was removed.' },
  },
})

@ObjectType({ description: 'A version of the whole graph.' })
@Requires('schema.read')
export class SupergraphVersion {
  @Field(() => Int, { description: 'Its number; grows by one.' })
  version!: number

  @Field(() => ID, { description: 'SHA-256 of its supergraph SDL, in hex.' })
  id!: string

  @Field(() => String, { description: 'SHA-256 of the supergraph of SOTP’s own subgraphs in it, in hex.' })
  baseId!: string

  @Field(() => versionCause.enum, { description: 'Why it came.' })
  cause!: VersionCause

  @Field(() => String, {
    nullable: true,
    description: 'Name of the external subgraph that was published or removed. Null: a release.',
  })
  subgraph!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Name of the person who published or removed it. Null: a release.',
  })
  publisher!: string | null

  @Field(() => Date, { description: 'When it was published.' })
  publishedAt!: Date

  @Directive('@listSize(assumedSize: 20)')
  @Field(() => [SchemaChange], {
    description:
      'How the schema that clients see changed from the version before, breaking changes first. Empty for the first version.',
  })
  changes!: SchemaChange[]
}

@ObjectType({ description: 'A version and its place in the list.' })
@Requires('schema.read')
class SupergraphVersionEdge {
  @Field(() => String, { description: 'Give it as `after` to go on behind this version.' })
  cursor!: string
  @Field(() => SupergraphVersion, { description: 'The version.' })
  node!: SupergraphVersion
}

@ObjectType({ description: 'A page of versions, the newest first.' })
@Requires('schema.read')
export class SupergraphVersionConnection {
  @Field(() => [SupergraphVersionEdge], { description: 'The versions with their places.' })
  edges!: SupergraphVersionEdge[]
  @Field(() => [SupergraphVersion], { description: 'The versions.' })
  nodes!: SupergraphVersion[]
  @Field(() => PageInfo, { description: 'Where this page ends.' })
  pageInfo!: PageInfo
}
