import { Directive, Field, FieldResolver, ID, InterfaceType, ObjectType, Query, Resolver } from 'type-graphql'
import { expect, test } from 'vitest'

import { Public, Requires } from './authorize.js'
import { createLog } from './log.js'
import { createSubgraph } from './subgraph.js'

test('a root field without a stated permission stops the start', () => {
  @Resolver()
  class Careless {
    @Query(() => String, { description: 'Forgotten.' })
    forgotten(): string {
      return 'x'
    }
  }
  expect(() =>
    createSubgraph({ name: 'x', resolvers: [new Careless()], references: {}, log: createLog('t', 'silent') }),
  ).toThrow('Query.forgotten')
})

test('a field of any object without a stated permission stops the start, and is named', () => {
  @ObjectType({ description: 'Part stated.' })
  class Part {
    @Field(() => String, { description: 'Stated by nobody.' }) open!: string
    @Field(() => String, { description: 'Stated beside it.' }) shut!: string
  }
  @Resolver(() => Part)
  class Parts {
    @Query(() => Part, { description: 'One.' })
    @Public()
    part(): object {
      return { open: 'o' }
    }
    @FieldResolver()
    @Requires('device.read')
    shut(): string {
      return 's'
    }
  }
  expect(() =>
    createSubgraph({ name: 'x', resolvers: [new Parts()], references: {}, log: createLog('t', 'silent') }),
  ).toThrow(/: Part\.open$/)
})

test('an entity that is an interface without a stated permission stops the start', () => {
  @InterfaceType({ description: 'Anything.' })
  @Directive('@key(fields: "id")')
  abstract class Anything {
    @Field(() => ID, { description: 'Its id.' }) id!: string
  }
  @Resolver()
  class Any {
    @Query(() => Anything, { nullable: true, description: 'One.' })
    @Public()
    anything(): null {
      return null
    }
  }
  const references = Object.fromEntries([['Anything', () => null]])
  expect(() =>
    createSubgraph({ name: 'x', resolvers: [new Any()], references, log: createLog('t', 'silent') }),
  ).toThrow('Anything')
})
