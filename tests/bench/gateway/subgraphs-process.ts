import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSubgraphSchema, type GraphQLSchemaModule } from '@apollo/subgraph'
import { type DocumentNode, type ExecutionArgs, execute, type GraphQLSchema, parse } from 'graphql'
import { useServer as serveGraphql } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

import { answerParent } from './call.js'
import { deviceById, devices, stateOf } from './device.js'
import { EventSource } from './event-source.js'
import { type Origins, type SubgraphName, typeDefs } from './graph.js'

/**
 * The three subgraphs behind every gateway of the bench, in one process: plain GraphQL over HTTP, and WebSocket for
 * events. They know no identities and do as little as a GraphQL server can, so that gateways are what is measured.
 */
const source = new EventSource()
let last = 0
let entityCalls = 0

const resolvers: Record<SubgraphName, NonNullable<GraphQLSchemaModule['resolvers']>> = {
  inventory: {
    Query: { devices: (_: unknown, { first }: { first: number }) => devices.slice(0, first) },
    Device: { __resolveReference: ({ id }: { id: string }) => deviceById.get(id) },
  },
  telemetry: { Device: { __resolveReference: ({ id }: { id: string }) => deviceById.get(id) } },
  events: {
    Query: { lastSeq: () => last },
    Subscription: {
      deviceChanged: { subscribe: () => source.stream(), resolve: (change: unknown) => change },
    },
  },
}

function documentsOf() {
  const documents = new Map<string, DocumentNode>()
  return (query: string): DocumentNode => {
    const known = documents.get(query)
    if (known) return known
    const document = parse(query, { noLocation: true })
    documents.set(query, document)
    return document
  }
}

function httpOf(schema: GraphQLSchema, documentOf: (query: string) => DocumentNode): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
        query: string
        variables?: Record<string, unknown>
      }
      if (query.includes('_entities')) entityCalls++
      const result = await execute({ schema, document: documentOf(query), variableValues: variables })
      const body = Buffer.from(JSON.stringify(result))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
    })
  })
}

async function serve(name: SubgraphName): Promise<string> {
  const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs[name]), resolvers: resolvers[name] }])
  const documentOf = documentsOf()
  const server = httpOf(schema, documentOf)
  serveGraphql(
    {
      onSubscribe: (_context, _id, { query, variables }): ExecutionArgs => ({
        schema,
        document: documentOf(query),
        variableValues: variables,
      }),
    },
    new WebSocketServer({ server, path: '/graphql' }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const calls = {
  /** Origins of the subgraphs. */
  async start(): Promise<Origins> {
    return {
      inventory: await serve('inventory'),
      telemetry: await serve('telemetry'),
      events: await serve('events'),
    }
  },
  /** Emits events, each with a note of that many characters. @returns number of the last event */
  emit({ count, noteLength = 0 }: { count: number; noteLength?: number }): number {
    const note = 'x'.repeat(noteLength)
    for (let n = 0; n < count; n++) {
      const device = devices[last % devices.length]
      if (device) source.emit({ seq: ++last, note, state: stateOf(last), device: { id: device.id } })
    }
    return last
  },
  /** `_entities` calls so far. */
  entityCalls: () => entityCalls,
}
export type SubgraphCalls = typeof calls
answerParent(calls)
