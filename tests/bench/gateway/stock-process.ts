import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

import { disableApolloTelemetry } from '#core/service/config.js'

import { answerParent } from './call.js'
import { type Origins, supergraphOf } from './graph.js'

/** @apollo/gateway under @apollo/server, as their documentation starts them; only the usage reports are off. */
const calls = {
  async start({ origins }: { origins: Origins }): Promise<string> {
    disableApolloTelemetry()
    const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: supergraphOf(origins) }) })
    const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
    return new URL(url).origin
  },
}
export type StockCalls = typeof calls
answerParent(calls)
