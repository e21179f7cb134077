import type { GraphQLDataSource } from '@apollo/gateway'
import {
  ApolloServer,
  type ApolloServerOptionsWithGateway,
  type ApolloServerPlugin,
  HeaderMap,
} from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'

import { disableApolloTelemetry } from '#core/service/config.js'
import type { Log } from '#core/service/log.js'

import { type Answer, type Operation, openExecutor } from './execute/executor.js'
import { warmBeforeSwaps } from './execute/warm-up.js'
import type { Generations } from './generation.js'
import type { ClientContext, SubgraphLink } from './links/link.js'
import { isInternal, logInternal, present, statusOf, traceable } from './present.js'
import type { Usage } from './usage.js'

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

/** What @apollo/server is told of a request; without an operation there is nothing to run. */
export interface ServerContext {
  client: ClientContext
  operation: Operation | undefined
}

export interface QueryServer extends AsyncDisposable {
  /** Answers what is not an ordinary POST: GET, odd media types, and everything that is not a GraphQL request. */
  server: ApolloServer<ServerContext>
  /** Runs an admitted query or mutation that came over a WebSocket. */
  run(operation: Operation, client: ClientContext): Promise<FormattedExecutionResult>
  /** Runs one that came by an ordinary POST. */
  answer(operation: Operation, client: ClientContext): Promise<Answer>
}

interface QueryOptions {
  generations: Generations
  /** Documents that are asked for most, by all gateways together; what cannot be told is left out. */
  topDocuments?: Parameters<typeof warmBeforeSwaps>[0]['topDocuments']
  /** How long a query or mutation may take. */
  timeoutMs: number
  /** How long after its beginning a query is joined by equal ones. */
  shareMs: number
  /** Where each operation is noted. */
  usage?: Usage | undefined
  log: Log
}

/** Queries and mutations. @apollo/server knows the rules of GraphQL over HTTP; the executor is ours. */
export async function startQueryServer({
  generations,
  topDocuments = async () => [],
  timeoutMs,
  shareMs,
  usage,
  log,
}: QueryOptions): Promise<QueryServer> {
  disableApolloTelemetry()
  const executor = openExecutor({ log, usage, timeoutMs, shareMs })
  const gateway = openServedSchema(generations, async ({ request, context }) => {
    const { client, operation } = context as unknown as ServerContext
    if (!operation) throw new Error('an operation that was not admitted came to be run')
    const variables = request.variables ?? {}
    const { data, errors } = await executor.execute({ ...operation, variables }, client)
    return {
      ...(data !== undefined && { data }),
      ...(errors && { errors: errors.map((one) => new Presented(one)) }),
    }
  })
  const server = new ApolloServer<ServerContext>({
    gateway: gateway.interface,
    // Access to the schema is decided for each client when its document is admitted.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production',
    documentStore: {
      get: async (key) => generations.current.documents.byHash(key.slice(key.indexOf(':') + 1)),
      set: async () => {},
      delete: async () => {},
    },
    formatError: (formatted, original) =>
      original instanceof Presented ? original.shown : present(formatted, original),
    logger: quietly(log),
    plugins: [ApolloServerPluginLandingPageDisabled(), answers(log)],
  })
  await server.start()
  const leaveWarm = warmBeforeSwaps({ generations, topDocuments, log })
  return {
    server,
    run: (operation, client) => executor.execute(operation, client),
    answer: (operation, client) => executor.answer(operation, client),
    async [Symbol.asyncDispose]() {
      leaveWarm()
      gateway.leave()
      await server.stop()
    },
  }
}

type ServedGateway = ApolloServerOptionsWithGateway<ServerContext>['gateway']
type Execute = NonNullable<Awaited<ReturnType<ServedGateway['load']>>['executor']>

/** The schema of the current generation as @apollo/server follows it, and who runs operations on it. */
function openServedSchema(
  generations: Generations,
  executor: Execute,
): { interface: ServedGateway; leave: () => void } {
  const listeners = new Set<Parameters<ServedGateway['onSchemaLoadOrUpdate']>[0]>()
  const tell = ({ graph }: Generations['current']) => {
    for (const listener of listeners) listener({ apiSchema: graph.schema, coreSupergraphSdl: graph.sdl })
  }
  const leave = generations.onReplace((next) => () => tell(next))
  return {
    leave,
    interface: {
      onSchemaLoadOrUpdate(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      async load() {
        tell(generations.current)
        return { executor }
      },
      stop: async () => leave(),
    },
  }
}

/** An error that is already as the client may see it, on its way through @apollo/server. */
class Presented extends GraphQLError {
  constructor(readonly shown: GraphQLFormattedError) {
    super(shown.message, { path: shown.path ?? null, extensions: shown.extensions ?? {} })
  }
}

/** Logs what is not told, and gives an answer without data the status of its error. */
function answers(log: Log): ApolloServerPlugin<ServerContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors as readonly GraphQLError[]) {
            if (error instanceof Presented || !isInternal(present(error.toJSON(), error))) continue
            logInternal(log, error, contextValue.client.requestId)
          }
        },
        async willSendResponse({ response, contextValue }) {
          if (response.body.kind !== 'single') return
          const { singleResult: result } = response.body
          if (!result.errors || result.errors.length === 0) return
          result.errors = result.errors.map((error) => traceable(error, contextValue.client.requestId))
          const { status } = response.http
          const decided = status !== undefined && ![200, 400, 500].includes(status)
          if (!decided && (result.data === undefined || result.data === null)) {
            response.http.status = statusOf(result.errors)
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
