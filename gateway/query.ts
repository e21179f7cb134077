import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import type { FormattedExecutionResult, GraphQLError } from 'graphql'

import { disableApolloTelemetry } from '#core/service/config.js'
import type { Log } from '#core/service/log.js'

import { showAliases } from './aliases.js'
import type { Generations } from './generation.js'
import type { ClientContext, SubgraphLink } from './links/link.js'
import { completionErrors, isInternal, logInternal, present, statusOf, traceable } from './present.js'

export type DataSources = Readonly<Record<string, GraphQLDataSource<ClientContext>>>

/** The links as @apollo/gateway's executor calls them; queries and subscriptions go through the same ones. */
export function dataSources(links: readonly SubgraphLink[]): DataSources {
  const sources: Record<string, GraphQLDataSource<ClientContext>> = Object.create(null)
  for (const link of links) {
    sources[link.name] = {
      async process({ request, context }) {
        const { query = '', variables, operationName } = request
        return link.execute({ query, variables, operationName }, context as ClientContext)
      },
    }
  }
  return sources
}

export interface QueryServer extends AsyncDisposable {
  server: ApolloServer<ClientContext>
  /** Runs a query or mutation that came over a WebSocket. */
  run(
    request: {
      query: string
      variables?: Record<string, unknown> | undefined
      operationName?: string | undefined
    },
    client: ClientContext,
  ): Promise<FormattedExecutionResult>
}

/** Queries and mutations: @apollo/server over @apollo/gateway, with our links, documents and error words. */
export async function startQueryServer({
  generations,
  log,
}: {
  generations: Generations
  log: Log
}): Promise<QueryServer> {
  const { graph, sources, documents } = generations.current
  disableApolloTelemetry()
  const gateway = new ApolloGateway({
    supergraphSdl: graph.sdl,
    buildService: ({ name }) => sources[name] as GraphQLDataSource,
    validateSupergraph: false,
    __exposeQueryPlanExperimental: false,
    logger: quietly(log),
  })
  const server = new ApolloServer<ClientContext>({
    gateway,
    // Access to the schema is decided for each client when its document is admitted.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    documentStore: {
      get: async (key) => documents.byHash(key.slice(key.indexOf(':') + 1)),
      set: async () => {},
      delete: async () => {},
    },
    formatError: present,
    logger: quietly(log),
    plugins: [ApolloServerPluginLandingPageDisabled(), answers(log)],
  })
  await server.start()
  return {
    server,
    async run({ query, variables, operationName }, client) {
      const request = { query, ...(variables && { variables }), ...(operationName && { operationName }) }
      const { body } = await server.executeOperation(request, { contextValue: client })
      if (body.kind !== 'single') throw new Error('incremental delivery is not offered')
      return body.singleResult
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** Says why holes are holes, logs what is not told, and gives an answer without data the status of its error. */
function answers(log: Log): ApolloServerPlugin<ClientContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors as readonly GraphQLError[]) {
            if (isInternal(present(error.toJSON(), error))) logInternal(log, error, contextValue.requestId)
          }
        },
        async willSendResponse({ document, response, contextValue }) {
          if (response.body.kind !== 'single') return
          const { singleResult: result } = response.body
          const holes = completionErrors(result.extensions)
          if (result.extensions) delete result.extensions['valueCompletion']
          if (Object.keys(result.extensions ?? {}).length === 0) delete result.extensions
          const errors = [...(result.errors ?? []), ...holes].map((error) =>
            traceable(error, contextValue.requestId),
          )
          if (errors.length > 0) result.errors = errors
          if (document) Object.assign(result, showAliases(document, result))
          if (errors.length === 0) return
          const { status } = response.http
          const decided = status !== undefined && ![200, 400, 500].includes(status)
          if (!decided && (result.data === undefined || result.data === null)) {
            response.http.status = statusOf(errors)
          }
        },
      }
    },
  }
}

/** The packages' own messages, at a level where they do not bother an operator. */
function quietly(log: Log): Record<'debug' | 'info' | 'warn' | 'error', (message?: unknown) => void> {
  return {
    debug: (message) => log.trace(String(message)),
    info: (message) => log.debug(String(message)),
    warn: (message) => log.warn(String(message)),
    error: (message) => log.error(String(message)),
  }
}

/** Headers of a node:http request as Apollo wants them. */
export function headerMap(headers: NodeJS.Dict<string | string[]>): HeaderMap {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return map
}
