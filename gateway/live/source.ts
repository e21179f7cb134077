import type { FetchNode } from '@apollo/query-planner'
import {
  type ArgumentNode,
  type FieldNode,
  getNamedType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type ValueNode,
  visit,
} from 'graphql'

import type { Graph } from '../supergraph.js'
import type { Reads } from '../view.js'
import { type EventType, eventTypeOf } from './event-type.js'

/** How a stream of events is gone on with after a place, and what its events say of themselves. */
export interface Resume {
  /** The variable of `query` that takes the cursor. */
  variable: string
  /** What the client's own document gives as `after`. */
  given: ValueNode | undefined
  /** Response keys under which events tell their cursor; the first is ours. */
  cursors: readonly string[]
  snapshots: boolean
}

/** The subscription as the subgraph of its root field is asked. */
export interface Source {
  subgraph: string
  query: string
  operationName: string | undefined
  /** Names of the client's variables that `query` needs. */
  variables: readonly string[]
  /** Name of the root field and the key under which events hold it; undefined when it is not plain to see. */
  root: { field: string; key: string } | undefined
  /** Undefined: events have no place, whoever joins hears what comes from then on. */
  resume: Resume | undefined
}

/** Keys of what is asked for beside the client's own selection. Clients do not see them unless they choose them. */
export const keys = { cursor: 'sotp_cursor', type: 'sotp_type', about: 'sotp_about' } as const

const afterVariable = 'sotp_after'
/** A client that uses these names itself has a stream without places. */
const ourNames = /\bsotp_(cursor|type|about|after)\b/

/**
 * Reads what the planner would ask the subgraph, and adds what a shared stream needs: the cursor, the type and the
 * entity of each event, and a variable of our own for `after`, so that one subscription serves clients that came at
 * different times.
 */
export function sourceOf(graph: Graph, fetch: FetchNode, reads: Reads): Source {
  const { serviceName: subgraph, operation: query, operationName, variableUsages = [] } = fetch
  const plain: Source = {
    subgraph,
    query,
    operationName,
    variables: variableUsages,
    root: undefined,
    resume: undefined,
  }
  const document = parse(query, { noLocation: true })
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [root, ...others] = operation?.selectionSet.selections ?? []
  if (!operation || root?.kind !== Kind.FIELD || others.length > 0) return plain
  const field = graph.supergraphSchema.getSubscriptionType()?.getFields()[root.name.value]
  if (!field || ourNames.test(query)) return plain
  const found: Source = { ...plain, root: { field: field.name, key: root.alias?.value ?? field.name } }
  const after = field.args.find(({ name }) => name === 'after')
  const type = eventTypeOf(graph.supergraphSchema, field, subgraph, reads)
  if (!after || isNonNullType(after.type) || getNamedType(after.type).name !== 'String' || !type.cursor)
    return found
  const asked = withAfter(operation, withOwnFields(root, type))
  const rest = document.definitions.filter((one) => one !== operation)
  return {
    ...found,
    query: print({ ...document, definitions: [asked, ...rest] }),
    variables: (asked.variableDefinitions ?? [])
      .map(({ variable }) => variable.name.value)
      .filter((name) => name !== afterVariable),
    resume: {
      variable: afterVariable,
      given: root.arguments?.find(({ name }) => name.value === 'after')?.value,
      cursors: [keys.cursor, ...cursorKeys(root.selectionSet?.selections ?? [])],
      snapshots: type.snapshots,
    },
  }
}

const fieldNode = (name: string, alias?: string, inner?: FieldNode): FieldNode => ({
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: name },
  ...(alias !== undefined && { alias: { kind: Kind.NAME, value: alias } }),
  ...(inner && { selectionSet: { kind: Kind.SELECTION_SET, selections: [inner] } }),
})

function withOwnFields(root: FieldNode, { snapshots, about }: EventType): FieldNode {
  const about_ = about?.reduceRight<FieldNode | undefined>(
    (inner, name) => fieldNode(name, keys.about, inner),
    undefined,
  )
  const own = [
    fieldNode('cursor', keys.cursor),
    ...(snapshots ? [fieldNode('type', keys.type)] : []),
    ...(about_ ? [about_] : []),
  ]
  const selections = [...own, ...(root.selectionSet?.selections ?? [])]
  return { ...root, selectionSet: { kind: Kind.SELECTION_SET, selections } }
}

/** The operation with `after: $sotp_after` in place of the client's, and without variables nothing uses any more. */
function withAfter(operation: OperationDefinitionNode, root: FieldNode): OperationDefinitionNode {
  const name = { kind: Kind.NAME, value: afterVariable } as const
  const after: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'after' },
    value: { kind: Kind.VARIABLE, name },
  }
  const others = (root.arguments ?? []).filter((one) => one.name.value !== 'after')
  const asked = {
    ...operation,
    selectionSet: {
      ...operation.selectionSet,
      selections: [{ ...root, arguments: [...others, after] }],
    },
  }
  const used = variablesIn(asked)
  return {
    ...asked,
    variableDefinitions: [
      ...(operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value)),
      {
        kind: Kind.VARIABLE_DEFINITION,
        variable: { kind: Kind.VARIABLE, name },
        type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'String' } },
      },
    ],
  }
}

/** Names of the variables that a selection uses, and how often. */
export function variablesIn(operation: OperationDefinitionNode): Map<string, number> {
  const used = new Map<string, number>()
  visit(operation, {
    enter(node) {
      if (node.kind === Kind.VARIABLE_DEFINITION) return false
      if (node.kind === Kind.VARIABLE) used.set(node.name.value, (used.get(node.name.value) ?? 0) + 1)
      return undefined
    },
  })
  return used
}

function cursorKeys(selections: readonly SelectionNode[]): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return cursorKeys(selection.selectionSet.selections)
    if (selection.kind !== Kind.FIELD || selection.name.value !== 'cursor') return []
    return [selection.alias?.value ?? selection.name.value]
  })
}
