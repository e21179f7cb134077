import { executeQueryPlan, type ServiceMap } from '@apollo/gateway'
import {
  type FormattedExecutionResult,
  GraphQLError,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql'

import type { Log } from '#core/service/log.js'

import { showAliases } from '../aliases.js'
import type { Prepared } from '../documents.js'
import type { Generations } from '../generation.js'
import { type ClientContext, type SubgraphResult, unavailable } from '../links/link.js'
import { completionErrors, isInternal, logInternal, present, presentThrown, traceable } from '../present.js'
import type { Graph } from '../supergraph.js'
import { mapInOrder } from './ordered.js'
import { eventService, type LivePlan, openPlanner } from './prepare.js'

interface LiveRequest {
  prepared: Prepared
  operation: OperationDefinitionNode
  query: string
  variables: Record<string, unknown>
  operationName: string | undefined
}

type LiveStream = AsyncGenerator<FormattedExecutionResult>

/** Federated subscriptions. */
export interface Live {
  /** A stream of complete answers, or the errors why there is none. */
  subscribe(
    request: LiveRequest,
    client: ClientContext,
  ): Promise<LiveStream | { errors: readonly GraphQLError[] }>
}

type GatewayRequest = Parameters<typeof executeQueryPlan>[2]

/**
 * The events of a subscription come from the subgraph that owns its root field. Each is handed to the executor of
 * @apollo/gateway in place of that subgraph's answer, so that fetches from other subgraphs, null propagation and the
 * shape of the result are the executor's own, exactly as in a query.
 */
export function openLive({ generations, log }: { generations: Generations; log: Log }): Live {
  const { graph, links, sources } = generations.current
  const planFor = openPlanner(graph)

  function resolver(plan: LivePlan, request: LiveRequest, client: ClientContext) {
    const base = requestFor(graph, request, client)
    return async (event: SubgraphResult): Promise<FormattedExecutionResult> => {
      const services: ServiceMap = Object.assign(Object.create(null), sources, {
        [eventService]: { process: async () => event },
      })
      try {
        // `metrics` is written to, so each event gets its own.
        const context = { ...base, metrics: {} } as unknown as GatewayRequest
        const result = await executeQueryPlan(
          plan.perEvent,
          services,
          context,
          plan.operation,
          graph.supergraphSchema,
          graph.api,
        )
        return showAliases(request.prepared.document, shown(result, client, log))
      } catch (error) {
        logInternal(log, error, client.requestId)
        return { data: null, errors: [traceable(presentThrown(error), client.requestId)] }
      }
    }
  }

  return {
    async subscribe(request, client) {
      const { coerced, errors } = getVariableValues(
        graph.schema,
        request.operation.variableDefinitions ?? [],
        request.variables,
      )
      if (!coerced) return { errors: errors.map((error) => coded(error, 'BAD_USER_INPUT')) }
      const plan = planFor(request.prepared, request.operationName)
      const { serviceName, operation: query, operationName, variableUsages = [] } = plan.source
      const variables = Object.fromEntries(
        variableUsages
          .filter((name) => Object.hasOwn(request.variables, name))
          .map((name) => [name, request.variables[name]]),
      )
      const upstream = { query, operationName, variables }
      const events =
        (await links.get(serviceName)?.subscribe(upstream, client)) ?? unavailable(serviceName, upstream)
      if (!(Symbol.asyncIterator in events)) {
        return { errors: (events.errors ?? []).map((error) => new GraphQLError(error.message, error)) }
      }
      return mapInOrder(events, resolver(plan, request, client))
    },
  }
}

const coded = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes ?? null, extensions: { code } })

const requestFor = (graph: Graph, request: LiveRequest, client: ClientContext) => ({
  request: { query: request.query, variables: request.variables, operationName: request.operationName },
  document: request.prepared.document,
  operation: request.operation,
  operationName: request.operationName ?? null,
  queryHash: request.prepared.hash,
  source: request.query,
  schema: graph.schema,
  context: client,
})

function shown(
  result: Awaited<ReturnType<typeof executeQueryPlan>>,
  client: ClientContext,
  log: Log,
): FormattedExecutionResult {
  const errors = (result.errors ?? []).map((error) => {
    const formatted = present(error.toJSON(), error)
    if (isInternal(formatted)) logInternal(log, error, client.requestId)
    return traceable(formatted, client.requestId)
  })
  const told = [...errors, ...completionErrors(result.extensions)]
  return { data: result.data ?? null, ...(told.length > 0 && { errors: told }) }
}
