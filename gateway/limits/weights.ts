import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql'

/** How long the list of a field is, as `@listSize` says. */
export interface ListSize {
  /** How long it is taken to be where no argument says. */
  assumed: number | undefined
  /** Integer arguments that bound it. */
  slicing: readonly string[]
  /** Lists of the returned object that are meant instead of the field itself. */
  sizedFields: ReadonlySet<string>
}

/** What one field costs, as the supergraph states it. */
export interface FieldWeight {
  /** Points for each object or value it returns. */
  each: number
  list: boolean
  size: ListSize | undefined
  /** Subgraphs that can answer it. */
  graphs: readonly string[]
  /** Its arguments that cost something, and the defaults of those that bound its length. */
  costly: readonly { name: string; type: GraphQLInputType; weight: number; byDefault: unknown }[]
  defaults: ReadonlyMap<string, unknown>
}

type Node = { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined

/** The applied directive's arguments as plain values; every use of a repeatable one. */
function applied(node: Node, ...names: readonly string[]): Record<string, unknown>[] {
  return (node?.directives ?? [])
    .filter((directive) => names.includes(directive.name.value))
    .map((directive) =>
      Object.fromEntries(
        (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
      ),
    )
}

/** Names of the directives in a supergraph: short where they are imported, prefixed where not. */
const costNames = ['cost', 'cost__cost']
const sizeNames = ['listSize', 'cost__listSize']

const weightOf = (node: Node): number | undefined => {
  const weight = applied(node, ...costNames)[0]?.['weight']
  const number = typeof weight === 'string' ? Number(weight) : weight
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/**
 * Points of a type where nothing is stated: 1 for an object, 0 for a value, as the demand control of Apollo Federation
 * and the GraphQL Cost Analysis specification (IBM, 2021) have it.
 */
const weightOfType = (type: GraphQLNamedType): number =>
  weightOf(type.astNode) ?? (isCompositeType(type) ? 1 : 0)

const listSizeOf = (node: Node): ListSize | undefined => {
  const [stated] = applied(node, ...sizeNames)
  if (!stated) return undefined
  const names = (value: unknown) =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
  const assumed = stated['assumedSize']
  return {
    // valueFromASTUntyped gives integers as numbers.
    assumed: typeof assumed === 'number' ? assumed : undefined,
    slicing: names(stated['slicingArguments']),
    sizedFields: new Set(names(stated['sizedFields'])),
  }
}

const graphsOf = (node: Node, directive: string): string[] =>
  applied(node, directive)
    .filter((one) => one['external'] !== true)
    .flatMap(({ graph }) => (typeof graph === 'string' ? [graph] : []))

function inputHasCost(type: GraphQLInputType, seen = new Set<GraphQLNamedType>()): boolean {
  const named = getNamedType(type)
  if (weightOf(named.astNode) !== undefined) return true
  if (!isInputObjectType(named) || seen.has(named)) return false
  seen.add(named)
  return Object.values(named.getFields()).some(
    (field) => weightOf(field.astNode) !== undefined || inputHasCost(field.type, seen),
  )
}

/** Points of a value that is given for an argument: each of a list counts. */
export function inputCost(type: GraphQLInputType, weight: number, value: unknown): number {
  const nullable = getNullableType(type)
  if (value === undefined || value === null) return 0
  if (isListType(nullable)) {
    const values: unknown[] = Array.isArray(value) ? value : [value]
    // One of a long list of plain values costs as much as each other one.
    if (!inputHasCost(nullable.ofType)) return values.length * weight
    return values.reduce<number>((sum, one) => sum + inputCost(nullable.ofType, weight, one), 0)
  }
  const named = getNamedType(nullable)
  let sum = weight + (weightOf(named.astNode) ?? 0)
  if (isInputObjectType(named) && typeof value === 'object') {
    for (const [name, field] of Object.entries(named.getFields())) {
      const inner = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : field.defaultValue
      sum += inputCost(field.type, weightOf(field.astNode) ?? 0, inner)
    }
  }
  return sum
}

/** The weights of every field of a supergraph, each read once. */
export function fieldWeights(
  supergraph: GraphQLSchema,
): (typeName: string, fieldName: string) => FieldWeight | undefined {
  const known = new Map<GraphQLField<unknown, unknown>, FieldWeight>()

  function read(field: GraphQLField<unknown, unknown>, typeGraphs: readonly string[]): FieldWeight {
    const own = graphsOf(field.astNode, 'join__field')
    return {
      each: weightOf(field.astNode) ?? weightOfType(getNamedType(field.type)),
      list: isListType(getNullableType(field.type)),
      size: listSizeOf(field.astNode),
      graphs: own.length > 0 ? own : typeGraphs,
      costly: field.args
        .map((arg) => ({ arg, weight: weightOf(arg.astNode) ?? 0 }))
        .filter(({ arg, weight }) => weight !== 0 || inputHasCost(arg.type))
        .map(({ arg, weight }) => ({ name: arg.name, type: arg.type, weight, byDefault: arg.defaultValue })),
      defaults: new Map(field.args.map((arg) => [arg.name, arg.defaultValue])),
    }
  }

  return (typeName, fieldName) => {
    const type = supergraph.getType(typeName)
    if (!type || !isCompositeType(type) || !('getFields' in type)) return undefined
    const ofType = (one: typeof type): FieldWeight | undefined => {
      const field = one.getFields()[fieldName]
      if (!field) return undefined
      const found = known.get(field) ?? read(field, graphsOf(one.astNode, 'join__type'))
      known.set(field, found)
      return found
    }
    const stated = ofType(type)
    if (isObjectType(type) || !stated) return stated
    // Behind an interface is whichever object costs most.
    return supergraph
      .getPossibleTypes(type)
      .flatMap((one) => ofType(one) ?? [])
      .reduce((most, one) => (one.each > most.each ? { ...one, size: most.size ?? one.size } : most), stated)
  }
}
