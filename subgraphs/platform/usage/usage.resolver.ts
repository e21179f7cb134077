import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  Int,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'
import { batched, type RequestContext } from '#core/service/request.js'

import { type Connection, checkFirst, connection, decodeCursor } from '../page.js'
import { ClientUse, FieldUsage, FieldUsageConnection, Operation, OperationConnection } from './field-usage.js'
import type { UsageService } from './usage.service.js'

const defaultDays = 30
const dayMs = 86_400_000

/** First day that counts, as `2026-11-23` in UTC. */
const dayOf = (since: Date | null | undefined): string =>
  (since ?? new Date(Date.now() - defaultDays * dayMs)).toISOString().slice(0, 10)

const sinceText = 'Count from this day (UTC) on. Default: the last 30 days.'

@ArgsType()
class FieldUsageArgs {
  @Field(() => Int, { defaultValue: 50, description: 'How many, 1 to 500.' })
  first!: number

  @Field(() => String, { nullable: true, description: '`endCursor` of the page before.' })
  after?: string | null

  @Field(() => String, { nullable: true, description: 'Only this field, as `Device.name`.' })
  coordinate?: string | null

  @Field(() => String, { nullable: true, description: 'Only fields of this type, as `Device`.' })
  type?: string | null

  @Field(() => Date, { nullable: true, description: sinceText })
  since?: Date | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: only fields that nobody asked for since then; false: only the others.',
  })
  unused?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: only deprecated fields; false: only the others.',
  })
  deprecated?: boolean | null
}

@Resolver(() => FieldUsage)
export class FieldUsageResolver {
  constructor(private readonly usage: UsageService) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => FieldUsageConnection, {
    description:
      'Who asks for which field of the schema. Fields that nobody asks for are told too. Counts come within about a minute. Needs `schema.read`.',
  })
  @Requires('schema.read')
  async fieldUsage(
    @Args(() => FieldUsageArgs) { first, after, since, ...filter }: FieldUsageArgs,
  ): Promise<Connection<FieldUsage>> {
    const limit = checkFirst(first) + 1
    const [place] = decodeCursor(z.tuple([z.string()]), after) ?? []
    const rows = await this.usage.fields({ ...filter, since: dayOf(since), after: place, limit })
    return connection(rows, first, (field) => [field.coordinate])
  }

  @Directive('@listSize(assumedSize: 10)')
  @FieldResolver(() => [ClientUse], { description: 'Who asked for it since then, the most frequent first.' })
  async clients(
    @Root() { coordinate, since }: FieldUsage,
    @Ctx() context: RequestContext,
  ): Promise<ClientUse[]> {
    const load = batched<string, ClientUse[]>(context, `platform.fieldClients ${since}`, (keys) =>
      this.usage.clientsOf(keys, since),
    )
    return (await load(coordinate)) ?? []
  }

  @Directive('@listSize(assumedSize: 10)')
  @FieldResolver(() => [Operation], {
    description:
      'Which operations asked for it since then, the most frequent first; counts are of this field.',
  })
  async operations(
    @Root() { coordinate, since }: FieldUsage,
    @Ctx() context: RequestContext,
  ): Promise<Operation[]> {
    const load = batched<string, Operation[]>(context, `platform.fieldOperations ${since}`, (keys) =>
      this.usage.operationsOf(keys, since),
    )
    return (await load(coordinate)) ?? []
  }
}

@Resolver(() => Operation)
export class OperationResolver {
  constructor(private readonly usage: UsageService) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"])')
  @Query(() => OperationConnection, {
    description: 'Operations that clients run, the most run first. Needs `schema.read`.',
  })
  @Requires('schema.read')
  async operations(
    @Arg('first', () => Int, { defaultValue: 50, description: 'How many, 1 to 500.' }) first: number,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' })
    after: string | null,
    @Arg('since', () => Date, { nullable: true, description: sinceText }) since: Date | null,
    @Arg('client', () => String, { nullable: true, description: 'Only those that this client ran.' })
    client: string | null,
  ): Promise<Connection<Operation>> {
    const limit = checkFirst(first) + 1
    const [count, hash] = decodeCursor(z.tuple([z.string().regex(/^\d+$/), z.string()]), after) ?? []
    const place = count === undefined || hash === undefined ? undefined : { count, hash }
    const rows = await this.usage.operations(dayOf(since), client, place, limit)
    return connection(rows, first, (operation) => [operation.count, operation.hash])
  }

  @Directive('@listSize(assumedSize: 10)')
  @FieldResolver(() => [ClientUse], { description: 'Who ran it since then, the most frequent first.' })
  async clients(@Root() { hash, since }: Operation, @Ctx() context: RequestContext): Promise<ClientUse[]> {
    const load = batched<string, ClientUse[]>(context, `platform.operationClients ${since}`, (keys) =>
      this.usage.clientsOfOperations(keys, since),
    )
    return (await load(hash)) ?? []
  }
}
