import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * How much one document may ask for, counted with every fragment spread in full, before it is validated or planned:
 * both take time that grows faster than the document.
 */
export const limits = {
  /** Lexical tokens; the parser stops there. */
  tokens: 10_000,
  /** Levels of fields. The introspection query of graphql-js has 15. */
  depth: 15,
  fields: 1000,
  aliases: 100,
  rootFields: 50,
  directives: 100,
} as const

interface Size {
  depth: number
  fields: number
  aliases: number
  directives: number
}

const nothing: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 }

const words: Record<keyof Size, string> = {
  depth: 'levels of fields',
  fields: 'fields',
  aliases: 'aliases',
  directives: 'directives',
}

/** The first limit that some operation of the document breaks; undefined when it keeps all. */
export function tooLarge(document: DocumentNode): GraphQLError | undefined {
  const measure = measurer(document)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION)
      continue
    const size = measure(definition)
    const broken = (Object.keys(words) as (keyof Size)[]).find((name) => size[name] > limits[name])
    if (broken) return refusal(`${limits[broken]} ${words[broken]}`)
    const roots =
      definition.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections.length : 0
    if (roots > limits.rootFields) return refusal(`${limits.rootFields} root fields`)
  }
  return undefined
}

const refusal = (limit: string): GraphQLError =>
  new GraphQLError(`One operation may have at most ${limit}; split it.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX' },
  })

type Definition = OperationDefinitionNode | FragmentDefinitionNode

/** Measures each fragment once, so that nested spreads cost nothing though they count in full. */
function measurer(document: DocumentNode): (definition: Definition) => Size {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )
  const known = new Map<string, Size>()

  function ofFragment(name: string): Size {
    const size = known.get(name)
    if (size) return size
    const fragment = fragments.get(name)
    if (!fragment) return nothing
    // A cycle counts as nothing here; validation refuses it afterwards.
    known.set(name, nothing)
    const measured = measure(fragment)
    known.set(name, measured)
    return measured
  }

  function ofSelections(set: SelectionSetNode): Size {
    const sum = { ...nothing }
    for (const selection of set.selections) {
      const isField = selection.kind === Kind.FIELD
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.selectionSet
            ? ofSelections(selection.selectionSet)
            : nothing
      sum.depth = Math.max(sum.depth, inner.depth + (isField ? 1 : 0))
      sum.fields += inner.fields + (isField ? 1 : 0)
      sum.aliases += inner.aliases + (isField && selection.alias ? 1 : 0)
      sum.directives += inner.directives + (selection.directives?.length ?? 0)
    }
    return sum
  }

  function measure({ selectionSet, directives }: Definition): Size {
    const size = ofSelections(selectionSet)
    return { ...size, directives: size.directives + (directives?.length ?? 0) }
  }
  return measure
}
