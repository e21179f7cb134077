import type { AddressInfo } from 'node:net'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { useServer as serveGraphql } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'

import { answerParent } from './call.js'
import { stateOf } from './device.js'
import { EventSource } from './event-source.js'
import { typeDefs } from './graph.js'

/** graphql-ws as its documentation starts it: each client's subscription is executed and written for it alone. */
const source = new EventSource()
let last = 0

const calls = {
  async start(): Promise<string> {
    const resolvers = { Subscription: { deviceChanged: { subscribe: () => source.stream(), resolve: same } } }
    const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs.events), resolvers }])
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' })
    serveGraphql({ schema }, server)
    await new Promise((resolve) => server.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  emit(): void {
    source.emit({ seq: ++last, note: '', state: stateOf(last), device: { id: 'device-1' } })
  },
}
const same = (change: unknown) => change

export type StockLiveCalls = typeof calls
answerParent(calls)
