import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { contractFaults, deprecations } from './contract.js'

const graphql = (name: string) => readFileSync(new URL(`../../graphql/${name}`, import.meta.url), 'utf8')

describe('the composed graph', () => {
  test('describes everything, sizes every list, says who may read it, and when what is deprecated goes', () => {
    const subgraphs = ['inventory', 'telemetry', 'alerting', 'auth', 'platform']
    const faults = contractFaults({
      api: graphql('schema.graphql'),
      supergraph: graphql('supergraph.graphql'),
      subgraphs: Object.fromEntries(subgraphs.map((name) => [name, graphql(`${name}.graphql`)])),
    })
    expect(faults).toEqual([])
  })
})

describe('the rules of the graph', () => {
  const directives =
    'directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION'
  const faults = (api: string, supergraph = api) =>
    contractFaults({
      api: api.replaceAll(/ @listSize\([^)]*\)/g, ''),
      supergraph: `${directives}\n${supergraph}`,
      subgraphs: {},
    })

  test('name every type, field, argument, value, input field and directive without a description', () => {
    const api = `
      directive @d(a: Int) on FIELD
      "x" type Query { f(a: Int): E  "x" g("x" b: In): Int }
      enum E { V }
      input In { i: Int }
      scalar S
      interface I { j: Int }
      union U = Query`
    const coordinates = [
      'Query.f',
      'Query.f(a:)',
      'E',
      'E.V',
      'In',
      'In.i',
      'S',
      'I',
      'I.j',
      'U',
      '@d',
      '@d(a:)',
    ]
    expect(faults(api, 'type Query { f: Int }').sort()).toEqual(
      coordinates.map((one) => `${one} has no description`).sort(),
    )
  })

  test('want a date with every deprecation', () => {
    const api = `"x" type Query {
      "x" a: Int @deprecated(reason: "Use b. Removal: 2027-06-01.")
      "x" b("x" x: Int @deprecated(reason: "Removal: 2027-06-31.")): Int @deprecated
      "x" c: E
    }
    "x" enum E { "x" V @deprecated(reason: "Removal: soon") }`
    expect(faults(api)).toEqual(
      ['Query.b', 'Query.b(x:)', 'E.V'].map(
        (one) => `${one} is deprecated without "Removal: YYYY-MM-DD" in its reason`,
      ),
    )
    expect(deprecations(api)[0]).toEqual({ coordinate: 'Query.a', removal: '2027-06-01' })
  })

  test('want the length of every list of objects', () => {
    const api = `
      "x" type Query {
        "x" page("x" first: Int): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
        "x" sized: [Thing] @listSize(assumedSize: 3)
        "x" bare: [Thing!]!
        "x" names: [String]
      }
      "x" type Page { "x" nodes: [Thing] "x" edges: [Thing] }
      "x" type Thing { "x" own: Page }`
    // The nodes have a length where `page` gives them, but not below a thing.
    expect(faults(api).map((one) => one.split(' ')[0])).toEqual(['Query.bare', 'Page.nodes', 'Page.edges'])
  })

  test('want each field of every object to say who may read it, itself or by its type', () => {
    const things = `
      type Query { open: Int @access(permission: "public") forgotten: Thing }
      extend type Device { name: String }
      type Thing { id: ID @access(permission: "device.read") secret: String }
      input In { any: Int }`
    const unstated = contractFaults({
      api: '"x" type Query { "x" a: Int }',
      supergraph: 'type Query { a: Int }',
      subgraphs: { things },
    })
    expect(unstated.map((one) => one.split(' states')[0])).toEqual([
      'Query.forgotten of things',
      'Device.name of things',
      'Thing.secret of things',
    ])
  })
})
