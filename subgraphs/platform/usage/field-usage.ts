import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import { type OperationType, operationType } from '#core/contract/usage.js'
import { Requires } from '#core/service/authorize.js'

import { PageInfo } from '../page.js'

registerEnumType(operationType.enum, {
  name: 'OperationType',
  description: 'What an operation does.',
  valuesConfig: {
    QUERY: { description: 'It reads.' },
    MUTATION: { description: 'It changes something.' },
    SUBSCRIPTION: { description: 'It streams events.' },
  },
})

@ObjectType({ description: 'How often a client did something, and when last.' })
@Requires('schema.read')
export class ClientUse {
  @Field(() => String, { description: 'What the client calls itself; empty: it does not say.' })
  name!: string

  @Field(() => String, { description: 'Its version, as it says; empty: it does not say.' })
  version!: string

  @Field(() => BigInt, { description: 'How often, counted from `since`.' })
  count!: string

  @Field(() => Date, { description: 'When last.' })
  lastSeenAt!: Date
}

@ObjectType({ description: 'A field of the schema, and who asks for it.' })
@Requires('schema.read')
export class FieldUsage {
  @Field(() => ID, { description: 'Its schema coordinate, as `Device.name`.' })
  coordinate!: string

  @Field(() => String, { description: 'Its type, as `[Device!]!`.' })
  type!: string

  @Field(() => BigInt, { description: 'How often it was asked for, counted from `since`.' })
  count!: string

  @Field(() => BigInt, { description: 'How often it answered with an error, counted from `since`.' })
  errors!: string

  @Field(() => Date, {
    nullable: true,
    description: 'When it was last asked for. Null: never in the time that is kept.',
  })
  lastSeenAt!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'Why it should not be used any more. Null: it is not deprecated.',
  })
  deprecationReason!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Day after which it may go, as `2027-06-30`. Null: it is not deprecated.',
  })
  removalDate!: string | null

  /** First day of what is counted; for the fields that are looked up later. */
  since!: string
}

@ObjectType({ description: 'A field and its place in the list.' })
@Requires('schema.read')
class FieldUsageEdge {
  @Field(() => String, { description: 'Give it as `after` to go on behind this field.' })
  cursor!: string
  @Field(() => FieldUsage, { description: 'The field.' })
  node!: FieldUsage
}

@ObjectType({ description: 'A page of fields, by coordinate.' })
@Requires('schema.read')
export class FieldUsageConnection {
  @Field(() => [FieldUsageEdge], { description: 'The fields with their places.' })
  edges!: FieldUsageEdge[]
  @Field(() => [FieldUsage], { description: 'The fields.' })
  nodes!: FieldUsage[]
  @Field(() => PageInfo, { description: 'Where this page ends.' })
  pageInfo!: PageInfo
}

@ObjectType({ description: 'An operation that clients run.' })
@Requires('schema.read')
export class Operation {
  @Field(() => ID, { description: 'Hash of its normalised text.' })
  hash!: string

  @Field(() => String, { nullable: true, description: 'Its name. Null: it has none.' })
  name!: string | null

  @Field(() => operationType.enum, { description: 'What it does.' })
  type!: OperationType

  @Field(() => String, { nullable: true, description: 'Its normalised text. Null: not told yet.' })
  text!: string | null

  @Field(() => Date, { description: 'When it was first run.' })
  firstSeenAt!: Date

  @Field(() => Date, { description: 'When it was last run.' })
  lastSeenAt!: Date

  @Field(() => BigInt, { description: 'How often it was run, counted from `since`.' })
  count!: string

  @Field(() => BigInt, { description: 'How often it answered with errors, counted from `since`.' })
  errors!: string

  /** First day of what is counted. */
  since!: string
}

@ObjectType({ description: 'An operation and its place in the list.' })
@Requires('schema.read')
class OperationEdge {
  @Field(() => String, { description: 'Give it as `after` to go on behind this operation.' })
  cursor!: string
  @Field(() => Operation, { description: 'The operation.' })
  node!: Operation
}

@ObjectType({ description: 'A page of operations, the most run first.' })
@Requires('schema.read')
export class OperationConnection {
  @Field(() => [OperationEdge], { description: 'The operations with their places.' })
  edges!: OperationEdge[]
  @Field(() => [Operation], { description: 'The operations.' })
  nodes!: Operation[]
  @Field(() => PageInfo, { description: 'Where this page ends.' })
  pageInfo!: PageInfo
}
