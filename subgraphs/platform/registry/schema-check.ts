import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'
import type { ChangeLevel } from '#core/service/schema-check.js'

export const changeLevel = z.enum(['BREAKING', 'DANGEROUS', 'SAFE'] satisfies ChangeLevel[])

registerEnumType(changeLevel.enum, {
  name: 'SchemaChangeLevel',
  description: 'What a change of the schema means for clients.',
  valuesConfig: {
    BREAKING: { description: 'What worked may stop working.' },
    DANGEROUS: { description: 'A client that takes nothing new may be surprised, as by a new enum value.' },
    SAFE: { description: 'Nobody is hit; also the end of a deprecated field whose removal date has passed.' },
  },
})

@ObjectType({ description: 'An operation that would be hit by a change.' })
@Requires('schema.read')
export class AffectedOperation {
  @Field(() => ID, { description: 'Hash of its normalised text; see `operations`.' })
  hash!: string

  @Field(() => String, { nullable: true, description: 'Its name; null: it has none.' })
  name!: string | null

  @Field(() => [String], { description: 'Names of the clients that ran it in the last 30 days.' })
  clients!: string[]

  @Field(() => Date, { description: 'When it was last run.' })
  lastSeenAt!: Date
}

@ObjectType({ description: 'One difference between two versions of the schema that clients see.' })
@Requires('schema.read')
export class SchemaChange {
  @Field(() => changeLevel.enum, { description: 'What it means for clients.' })
  level!: ChangeLevel

  @Field(() => String, { description: 'What differs.' })
  message!: string

  @Field(() => String, {
    description: 'Where, as a schema coordinate: `Device.name`, `Query.device(id:)`, `Device`.',
  })
  coordinate!: string

  @Directive('@listSize(assumedSize: 5)')
  @Field(() => [AffectedOperation], {
    description:
      'Operations of the last 30 days that a breaking change would hit, up to 20, the most recent first. Empty for other changes, and in the history.',
  })
  operations!: AffectedOperation[]
}

@ObjectType({ description: 'An operation in use that would no longer fit the schema.' })
@Requires('schema.read')
export class BrokenOperation {
  @Field(() => ID, { description: 'Hash of its normalised text; see `operations`.' })
  hash!: string

  @Field(() => String, { nullable: true, description: 'Its name; null: it has none.' })
  name!: string | null

  @Field(() => String, { description: 'Why it would no longer fit.' })
  message!: string
}

@ObjectType({ description: 'What would happen if a subgraph were published.' })
@Requires('schema.read')
export class SchemaCheck {
  @Field(() => Boolean, { description: 'Whether it composes with the other subgraphs.' })
  composes!: boolean

  @Field(() => [String], { description: 'Why it does not compose; empty when it does.' })
  faults!: string[]

  @Directive('@listSize(assumedSize: 50)')
  @Field(() => [SchemaChange], {
    description: 'How the schema that clients see would change, breaking changes first.',
  })
  changes!: SchemaChange[]

  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [BrokenOperation], {
    description: 'Operations of the last 30 days whose text would no longer fit.',
  })
  brokenOperations!: BrokenOperation[]

  @Field(() => Boolean, {
    description:
      'Whether it may be published without `force`: it composes and breaks nothing that is in use.',
  })
  publishable!: boolean
}
