import { operationFromDocument } from '@apollo/federation-internals'
import { buildOperationContext } from '@apollo/gateway'
import type { QueryPlan } from '@apollo/query-planner'
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
} from 'graphql'

import type { Prepared } from '../documents.js'
import type { Graph } from '../supergraph.js'
import { type Reads, readsOf } from '../view.js'
import { type Source, sourceOf, variablesIn } from './source.js'

/** Name under which the executor is given the event itself, as if a subgraph had answered it. */
export const eventService = '$event'

/** A planned subscription: where its events come from, and what each event still needs. */
export interface LivePlan {
  graph: Graph
  source: Source
  /** Runs once an event: takes the event, then fetches what other subgraphs know of its entities. */
  perEvent: QueryPlan
  operation: ReturnType<typeof buildOperationContext>
  reads: Reads
  /** The document without what makes no difference to events: equal texts and variables are equal streams. */
  text: string
  /** The client's variable that is nothing but a place to go on from. */
  afterVariable: string | undefined
}

const keptMax = 500

/** Plans each subscription once. Planning is synchronous and takes 10 to 30 ms; running a plan does not. */
export function openPlanner(
  graph: Graph,
): (prepared: Prepared, operation: OperationDefinitionNode) => LivePlan {
  const plans = new Map<string, LivePlan>()
  return (prepared, operation) => {
    const key = `${prepared.hash} ${operation.name?.value ?? ''}`
    const known = plans.get(key)
    if (known) return known
    const made = plan(graph, prepared, operation)
    if (plans.size >= keptMax) plans.delete(plans.keys().next().value ?? '')
    plans.set(key, made)
    return made
  }
}

function plan(graph: Graph, { document }: Prepared, operation: OperationDefinitionNode): LivePlan {
  const named = operation.name ? { operationName: operation.name.value } : {}
  const { node } = graph.planner.buildQueryPlan(operationFromDocument(graph.api, document, named))
  if (node?.kind !== 'Subscription') throw new Error('the planner made no subscription of a subscription')
  const { primary, rest } = node
  const event = { ...primary, serviceName: eventService }
  const reads = readsOf(graph.supergraphSchema, document, operation)
  const source = sourceOf(graph, primary, reads)
  const given = source.resume?.given
  const name = given?.kind === Kind.VARIABLE ? given.name.value : undefined
  const once = name !== undefined && timesUsed(document, operation, name) === 1
  return {
    graph,
    source,
    perEvent: { kind: 'QueryPlan', node: { kind: 'Sequence', nodes: rest ? [event, rest] : [event] } },
    operation: buildOperationContext({ schema: graph.schema, operationDocument: document, ...named }),
    reads,
    text: normalised(document, operation, source, once ? name : undefined),
    afterVariable: once ? name : undefined,
  }
}

const fragmentsOf = ({ definitions }: DocumentNode) =>
  definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)

/** How often the operation uses a variable, fragments counted once each. */
function timesUsed(document: DocumentNode, operation: OperationDefinitionNode, name: string): number {
  const inFragments = fragmentsOf(document).map(({ selectionSet }) => ({ ...operation, selectionSet }))
  return [operation, ...inFragments].reduce((sum, one) => sum + (variablesIn(one).get(name) ?? 0), 0)
}

function normalised(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { root, resume }: Source,
  afterVariable: string | undefined,
): string {
  const { name: _, ...unnamed } = operation
  const plain: OperationDefinitionNode = {
    ...unnamed,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(
      ({ variable }) => variable.name.value !== afterVariable,
    ),
    selectionSet: resume && root ? withoutAfter(operation.selectionSet, root.field) : operation.selectionSet,
  }
  return [plain, ...fragmentsOf(document)].map(print).join('\n')
}

function withoutAfter(set: SelectionSetNode, field: string): SelectionSetNode {
  const bare = (node: FieldNode): FieldNode => ({
    ...node,
    arguments: (node.arguments ?? []).filter(({ name }) => name.value !== 'after'),
  })
  return {
    ...set,
    selections: set.selections.map((one) =>
      one.kind === Kind.FIELD && one.name.value === field ? bare(one) : one,
    ),
  }
}
