import { buildSchema, getOperationAST, parse } from 'graphql'
import { describe, expect, test } from 'vitest'

import { buildGraph, readSupergraph } from '../supergraph.js'
import { defaultLimits } from './config.js'
import { costModel } from './cost.js'
import { readWebManifest } from './trusted.js'

const schema = buildSchema(
  `
  type Query @join__type(graph: A) @join__type(graph: B) {
    one: Thing @join__field(graph: A)
    page(first: Int = 50, last: Int): Page @join__field(graph: A)
      @listSize(slicingArguments: ["first", "last"], sizedFields: ["nodes"])
    some: [Thing] @join__field(graph: A) @listSize(assumedSize: 7)
    few(first: Int): [Thing] @join__field(graph: A) @listSize(slicingArguments: ["first"], assumedSize: 3)
    unknown: [Thing] @join__field(graph: A)
    dear: Int @cost(weight: 30)
    named(names: [String!]! @cost(weight: 5), also: In): Int
    any: Any @join__field(graph: A)
  }
  type Mutation @join__type(graph: A) { act: Thing }
  type Page @join__type(graph: A) { nodes: [Thing], tags: [String], total: Int @cost(weight: 4) }
  interface Any @join__type(graph: A) { id: ID }
  type Thing implements Any @join__type(graph: A) @join__type(graph: B, key: "id") {
    id: ID
    name: String @join__field(graph: A)
    state: State @join__field(graph: B)
    load: Float @join__field(graph: B)
    free: Free @join__field(graph: A)
    things: [Thing] @join__field(graph: A) @listSize(assumedSize: 2)
  }
  type State @join__type(graph: B) { ok: Boolean }
  type Free @join__type(graph: A) @cost(weight: 0) { x: Int }
  input In { deep: [Weighed!] }
  input Weighed { a: Int @cost(weight: 2) }
  enum join__Graph { A B }
  directive @join__type(graph: join__Graph, key: String) repeatable on OBJECT | INTERFACE
  directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
  directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],
    requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION`,
)
const model = costModel(schema)

function costOf(text: string, variables: Record<string, unknown> = {}): { cost: number; hops: number } {
  const document = parse(text)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  const { hops, of } = model(document, operation)
  return { cost: of(variables), hops }
}

describe('the cost of an operation', () => {
  test('is one for each object, nothing for values, ten for a field of a mutation, and at least one', () => {
    expect(costOf('{ one { id name } }').cost).toBe(1)
    expect(costOf('{ a: one { id } b: one { id } }').cost).toBe(2)
    expect(costOf('mutation { a: act { id } b: act { id } }').cost).toBe(22)
    expect(costOf('{ __typename }').cost).toBe(1)
  })

  test('takes the length of lists from arguments, their defaults and variables', () => {
    const page = (args: string) =>
      `query Q($n: Int = 20, $m: Int) { page${args} { nodes { id } tags total } }`
    expect(costOf(page('')).cost).toBe(1 + 4 + 50)
    expect(costOf(page('(first: 3)')).cost).toBe(1 + 4 + 3)
    expect(costOf(page('(first: $n)')).cost).toBe(1 + 4 + 20)
    expect(costOf(page('(first: $n)'), { n: 10_000 }).cost).toBe(1 + 4 + 10_000)
    expect(costOf(page('(first: $m)')).cost).toBe(1 + 4 + 50)
    expect(costOf(page('(first: 5, last: $m)'), { m: 9 }).cost).toBe(1 + 4 + 9)
    expect(costOf('{ some { id } }').cost).toBe(7)
    expect(costOf('query ($m: Int) { few(first: $m) { id } }', { m: null }).cost).toBe(3)
    expect(costOf('query ($m: Int) { few(first: $m) { id } }', { m: 'x' }).cost).toBe(3)
    expect(costOf('{ unknown { id } }').cost).toBe(10)
  })

  test('multiplies what lists hold, with fragments spread in full', () => {
    expect(costOf('{ some { things { things { id } } } }').cost).toBe(7 * (1 + 2 * (1 + 2)))
    const fragments =
      'query ($n: Int) { page(first: $n) { ...P } } fragment P on Page { nodes { ...T } ... { nodes { id } } } fragment T on Thing { things { id } }'
    expect(costOf(fragments, { n: 10 }).cost).toBe(1 + 10 * (1 + 2) + 10)
  })

  test('is what @cost says, of fields, types and arguments', () => {
    expect(costOf('{ dear }').cost).toBe(30)
    expect(costOf('{ some { free { x } } }').cost).toBe(7)
    expect(costOf('{ named(names: ["a", "b"]) }').cost).toBe(10)
    expect(costOf('query ($n: [String!]!) { named(names: $n) }', { n: Array(100).fill('x') }).cost).toBe(500)
    expect(costOf('{ named(names: "a", also: { deep: [{ a: 1 }, { a: 2 }] }) }').cost).toBe(5 + 4)
  })

  test('counts each object that another subgraph has to be asked for', () => {
    expect(costOf('{ one { state { ok } load } }')).toEqual({ cost: 1 + 1 + 1, hops: 1 })
    expect(costOf('{ some { load } }')).toEqual({ cost: 7 * 2, hops: 1 })
    expect(costOf('{ one { ...S load } } fragment S on Thing { state { ok } }').hops).toBe(1)
    const aliases = Array.from({ length: 50 }, (_, n) => `a${n}: one { load }`).join(' ')
    expect(costOf(`{ ${aliases} }`)).toEqual({ cost: 100, hops: 50 })
    expect(costOf('{ any { ... on Thing { load } } }').hops).toBe(1)
  })

  test('stays a number, whatever the variables are', () => {
    const text = 'query ($n: Int, $m: [String!]!) { page(first: $n) { nodes { id } } named(names: $m) }'
    expect(costOf(text, { n: Number.POSITIVE_INFINITY }).cost).toBe(Number.MAX_SAFE_INTEGER)
    expect(costOf(text, { n: -5, m: {} }).cost).toBeLessThan(100)
    expect(costOf(text, JSON.parse('{"n":1,"__proto__":{"n":9}}')).cost).toBe(2)
  })

  test('of an introspection grows with its fields', () => {
    const cost = costOf('{ __schema { types { ...T } } } fragment T on __Type { name fields { name } }').cost
    expect(cost).toBe(90 * 4)
  })
})

describe('our own graph', () => {
  const graph = buildGraph(readSupergraph())
  const own = costModel(graph.supergraphSchema)
  const costWith = (text: string, variables: Record<string, unknown>) => {
    const document = parse(text)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('no operation')
    const { hops, of } = own(document, operation)
    return { name: operation.name?.value ?? '', hops, cost: of(variables) }
  }

  test('lets everything the web app asks for pass with room', () => {
    // The pages it reads, and all metrics of the busiest chart.
    const variables = { first: 200, metrics: Array(12).fill('if.in.bps') }
    const found = Object.values(readWebManifest()).map((text) => costWith(text, variables))
    expect(found.length).toBeGreaterThan(20)
    for (const { cost, hops, name } of found) {
      expect(cost, name).toBeLessThanOrEqual(defaultLimits.cost / 2)
      expect(hops, name).toBeLessThanOrEqual(defaultLimits.hops / 4)
    }
  })

  test('refuses what would ask for too much', () => {
    const dear = [
      '{ devices(first: 500) { nodes { interfaces(first: 100) { nodes { name } } } } }',
      '{ devices(first: 100000) { nodes { id } } }',
      '{ devices(first: 500) { nodes { site { devices(first: 500) { nodes { name } } } } } }',
      '{ devices(first: 500) { nodes { series(metrics: ["a", "b", "c"], range: { last: "1h" }) { unit } } } }',
      '{ sites { devices { nodes { interfaces { nodes { name } } } } } }',
    ]
    for (const text of dear) expect(costWith(text, {}).cost, text).toBeGreaterThan(defaultLimits.cost)
    const bomb = Array.from(
      { length: 50 },
      (_, n) => `a${n}: device(name: "${n}") { state { rttMs } health { worst } }`,
    )
    expect(costWith(`{ ${bomb.join(' ')} }`, {}).hops).toBeGreaterThan(defaultLimits.hops)
  })
})
