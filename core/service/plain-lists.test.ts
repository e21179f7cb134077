import fc from 'fast-check'
import { execute, parse, validate } from 'graphql'
import {
  Arg,
  Extensions,
  Field,
  FieldResolver,
  Float,
  ID,
  InterfaceType,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql'
import { describe, expect, test } from 'vitest'

import { someone } from '#tests/kit/identity.js'

import { Public, Requires } from './authorize.js'
import { createLog } from './log.js'
import { PlainList } from './plain-lists.js'
import { emptyCookieJar, type RequestContext } from './request.js'
import { createSubgraph } from './subgraph.js'

enum Kind {
  GOOD = 'GOOD',
  BAD = 'BAD',
}
registerEnumType(Kind, { name: 'RowKind', description: 'A kind.' })

@InterfaceType({ description: 'What has a time.' })
@Requires('telemetry.read')
abstract class Timed {
  @Field(() => Date, { description: 'When.' }) at!: Date
}

@ObjectType({ description: 'A row.', implements: Timed })
@Requires('telemetry.read')
class Row extends Timed {
  @Field(() => Float, { nullable: true, description: 'How much.' }) value!: number | null
  @Field(() => Kind, { nullable: true, description: 'Of which kind.' }) kind!: Kind | null
  @Field(() => [String], { nullable: true, description: 'Names.' }) names!: string[] | null
}

@ObjectType({ description: 'A row of plain fields.', implements: Timed })
@Requires('telemetry.read')
class PlainRow extends Timed {
  @Field(() => ID, { nullable: true, description: 'Which.' }) id!: string | null
  @Field(() => Float, { nullable: true, description: 'How much.' }) value!: number | null
  @Field(() => Kind, { nullable: true, description: 'Of which kind.' }) kind!: Kind | null
}

@ObjectType({ description: 'Has rows.' })
@Requires('telemetry.read')
class Sheet {
  @PlainList()
  @Field(() => [PlainRow], { nullable: true, description: 'Written in one loop.' })
  fast!: unknown
  @Field(() => [PlainRow], { nullable: true, description: 'The same by graphql-js.' })
  slow!: unknown
  @Field(() => String, { description: 'Fails.' }) broken!: string
}

let given: unknown
@Resolver(() => Sheet)
class SheetResolver {
  @Query(() => Sheet, { nullable: true, description: 'One.' })
  @Requires('telemetry.read')
  sheet(): Partial<Sheet> {
    return { fast: given, slow: given }
  }
  @Query(() => [Sheet], { description: 'Some.' })
  @Requires('telemetry.read')
  sheets(): Partial<Sheet>[] {
    return [
      { fast: given, slow: given },
      { fast: [], slow: [] },
      { fast: null, slow: null },
    ]
  }
}

const log = createLog('test', 'silent')
const made = (resolver: object) => createSubgraph({ name: 't', resolvers: [resolver], references: {}, log })
const subgraph = made(new SheetResolver())
const contextOf = (identity: RequestContext['identity'] = someone()): RequestContext => ({
  identity,
  requestId: 'r',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})

/** The same document with one field in the place of the other, so that both answers can be compared. */
async function both(query: string, variables: Record<string, unknown> = {}) {
  const slow = query.replaceAll('fast', 'slow')
  expect(validate(subgraph.schema, parse(query))).toEqual([])
  const [byLoop, byGraphql] = await Promise.all([
    subgraph.execute({ query, variables }, contextOf()),
    subgraph.execute({ query: slow, variables }, contextOf()),
  ])
  const text = (result: unknown) => JSON.stringify(result).replaceAll('slow', 'fast')
  // Places in the text differ in nothing: both names are of one length.
  expect(text(byLoop)).toBe(text(byGraphql))
  return byLoop
}

const at = new Date('2026-11-28T00:00:00Z')
const rows = [
  { id: 'a', at, value: 1.5, kind: 'GOOD' },
  { id: 2, at, value: null, kind: null },
  { at: new Date(5), value: 0 },
]

describe('a list of plain objects', () => {
  test.each([
    'fast { at value }',
    'fast { value at kind id }',
    'fast { when: at a: value b: value }',
    'fast { __typename t: __typename at }',
    'fast { at ... on PlainRow { value } ... on Timed { at kind: at } }',
    'fast { ...F ...F ... { id } }',
    'fast { at @skip(if: $yes) value @include(if: $yes) id @include(if: $no) kind @skip(if: $no) }',
    'fast { ...F @include(if: $no) ... @skip(if: $no) { value } }',
    'fast { at @skip(if: true) }',
    'fast { at } fast { value }',
    'one: fast { at } two: fast { value }',
    'fast @skip(if: $yes) { at }',
    'fast { __proto__: value at }',
  ])('%s is what graphql-js answers', async (selection) => {
    given = rows
    const declared = 'query ($yes: Boolean = true, $no: Boolean = false)'
    const fragment = selection.includes('...F') ? 'fragment F on PlainRow { at value }' : ''
    const used = ['$yes', '$no'].every((name) => selection.includes(name)) ? declared : declaredFor(selection)
    const { data } = await both(`${used} { sheet { ${selection} } sheets { ${selection} } } ${fragment}`)
    expect(data).toBeTruthy()
  })

  test('whatever the rows hold, the answer and its errors are those of graphql-js', async () => {
    const odd = fc.constantFrom<unknown>(
      ...[null, undefined, Number.NaN, Number.POSITIVE_INFINITY, '7', 'x', true, {}, [], 'GOOD', at],
      ...[new Date(Number.NaN), new Error('no'), () => 4, 8n, { valueOf: () => 9 }],
    )
    const row = fc.oneof(
      { weight: 9, arbitrary: fc.record({ id: odd, at: odd, value: odd, kind: odd }) },
      { weight: 9, arbitrary: fc.record({ at: fc.date({ noInvalidDate: true }), value: fc.double() }) },
      odd,
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(row, { maxLength: 4 }), odd), async (value) => {
        given = value
        await both('{ sheet { fast { at value } } sheets { fast { kind id } } }')
      }),
      { numRuns: 300 },
    )
  })

  // Not beside other oddities: graphql-js leaves a promise alone that it has begun when a later row ends the list.
  test.each([
    ['a row', [Promise.resolve(rows[0])]],
    ['a field', [{ at: Promise.resolve(at), value: Promise.resolve(3) }]],
    ['a field that fails', [{ at: Promise.resolve(null) }]],
    ['the list', Promise.resolve(rows)],
  ])('%s may be a promise', async (_what, value) => {
    given = value
    await both('{ sheet { fast { at value } } }')
  })

  test('is written without graphql-js, whose objects have no prototype', async () => {
    given = rows
    const ask = (query: string) => subgraph.execute({ query }, contextOf())
    const { data } = await ask('{ sheet { fast { at } slow { at } } }')
    const { fast, slow } = (data?.['sheet'] ?? {}) as Record<string, object[]>
    expect([fast, slow].map((list) => Object.getPrototypeOf(list?.[0]))).toEqual([Object.prototype, null])
    expect(fast).toEqual(slow?.map((row) => ({ ...row })))
  })

  test('is gone where an error takes away what holds it', async () => {
    given = rows
    expect((await both('{ sheet { fast { at } broken } }')).data).toEqual({ sheet: null })
  })

  test('comes by graphql-js alone where the schema is run by another', async () => {
    given = rows
    const args = { schema: subgraph.schema, document: parse('{ sheet { fast { value } } }') }
    const { data } = await execute({ ...args, contextValue: contextOf() })
    expect(JSON.stringify(data)).toBe('{"sheet":{"fast":[{"value":1.5},{"value":null},{"value":0}]}}')
  })

  test('tells nobody who may not read it', async () => {
    given = rows
    const { errors } = await subgraph.execute({ query: '{ sheet { fast { at } } }' }, contextOf(null))
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED')
  })
})

const declaredFor = (selection: string) =>
  selection.includes('$yes')
    ? 'query ($yes: Boolean = true)'
    : selection.includes('$no')
      ? 'query ($no: Boolean = false)'
      : 'query'

describe('a field that is marked as one must be one', () => {
  @Resolver(() => PlainRow)
  class ComputedRows {
    @Query(() => Sheet, { description: 'One.' })
    @Requires('telemetry.read')
    sheet(): null {
      return null
    }
    @FieldResolver(() => Float, { description: 'Computed.' })
    value(@Root() _row: PlainRow, @Arg('by', () => Float, { description: 'By.' }) by: number): number {
      return by
    }
  }
  const giving = (type: unknown) => {
    class Marked {
      rows(): unknown[] {
        return []
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Marked.prototype, 'rows') as PropertyDescriptor
    for (const decorate of [
      Query(() => type as never, { description: 'Rows.' }),
      Requires('telemetry.read'),
      Extensions({ plainList: true }),
    ])
      (decorate as MethodDecorator)(Marked.prototype, 'rows', descriptor)
    Resolver()(Marked)
    return new Marked()
  }

  @ObjectType({ description: 'A row that fewer may read.' })
  @Public()
  class ClosedRow {
    @Field(() => Float, { description: 'How much.' })
    @Requires('audit.read')
    value!: number
  }

  test.each([
    ['objects with lists', () => giving([Row])],
    ['scalars', () => giving([Float])],
    ['one object', () => giving(PlainRow)],
    ['objects that fewer may read', () => giving([ClosedRow])],
    ['objects with resolvers', () => new ComputedRows()],
  ])('%s stop the start', (_what, resolver) => {
    expect(() => made(resolver())).toThrow('no list of plain objects')
  })
})
