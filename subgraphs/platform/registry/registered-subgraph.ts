import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import * as z from 'zod'
import { subgraphName } from '#core/contract/supergraph.js'
import { Requires } from '#core/service/authorize.js'

export const subgraphStatus = z.enum(['ACTIVE', 'LEFT_OUT'])
export type SubgraphStatus = z.infer<typeof subgraphStatus>

registerEnumType(subgraphStatus.enum, {
  name: 'SubgraphStatus',
  description: 'Whether a subgraph is part of the graph.',
  valuesConfig: {
    ACTIVE: { description: 'It is part of the graph.' },
    LEFT_OUT: {
      description:
        'It no longer composes with the others, as after an update of SOTP: the graph goes on without it until it is published again.',
    },
  },
})

@ObjectType({ description: 'A part of the graph: one of SOTP’s own, or one that joined at run time.' })
@Requires('schema.read')
export class RegisteredSubgraph {
  @Field(() => ID, { description: 'Its name, unique in the graph.' })
  name!: string

  @Field(() => Boolean, { description: 'Whether it joined at run time; false: it is one of SOTP’s own.' })
  external!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Where it answers GraphQL. Null: one of SOTP’s own, whose place the gateway knows.',
  })
  url!: string | null

  @Field(() => String, { description: 'Its SDL, as it was published.' })
  sdl!: string

  @Field(() => subgraphStatus.enum, { description: 'Whether it is part of the graph.' })
  status!: SubgraphStatus

  @Field(() => String, { nullable: true, description: 'Why it is left out; null: it is not.' })
  fault!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'Version of the supergraph that it was last published with. Null: one of SOTP’s own.',
  })
  version!: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Name of the person who last published it. Null: one of SOTP’s own.',
  })
  publisher!: string | null

  @Field(() => Date, {
    nullable: true,
    description: 'When it was first published. Null: one of SOTP’s own.',
  })
  createdAt!: Date | null

  @Field(() => Date, {
    nullable: true,
    description: 'When it was last published. Null: one of SOTP’s own.',
  })
  updatedAt!: Date | null
}

@InputType({ description: 'An external subgraph as it shall be.' })
export class SubgraphInput {
  @Field(() => String, {
    description: 'Its name: begins with a letter; a-z, 0-9, _ and -; at most 40 characters.',
  })
  name!: string

  @Field(() => String, {
    description: 'Where it answers GraphQL by POST, path included: an http or https URL.',
  })
  url!: string

  @Field(() => String, { description: 'Its SDL, of Federation 2.1 or later; at most 256 KB.' })
  sdl!: string
}

@InputType({ description: 'An external subgraph to publish.' })
export class PublishSubgraphInput extends SubgraphInput {
  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Publish it even where that breaks operations that are in use. It must compose all the same.',
  })
  force!: boolean
}

const sdlBytesMax = 256 * 1024

export const subgraphInput = z.object({
  name: subgraphName,
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
    .max(2000)
    .refine((text) => !new URL(text).username && !new URL(text).password, 'must not hold a password')
    .refine((text) => new URL(text).hash === '', 'must not have a fragment'),
  sdl: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= sdlBytesMax, 'must not be larger than 256 KB'),
})
