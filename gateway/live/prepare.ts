import { operationFromDocument } from '@apollo/federation-internals'
import { buildOperationContext } from '@apollo/gateway'
import type { FetchNode, QueryPlan } from '@apollo/query-planner'

import type { Prepared } from '../documents.js'
import type { Graph } from '../supergraph.js'

/** Name under which the executor is given the event itself, as if a subgraph had answered it. */
export const eventService = '$event'

/** A planned subscription: where its events come from, and what each event still needs. */
export interface LivePlan {
  /** The subscription as its own subgraph understands it. */
  source: FetchNode
  /** Runs once an event: takes the event, then fetches what other subgraphs know of its entities. */
  perEvent: QueryPlan
  operation: ReturnType<typeof buildOperationContext>
}

const keptMax = 500

/** Plans each subscription once. Planning is synchronous and takes 10 to 30 ms; running a plan does not. */
export function openPlanner(
  graph: Graph,
): (prepared: Prepared, operationName: string | undefined) => LivePlan {
  const plans = new Map<string, LivePlan>()
  return (prepared, operationName) => {
    const key = `${prepared.hash} ${operationName ?? ''}`
    const known = plans.get(key)
    if (known) return known
    const made = plan(graph, prepared, operationName)
    if (plans.size >= keptMax) plans.delete(plans.keys().next().value ?? '')
    plans.set(key, made)
    return made
  }
}

function plan(graph: Graph, { document }: Prepared, operationName: string | undefined): LivePlan {
  const named = operationName === undefined ? {} : { operationName }
  const { node } = graph.planner.buildQueryPlan(operationFromDocument(graph.api, document, named))
  if (node?.kind !== 'Subscription') throw new Error('the planner made no subscription of a subscription')
  const { primary, rest } = node
  const event = { ...primary, serviceName: eventService }
  return {
    source: primary,
    perEvent: { kind: 'QueryPlan', node: { kind: 'Sequence', nodes: rest ? [event, rest] : [event] } },
    operation: buildOperationContext({ schema: graph.schema, operationDocument: document, ...named }),
  }
}
