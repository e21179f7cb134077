import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import {
  buildOperationContext,
  executeQueryPlan,
  type GraphQLDataSource,
  RemoteGraphQLDataSource,
} from '@apollo/gateway'
import { type QueryPlan, QueryPlanner, type SubscriptionNode } from '@apollo/query-planner'
import { parse } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

import { disableApolloTelemetry } from '#core/service/config.js'

import { answerParent } from './call.js'
import { joinedEvents, type Origins, supergraphOf } from './graph.js'
import { Tally } from './tally.js'

/**
 * Federated events with what @apollo/gateway brings: its planner once, then for each event its executor over its own
 * data sources, one event after the other, as order demands. Nothing is sent on: that much the reference is given.
 */
const tally = new Tally()
const eventService = '$event'

function preparedOf(origins: Origins) {
  const supergraph = Supergraph.build(supergraphOf(origins), { validateSupergraph: false })
  const api = supergraph.apiSchema()
  const schema = api.toGraphQLJSSchema()
  const document = parse(joinedEvents)
  const plan = new QueryPlanner(supergraph).buildQueryPlan(operationFromDocument(api, document))
  const { primary, rest } = plan.node as SubscriptionNode
  if (rest === undefined) throw new Error('the events need no second subgraph')
  const perEvent: QueryPlan = {
    kind: 'QueryPlan',
    node: { kind: 'Sequence', nodes: [{ ...primary, serviceName: eventService }, rest] },
  }
  const operation = buildOperationContext({ schema, operationDocument: document })
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema()
  const services: Record<string, GraphQLDataSource> = Object.create(null)
  for (const [name, origin] of Object.entries(origins))
    services[name] = new RemoteGraphQLDataSource({ url: `${origin}/graphql` })
  const request = { request: { query: joinedEvents, variables: {} }, document, source: joinedEvents, schema }
  return {
    query: primary.operation,
    join(event: object) {
      const map = Object.assign(Object.create(null), services, {
        [eventService]: { process: async () => event },
      })
      const context = { ...request, context: {}, metrics: {} } as unknown as Parameters<
        typeof executeQueryPlan
      >[2]
      return executeQueryPlan(perEvent, map, context, operation, supergraphSchema, api)
    },
  }
}

const calls = {
  start(origins: Origins): void {
    disableApolloTelemetry()
    const { query, join } = preparedOf(origins)
    const client = createClient({
      url: `${origins.events.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    })
    void (async () => {
      for await (const event of client.iterate({ query })) {
        const result = await join(event)
        if (result.errors) throw new Error(JSON.stringify(result.errors))
        tally.add()
      }
    })()
  },
  total: () => tally.total,
  until: (total: number, withinMs: number) => tally.until(total, withinMs),
}
export type NaiveLiveCalls = typeof calls
answerParent(calls)
