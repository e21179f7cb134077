import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

import type { Limits } from './config.js'
import { repeats } from './repeats.js'

interface Size {
  depth: number
  fields: number
  aliases: number
  directives: number
}
type Definition = OperationDefinitionNode | FragmentDefinitionNode

const nothing: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 }

const words: Record<keyof Size, string> = {
  depth: 'levels of fields',
  fields: 'fields',
  aliases: 'aliases',
  directives: 'directives',
}

/** Why a text is not even parsed: its length, or brackets inside each other, which the parser follows by recursion. */
export function textTooLarge(text: string, limits: Limits): GraphQLError | undefined {
  if (text.length > limits.characters) return refusal('document', `${limits.characters} characters`)
  if (nesting(text, limits.nesting) > limits.nesting)
    return refusal('document', `${limits.nesting} brackets inside each other`)
  return undefined
}

/**
 * The first limit that the document breaks; undefined when it keeps all. Everything is counted with each fragment
 * spread in full, before validation and planning, which both take time that grows faster than the document.
 */
export function tooLarge(document: DocumentNode, limits: Limits): GraphQLError | undefined {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  if (operations.length > limits.operations) return refusal('document', `${limits.operations} operations`)
  if (fragments.length > limits.fragments) return refusal('document', `${limits.fragments} fragments`)
  const measure = measurer(fragments)
  let directives = 0
  for (const definition of [...operations, ...fragments]) {
    const size = measure(definition)
    if (size instanceof GraphQLError) return size
    const broken = (Object.keys(words) as (keyof Size)[]).find((name) => size[name] > limits[name])
    if (broken) return refusal('operation', `${limits[broken]} ${words[broken]}`)
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    directives += size.directives
    if (definition.selectionSet.selections.length > limits.rootFields)
      return refusal('operation', `${limits.rootFields} root fields`)
  }
  if (directives > limits.directives) return refusal('document', `${limits.directives} directives`)
  if (repeats(operations, fragments) > limits.repeats)
    return refusal('operation', `${limits.repeats} pairs of selections of the same field`)
  return undefined
}

const refusal = (what: string, limit: string): GraphQLError =>
  new GraphQLError(`One ${what} may have at most ${limit}; split it.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX' },
  })

const cyclic = (name: string): GraphQLError =>
  new GraphQLError(`The fragment "${name.slice(0, 100)}" contains itself.`, {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  })

/** How deep brackets lie inside each other, outside of strings and comments; stops counting beyond `max`. */
function nesting(text: string, max: number): number {
  // Strings and comments are passed over whole: what lies in them opens nothing.
  const pieces = /"""(?:\\"""|[^"]|"(?!""))*(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n\r]*|[{}()[\]]/g
  let depth = 0
  let deepest = 0
  for (let found = pieces.exec(text); found !== null; found = pieces.exec(text)) {
    const [piece] = found
    if (piece.length > 1) continue
    if (piece === '{' || piece === '(' || piece === '[') depth += 1
    else if (piece !== '"' && piece !== '#') depth -= 1
    if (depth > deepest) deepest = depth
    if (deepest > max) break
  }
  return deepest
}

/** Measures each fragment once, so that nested spreads cost nothing though they count in full. */
function measurer(
  fragments: readonly FragmentDefinitionNode[],
): (definition: Definition) => Size | GraphQLError {
  const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]))
  const known = new Map<string, Size>()
  const open = new Set<string>()

  function ofFragment(name: string): Size {
    const size = known.get(name)
    if (size) return size
    const fragment = byName.get(name)
    // Validation names a fragment that does not exist.
    if (!fragment) return nothing
    if (open.has(name)) throw cyclic(name)
    open.add(name)
    const measured = ofDefinition(fragment)
    open.delete(name)
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

  function ofDefinition(definition: Definition): Size {
    const size = ofSelections(definition.selectionSet)
    const onVariables =
      definition.kind === Kind.OPERATION_DEFINITION
        ? (definition.variableDefinitions ?? []).reduce((sum, one) => sum + (one.directives?.length ?? 0), 0)
        : 0
    return { ...size, directives: size.directives + (definition.directives?.length ?? 0) + onVariables }
  }

  return (definition) => {
    try {
      return definition.kind === Kind.FRAGMENT_DEFINITION
        ? ofFragment(definition.name.value)
        : ofDefinition(definition)
    } catch (error) {
      if (error instanceof GraphQLError) return error
      throw error
    }
  }
}
