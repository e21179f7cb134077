import { Supergraph } from '@apollo/federation-internals'
import { describe, expect, test } from 'vitest'

import { startTestGateway } from '../tests/kit/gateway.js'
import { smallGraph } from '../tests/kit/small-graph.js'
import { buildGraph, readSupergraph } from './supergraph.js'

describe('the supergraph', () => {
  test('that is committed builds, with all subgraphs of SOTP', () => {
    expect([...buildGraph(readSupergraph()).subgraphs].sort()).toEqual([
      'alerting',
      'auth',
      'inventory',
      'platform',
      'telemetry',
    ])
  })

  test('may link features of security, and access is still checked', async () => {
    const graph = smallGraph()
    const link =
      '@link(url: "https://specs.apollo.dev/authenticated/v0.1", import: ["@authenticated"], for: SECURITY)'
    const supergraph = graph.supergraph
      .replace(/schema\s+@link/, `schema ${link} @link`)
      .concat('\ndirective @authenticated on ENUM | FIELD_DEFINITION | INTERFACE | OBJECT | SCALAR\n')
    expect(() => Supergraph.build(supergraph)).toThrow('SECURITY')
    await using gateway = await startTestGateway({ ...graph, supergraph })
    const query = '{ down(ids: ["1"]) { name } }'
    expect((await gateway.ask(query)).status).toBe(401)
    expect((await gateway.ask(query, { token: await gateway.token() })).body.errors).toBeUndefined()
  })

  test('that is none is refused', () => {
    expect(() => buildGraph('type Query { a: Int }')).toThrow()
  })
})
