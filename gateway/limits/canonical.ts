import { type DocumentNode, Kind, OperationTypeNode, parse, print, type SelectionNode, visit } from 'graphql'

const byText = (a: { text: string }, b: { text: string }): number =>
  a.text < b.text ? -1 : a.text > b.text ? 1 : 0

/** The nodes in the order of their printed texts. */
const sorted = <Node extends Parameters<typeof print>[0]>(
  nodes: readonly Node[] | undefined,
): Node[] | undefined =>
  nodes
    ?.map((node) => ({ node, text: print(node) }))
    .sort(byText)
    .map(({ node }) => node)

const isTypename = (selection: SelectionNode): boolean =>
  selection.kind === Kind.FIELD &&
  selection.name.value === '__typename' &&
  !selection.alias &&
  (selection.directives ?? []).length === 0

/**
 * One text for all documents that ask for the same: clients print them in orders of their own, and add `__typename`.
 * The order of a mutation's root fields stays, because it is the order in which they run.
 */
export function canonical(document: DocumentNode): string {
  const ordered: DocumentNode = visit(document, {
    Field: { leave: (node) => ({ ...node, arguments: sorted(node.arguments) ?? [] }) },
    ObjectValue: { leave: (node) => ({ ...node, fields: sorted(node.fields) ?? [] }) },
    OperationDefinition: {
      leave: (node) => ({ ...node, variableDefinitions: sorted(node.variableDefinitions) ?? [] }),
    },
    SelectionSet: {
      leave(node, _key, parent) {
        const isRoot =
          parent !== undefined && 'operation' in parent && parent.operation === OperationTypeNode.MUTATION
        const rest = node.selections.filter((selection) => !isTypename(selection))
        const selections = rest.length > 0 ? rest : node.selections.slice(0, 1)
        return { ...node, selections: isRoot ? selections : (sorted(selections) ?? []) }
      },
    },
    Document: { leave: (node) => ({ ...node, definitions: sorted(node.definitions) ?? [] }) },
  })
  return print(ordered)
}

/** The canonical text of a text; undefined when it is not GraphQL. */
export function canonicalText(text: string, maxTokens: number): string | undefined {
  try {
    return canonical(parse(text, { noLocation: true, maxTokens }))
  } catch {
    return undefined
  }
}
