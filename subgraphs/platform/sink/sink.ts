import { GraphQLScalarType } from 'graphql'
import { GraphQLJSONObject } from 'graphql-scalars'
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'

import { Requires } from '#core/service/authorize.js'

export const sinkState = z.enum(['ACTIVE', 'PAUSED', 'FAILING'])
export type SinkState = z.infer<typeof sinkState>

registerEnumType(sinkState.enum, {
  name: 'SinkState',
  description: 'Whether events go to a sink.',
  valuesConfig: {
    ACTIVE: {
      description: 'Each event is delivered; one that could not be is tried again, with growing pauses.',
    },
    PAUSED: { description: 'A person stopped it. It goes on behind its cursor when it is resumed.' },
    FAILING: {
      description: 'It was given up; `lastError` says why. `resumeSink` goes on behind its cursor.',
    },
  },
})

export const JsonObject: GraphQLScalarType = new GraphQLScalarType({
  ...GraphQLJSONObject.toConfig(),
  name: 'JSONObject',
  description: 'A JSON object, as `{"deviceId": "…"}`.',
})

@ObjectType({
  description:
    'A webhook: each event of a subscription is posted to a URL, in order, at least once, signed as the Standard Webhooks specification says.',
})
@Requires('sink.read')
export class Sink {
  @Field(() => ID, { description: 'Its id.' })
  id!: string

  @Field(() => String, { description: 'Its name, unique.' })
  name!: string

  @Field(() => String, { description: 'Where events are posted.' })
  url!: string

  @Field(() => String, { description: 'The subscription whose events they are.' })
  document!: string

  @Field(() => JsonObject, { description: 'Variables of the subscription, beside the one of its cursor.' })
  variables!: Record<string, unknown>

  @Field(() => String, {
    description: 'Who last saved it: it sees what this person may see.',
  })
  owner!: string

  @Field(() => sinkState.enum, { description: 'Whether events go to it.' })
  state!: SinkState

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last event that was delivered. Null: none yet.',
  })
  cursor!: string | null

  @Field(() => BigInt, { description: 'How many events were delivered.' })
  delivered!: string

  @Field(() => BigInt, { description: 'How many attempts failed.' })
  failed!: string

  @Field(() => String, {
    nullable: true,
    description: 'What went wrong last. Null: nothing since the last event that was delivered.',
  })
  lastError!: string | null

  @Field(() => Date, { nullable: true, description: 'Since when nothing could be delivered. Null: it can.' })
  failingSince!: Date | null

  @Field(() => Date, { nullable: true, description: 'When an event was last delivered. Null: never.' })
  lastDeliveredAt!: Date | null

  @Field(() => Date, { description: 'When it was made.' })
  createdAt!: Date

  @Field(() => Date, { description: 'When a person last changed it.' })
  updatedAt!: Date
}

@InputType({ description: 'A new webhook sink.' })
export class CreateSinkInput {
  @Field(() => String, { description: 'Its name, unique, at most 100 characters.' })
  name!: string

  @Field(() => String, {
    description:
      'Where to post: an https URL of the public Internet, unless SOTP is set up to permit others.',
  })
  url!: string

  @Field(() => String, {
    description:
      'A subscription of one field that takes `after` from a variable and asks for `cursor`, as `subscription ($after: String) { alertChanged(after: $after) { cursor kind } }`; at most 20,000 characters.',
  })
  document!: string

  @Field(() => JsonObject, {
    nullable: true,
    description: 'Variables of the subscription, beside the one of its cursor. Default: none.',
  })
  variables?: Record<string, unknown> | null
}

@InputType({ description: 'What shall change of a webhook sink; absent or null: it stays as it is.' })
export class UpdateSinkInput {
  @Field(() => String, { nullable: true, description: 'Its name.' })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'Where to post.' })
  url?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The subscription. Another one begins with what happens from now on.',
  })
  document?: string | null

  @Field(() => JsonObject, { nullable: true, description: 'Variables of the subscription.' })
  variables?: Record<string, unknown> | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: stop it; false: go on behind its cursor.',
  })
  paused?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: give it another secret; the old one counts no more.',
  })
  rotateSecret?: boolean | null
}

@ObjectType({ description: 'A webhook sink, with its secret where that is new.' })
@Requires('sink.write')
export class SavedSink {
  @Field(() => Sink, { description: 'The sink.' })
  sink!: Sink

  @Field(() => String, {
    nullable: true,
    description: 'Secret to check signatures with, `whsec_…`. Shown this once. Null: it stays as it was.',
  })
  secret!: string | null
}

@ObjectType({ description: 'How a test delivery went.' })
@Requires('sink.write')
export class SinkTest {
  @Field(() => Boolean, { description: 'Whether the receiver took it (2xx).' })
  delivered!: boolean

  @Field(() => Int, { nullable: true, description: 'HTTP status. Null: there was no answer.' })
  status!: number | null

  @Field(() => String, { nullable: true, description: 'What went wrong. Null: nothing.' })
  error!: string | null

  @Field(() => Int, { description: 'How long it took, in ms.' })
  durationMs!: number
}

const fields = {
  name: z.string().trim().min(1).max(100),
  url: z.string().max(2000),
  document: z.string().min(1).max(20_000),
  variables: z
    .record(z.string(), z.unknown())
    .refine((value) => JSON.stringify(value).length <= 20_000, 'must not be larger than 20,000 characters'),
}
export const createSinkInput = z.object({ ...fields, variables: fields.variables.nullish() })
export const updateSinkInput = z.object({
  name: fields.name.nullish(),
  url: fields.url.nullish(),
  document: fields.document.nullish(),
  variables: fields.variables.nullish(),
  paused: z.boolean().nullish(),
  rotateSecret: z.boolean().nullish(),
})
