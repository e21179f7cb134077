import { type FieldNode, GraphQLError, Kind, type OperationDefinitionNode, parse } from 'graphql'

/** What the runner must know of a subscription to follow it by cursor. */
export interface SinkDocument {
  operationName: string | undefined
  /** Key of the event in each result. */
  event: string
  /** Key of the cursor in the event. */
  cursor: string
  /** Variable that is given as `after`. */
  after: string
}

/** Reads a sink's document. @throws Error saying what it lacks; whether it fits the schema is another question. */
export function readDocument(text: string): SinkDocument {
  const operation = onlyOperation(text)
  const [root, another] = operation.selectionSet.selections
  if (operation.operation !== 'subscription' || root?.kind !== Kind.FIELD || another) {
    throw new Error('must be one subscription of one field')
  }
  const after = root.arguments?.find(({ name }) => name.value === 'after')?.value
  if (after?.kind !== Kind.VARIABLE) {
    throw new Error(`must give "${root.name.value}" its "after" by a variable, as (after: $after)`)
  }
  const cursor = root.selectionSet?.selections.find(
    (one): one is FieldNode => one.kind === Kind.FIELD && one.name.value === 'cursor',
  )
  if (!cursor) throw new Error(`must ask "${root.name.value}" for its "cursor"`)
  return {
    operationName: operation.name?.value,
    event: root.alias?.value ?? root.name.value,
    cursor: cursor.alias?.value ?? cursor.name.value,
    after: after.name.value,
  }
}

function onlyOperation(text: string): OperationDefinitionNode {
  try {
    const operations = parse(text, { maxTokens: 5000 }).definitions.filter(
      (one) => one.kind === Kind.OPERATION_DEFINITION,
    )
    const [operation, another] = operations
    if (!operation || another) throw new Error('must be one subscription of one field')
    return operation
  } catch (error) {
    throw error instanceof GraphQLError ? new Error(error.message) : error
  }
}
