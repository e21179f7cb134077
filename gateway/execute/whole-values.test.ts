import { parse, print } from 'graphql'
import { Directive, Field, FieldResolver, Float, ID, ObjectType, Query, Resolver, Root } from 'type-graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Requires } from '#core/service/authorize.js'
import { compose } from '#core/service/compose.js'
import { createLog } from '#core/service/log.js'
import { createSubgraph } from '#core/service/subgraph.js'
import { startTestGateway, type TestGateway } from '#tests/kit/gateway.js'

import { buildGraph } from '../supergraph.js'
import { wholeValues } from './whole-values.js'

@ObjectType({ description: 'Only scalars: it comes whole.' })
@Requires('telemetry.read')
class Plain {
  @Field(() => Date, { description: 'When.' }) at!: Date
  @Field(() => Float, { nullable: true, description: 'How much.' }) value!: number | null
}

@ObjectType({ description: 'The same with a list: it is looked at.' })
@Requires('telemetry.read')
class Mixed extends Plain {
  @Field(() => [String], { description: 'Names.' }) names!: string[]
}

const rows = [
  { at: new Date(0), value: 1, names: ['a'] },
  { at: new Date(1), value: null, names: [] },
]

@ObjectType('Device', { description: 'A device, as inventory knows it.' })
@Directive('@key(fields: "id")')
@Requires('device.read')
class KnownDevice {
  @Field(() => ID, { description: 'Its id.' }) id!: string
}
@Resolver(() => KnownDevice)
class KnownDevices {
  @Query(() => [KnownDevice], { description: 'All.' })
  @Requires('device.read')
  devices(): KnownDevice[] {
    return [{ id: 'a' }, { id: 'none' }, { id: 'b' }]
  }
}

@ObjectType('Device', { description: 'A device, as telemetry knows it.' })
@Directive('@key(fields: "id")')
@Requires('telemetry.read')
class MeasuredDevice {
  @Field(() => ID, { description: 'Its id.' }) id!: string
}
@Resolver(() => MeasuredDevice)
class Measured {
  @FieldResolver(() => [Plain], { nullable: true, description: 'Comes whole.' })
  whole(@Root() { id }: MeasuredDevice): Plain[] | null {
    return id === 'b' ? [] : rows
  }
  @FieldResolver(() => [Mixed], { nullable: true, description: 'Is looked at.' })
  mixed(@Root() { id }: MeasuredDevice): Mixed[] | null {
    return id === 'b' ? [] : rows
  }
}

const log = createLog('test', 'silent')
const Device = ({ id }: { id: string }) => (id === 'none' ? null : { id })
const inventory = createSubgraph({
  name: 'inventory',
  resolvers: [new KnownDevices()],
  references: { Device },
  log,
})
const telemetry = createSubgraph({
  name: 'telemetry',
  resolvers: [new Measured()],
  references: { Device },
  log,
})
const { supergraph } = compose({ inventory: inventory.sdl, telemetry: telemetry.sdl })

describe('values that come whole', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway({ subgraphs: { inventory, telemetry }, supergraph })
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  test.each([
    'whole { at value }',
    'whole { value at }',
    'whole { __typename at }',
    'whole { t: __typename }',
    'whole { t: __typename __typename value }',
    'whole { a: at b: at value }',
    'whole { id: value __typename: at }',
    'one: whole { at } two: whole { value }',
    'whole { at } whole { value }',
    'whole { ...F ... on Plain { at } ... { value } }',
    'whole { at @skip(if: $yes) value @include(if: $yes) }',
    'whole @skip(if: $yes) { at }',
    '... on Device { whole { at } } id',
  ])('%s is answered as it is where each value is looked at', async (selection) => {
    const declared = selection.includes('$yes') ? 'query ($yes: Boolean!)' : 'query'
    const fragment = selection.includes('...F') ? 'fragment F on Plain { value }' : ''
    const query = `${declared} { devices { ${selection} } } ${fragment}`
    const options = { token: await gateway.token(), variables: { yes: true } }
    const whole = await gateway.ask(query, options)
    const mixed = await gateway.ask(query.replaceAll('whole', 'mixed').replaceAll('Plain', 'Mixed'), options)
    expect(
      JSON.parse(JSON.stringify(mixed.body).replaceAll('mixed', 'whole').replaceAll('Mixed', 'Plain')),
    ).toEqual(whole.body)
    expect(whole.body.errors).toBeUndefined()
    expect(whole.body.data?.['devices']).toHaveLength(3)
  })
})

test('only lists of plain objects of our own subgraphs are handed on unseen', () => {
  const graph = buildGraph(supergraph)
  const document = parse('{ devices { id whole { at } mixed { at } } }')
  const bare = (own: string[]) => print(wholeValues(graph, new Set(own)).bare(document)).replace(/\s+/g, ' ')
  expect(bare(['telemetry'])).toBe('{ devices { id whole mixed { at } } }')
  expect(bare(['inventory'])).toBe('{ devices { id whole { at } mixed { at } } }')
})
