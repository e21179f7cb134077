import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** The selections of one place of the result, by the name the result gives them. */
interface Place {
  times: number
  below: Map<string, Place>
}

/**
 * How many pairs of selections there are of the same field of the result, over the whole document: each is compared by
 * validation (GraphQL §5.3.2). Call it only after the number of fields, fragments spread in full, was found bounded and
 * free of cycles: each is visited here.
 */
export function repeats(
  operations: readonly OperationDefinitionNode[],
  fragments: readonly FragmentDefinitionNode[],
): number {
  const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]))
  const unseen = new Set(byName.keys())
  let pairs = 0

  function walk({ selections }: SelectionSetNode, places: Map<string, Place>): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        unseen.delete(selection.name.value)
        const fragment = byName.get(selection.name.value)
        if (fragment) walk(fragment.selectionSet, places)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, places)
      } else {
        const key = (selection.alias ?? selection.name).value
        const place = places.get(key) ?? { times: 0, below: new Map() }
        places.set(key, place)
        pairs += place.times
        place.times += 1
        if (selection.selectionSet) walk(selection.selectionSet, place.below)
      }
    }
  }

  for (const { selectionSet } of operations) walk(selectionSet, new Map())
  // Validation looks at fragments that nothing uses, too, before it refuses them.
  for (const name of unseen) {
    const fragment = byName.get(name)
    if (fragment) walk(fragment.selectionSet, new Map())
  }
  return pairs
}
