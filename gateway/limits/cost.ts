import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql'

import { type FieldWeight, fieldWeights, inputCost } from './weights.js'

type Values = Readonly<Record<string, unknown>>
/** Points that depend on the variables. */
type Term = (values: Values) => number

/** Points of a part of an operation: what is known, and what the variables decide. */
interface Cost {
  fixed: number
  terms: Term[]
}

/** What one operation costs. */
export interface OperationCost {
  /** How often it goes on to another subgraph below its root fields, each place of the document counted once. */
  hops: number
  /** Points with these variables; at least 1. */
  of(variables: Values): number
}

/** Length of a list of which nothing is known; a test of the graph holds that there is none in our own schema. */
export const unknownListSize = 10
const mutationCost = 10
/** For each object that another subgraph has to be asked for. */
const hopCost = 1
/** For each field of an introspection: its lists are as long as the schema. */
const introspectionFieldCost = 90
/** Keeps a sum of absurd sizes a number that JSON can carry. */
const costMax = Number.MAX_SAFE_INTEGER

/**
 * Static cost by the rules of Federation's demand control: 1 for an object, 0 for a value, 10 for a field of a
 * mutation, `@cost` instead where it is stated; a list is as long as `@listSize` or its arguments say. An object that
 * another subgraph must be asked for costs one more. It takes time in proportion to the fields, fragments spread in
 * full, which must be bounded before, as must cycles.
 */
export function costModel(
  supergraph: GraphQLSchema,
): (document: DocumentNode, operation: OperationDefinitionNode) => OperationCost {
  const weights = fieldWeights(supergraph)
  return (document, operation) => {
    const walk: Walk = { schema: supergraph, weights, fragments: fragmentsOf(document), hops: 0 }
    const cost = measure(walk, operation)
    const defaults = Object.fromEntries(
      (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
        defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
      ),
    )
    return {
      hops: walk.hops,
      of: (variables) =>
        cost.terms.length === 0
          ? bounded(cost.fixed)
          : bounded(total(cost, Object.assign(Object.create(null), defaults, variables))),
    }
  }
}

const bounded = (points: number): number => Math.min(costMax, Math.max(1, Math.ceil(points)))

const total = ({ fixed, terms }: Cost, values: Values): number => {
  let sum = fixed
  for (const term of terms) sum += term(values)
  return sum
}

const fragmentsOf = ({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  )

/** A place in the operation: the objects whose fields are selected there. */
interface Place {
  type: string
  /** Points each of its fields costs beside its own. */
  surcharge: number
  /** Subgraph that answered the objects; null at the root, where each field has its own. */
  graph: string | null
  /** Subgraphs that must be asked for more of them. */
  hops: Set<string>
  /** Lists of theirs whose length the field above says. */
  sized?: { fields: ReadonlySet<string>; size: Term | number }
}

interface Walk {
  schema: GraphQLSchema
  weights: ReturnType<typeof fieldWeights>
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  hops: number
}

function measure(walk: Walk, { operation, selectionSet }: OperationDefinitionNode): Cost {
  const { schema } = walk
  const types = {
    [OperationTypeNode.QUERY]: schema.getQueryType(),
    [OperationTypeNode.MUTATION]: schema.getMutationType(),
    [OperationTypeNode.SUBSCRIPTION]: schema.getSubscriptionType(),
  }
  const cost: Cost = { fixed: 0, terms: [] }
  addSelections(walk, cost, selectionSet, {
    type: types[operation]?.name ?? '',
    surcharge: operation === OperationTypeNode.MUTATION ? mutationCost : 0,
    graph: null,
    hops: new Set(),
  })
  return cost
}

function addSelections(walk: Walk, into: Cost, { selections }: SelectionSetNode, place: Place): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      addField(walk, into, selection, place)
      continue
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? walk.fragments.get(selection.name.value) : selection
    if (!fragment) continue
    const type = fragment.typeCondition?.name.value ?? place.type
    addSelections(walk, into, fragment.selectionSet, { ...place, type })
  }
}

function addField(walk: Walk, into: Cost, node: FieldNode, place: Place): void {
  const name = node.name.value
  if (name.startsWith('__')) {
    if (node.selectionSet) into.fixed += introspectionFieldCost * countFields(walk, node.selectionSet)
    return
  }
  const weight = walk.weights(place.type, name)
  // Validation names a field that does not exist.
  if (!weight) return
  const one: Cost = { fixed: weight.each, terms: argumentTerms(weight, node) }
  const size = listSize(weight, node)
  if (node.selectionSet) {
    const below: Place = {
      type: typeOf(walk.schema, place.type, name),
      surcharge: 0,
      graph: goTo(weight, place),
      hops: new Set(),
      ...(weight.size && { sized: { fields: weight.size.sizedFields, size } }),
    }
    addSelections(walk, one, node.selectionSet, below)
    walk.hops += below.hops.size
    one.fixed += below.hops.size * hopCost
  } else goTo(weight, place)
  into.fixed += place.surcharge
  if (!weight.list) addTimes(into, one, 1)
  else addTimes(into, one, place.sized?.fields.has(name) ? place.sized.size : size)
}

/** The subgraph that answers the field; notes when it is not the one the object came from. */
function goTo({ graphs }: FieldWeight, { graph, hops }: Place): string | null {
  const [first = null] = graphs
  if (graph === null || first === null) return first
  if (graphs.includes(graph)) return graph
  // One that has to be asked for another field of the object anyway costs nothing more.
  const asked = graphs.find((one) => hops.has(one)) ?? first
  hops.add(asked)
  return asked
}

function typeOf(schema: GraphQLSchema, typeName: string, fieldName: string): string {
  const type = schema.getType(typeName)
  const field = type && isCompositeType(type) && 'getFields' in type ? type.getFields()[fieldName] : undefined
  return field ? getNamedType(field.type).name : ''
}

/** How long the field's list, or the lists that it sizes, may be: by the largest of the arguments that bound it. */
function listSize({ size, defaults }: FieldWeight, node: FieldNode): Term | number {
  const unbounded = size?.assumed ?? unknownListSize
  if (!size || size.slicing.length === 0) return unbounded
  const given = size.slicing.map((name) => ({
    name,
    value: node.arguments?.find((one) => one.name.value === name)?.value,
  }))
  const read = (values: Values): number => {
    const lengths = given
      // A variable that is not given leaves the argument its default.
      .map(({ name, value }) => (value && valueFromASTUntyped(value, values)) ?? defaults.get(name))
      .filter((one): one is number => typeof one === 'number' && one >= 0)
    return lengths.length > 0 ? Math.max(...lengths) : unbounded
  }
  return given.some(({ value }) => value?.kind === Kind.VARIABLE) ? read : read({})
}

const argumentTerms = ({ costly }: FieldWeight, node: FieldNode): Term[] =>
  costly.map(({ name, type, weight, byDefault }) => {
    const given = node.arguments?.find((one) => one.name.value === name)?.value
    if (!given) return () => inputCost(type, weight, byDefault)
    return (values) => inputCost(type, weight, valueFromASTUntyped(given, values) ?? byDefault)
  })

function addTimes(into: Cost, cost: Cost, times: Term | number): void {
  if (typeof times === 'function') {
    into.terms.push((values) => times(values) * total(cost, values))
    return
  }
  into.fixed += times * cost.fixed
  if (times === 1) into.terms.push(...cost.terms)
  else if (cost.terms.length > 0) {
    const rest = { fixed: 0, terms: cost.terms }
    into.terms.push((values) => times * total(rest, values))
  }
}

function countFields(walk: Walk, { selections }: SelectionSetNode): number {
  let sum = 0
  for (const selection of selections) {
    const inner =
      selection.kind === Kind.FRAGMENT_SPREAD ? walk.fragments.get(selection.name.value) : selection
    if (selection.kind === Kind.FIELD) sum += 1
    if (inner?.selectionSet) sum += countFields(walk, inner.selectionSet)
  }
  return sum
}
