import { operationFromDocument, type Schema } from '@apollo/federation-internals'
import { buildOperationContext } from '@apollo/gateway'
import type { FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner'
import { getOperationAST, parse } from 'graphql'

import { count } from '#core/service/metrics.js'
import { traced } from '#core/service/trace.js'

import type { Graph } from '../supergraph.js'
import { type Reads, readsOf } from '../view.js'
import type { OperationRequest } from './run-plan.js'
import { type WholeValues, wholeValues } from './whole-values.js'

/** How an operation runs, and what its answer depends on. */
export interface ReadyPlan {
  plan: QueryPlan
  /** By what the executor shapes the answer: the operation as it was asked, but for values that come whole. */
  operation: ReturnType<typeof buildOperationContext>
  /** The schema of that. */
  api: Schema
  reads: Reads
}

/** A document as a client would send it. */
export interface UsedDocument {
  query: string
  operationName: string | undefined
}

/** The plans of one schema: each made once, the ones used least recently dropped first. */
export interface Plans {
  /** Planning is synchronous and takes 10 to 30 ms. */
  of(request: PlanRequest): ReadyPlan
  /** The documents that ran most often, most first. */
  mostUsed(limit: number): UsedDocument[]
}

type PlanRequest = Pick<OperationRequest, 'prepared' | 'operation' | 'query' | 'operationName'>

const keptMax = 1000
const keptCharactersMax = 2_000_000

interface Kept extends ReadyPlan {
  document: UsedDocument
  uses: number
}

/** @param own names of the subgraphs that are ours. */
export function openPlans(graph: Graph, own: ReadonlySet<string>): Plans {
  const whole = wholeValues(graph, own)
  const kept = new Map<string, Kept>()
  let characters = 0

  function keep(key: string, made: Kept): void {
    kept.set(key, made)
    characters += made.document.query.length
    for (const [oldest, { document }] of kept) {
      if (kept.size <= keptMax && characters <= keptCharactersMax) return
      kept.delete(oldest)
      characters -= document.query.length
    }
  }

  return {
    of(request) {
      const { prepared, operationName, query } = request
      const key = operationName === undefined ? prepared.hash : `${prepared.hash} ${operationName}`
      const known = kept.get(key)
      count('sotp_gateway_plans_total', { found: known ? 'kept' : 'made' })
      if (!known) {
        const made = traced('gateway.plan', {}, () => ready(graph, whole, request))
        const fresh = { ...made, document: { query, operationName }, uses: 1 }
        keep(key, fresh)
        return fresh
      }
      known.uses++
      // Moves it to the young end.
      kept.delete(key)
      kept.set(key, known)
      return known
    },
    mostUsed: (limit) =>
      [...kept.values()]
        .sort((a, b) => b.uses - a.uses)
        .slice(0, limit)
        .map(({ document }) => document),
  }
}

function ready(
  graph: Graph,
  whole: WholeValues,
  { prepared, operation, operationName }: PlanRequest,
): ReadyPlan {
  const { document } = prepared
  const named = operationName === undefined ? {} : { operationName }
  const plan = graph.planner.buildQueryPlan(operationFromDocument(graph.api, document, named))
  const reads = [readsOf(graph.supergraphSchema, document, operation), ...hiddenReads(graph, plan.node)]
  return {
    plan,
    operation: buildOperationContext({
      schema: graph.schema,
      operationDocument: whole.bare(document),
      ...named,
    }),
    api: whole.api,
    reads: {
      permissions: [...new Set(reads.flatMap(({ permissions }) => permissions))].sort(),
      personal: reads.some(({ personal }) => personal),
    },
  }
}

/** What the fetches read: a field that is computed from others (`@requires`) depends on what those ask for, too. */
function hiddenReads({ supergraphSchema }: Graph, node: PlanNode | SubscriptionNode | undefined): Reads[] {
  return fetchesOf(node).flatMap((fetch) => {
    const document = parse(fetch.operation, { noLocation: true })
    const operation = getOperationAST(document)
    return operation ? [readsOf(supergraphSchema, document, operation)] : []
  })
}

function fetchesOf(node: PlanNode | SubscriptionNode | undefined): FetchNode[] {
  switch (node?.kind) {
    case 'Fetch':
      return [node]
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(fetchesOf)
    case 'Flatten':
      return fetchesOf(node.node)
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap(fetchesOf)
    case 'Subscription':
      return [node.primary, node.rest].flatMap(fetchesOf)
    default:
      return []
  }
}
