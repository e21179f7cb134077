import { type FormattedExecutionResult, GraphQLError, getVariableValues } from 'graphql'

import type { Log } from '#core/service/log.js'

import { type OperationRequest, runPlan } from '../execute/run-plan.js'
import type { Generations } from '../generation.js'
import { type ClientContext, type SubgraphResult, unavailable } from '../links/link.js'
import type { DataSources } from '../query.js'
import { mapInOrder } from './ordered.js'
import { eventService, type LivePlan, openPlanner } from './prepare.js'

type LiveStream = AsyncGenerator<FormattedExecutionResult>

/** Federated subscriptions. */
export interface Live {
  /** A stream of complete answers, or the errors why there is none. */
  subscribe(
    request: OperationRequest,
    client: ClientContext,
  ): Promise<LiveStream | { errors: readonly GraphQLError[] }>
}

/**
 * The events of a subscription come from the subgraph that owns its root field. Each is handed to the executor of
 * @apollo/gateway in place of that subgraph's answer, so that fetches from other subgraphs, null propagation and the
 * shape of the result are the executor's own, exactly as in a query.
 */
export function openLive({ generations, log }: { generations: Generations; log: Log }): Live {
  const generation = generations.current
  const { graph, links } = generation
  const planFor = openPlanner(graph)

  function resolver(plan: LivePlan, request: OperationRequest, client: ClientContext) {
    return (event: SubgraphResult): Promise<FormattedExecutionResult> => {
      const events = { process: async () => event } as DataSources[string]
      const sources: DataSources = Object.assign(Object.create(null), generation.sources, {
        [eventService]: events,
      })
      const { perEvent, operation } = plan
      return runPlan({ generation, plan: perEvent, operation, sources, request, client, log })
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
