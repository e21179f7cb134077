import { NonNullType, ScalarType, type Schema } from '@apollo/federation-internals'
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInterfaceType,
  isListType,
  isObjectType,
  isScalarType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/**
 * The executor looks at every value of an answer, twice: it merges what subgraphs say, and shapes the whole as the
 * client asked. A list of plain objects that only one subgraph knows comes from there as the client asked for it, so for
 * the executor it is one value: a chart has tens of thousands of points.
 */
export interface WholeValues {
  /** The schema clients see, with such lists as scalars. */
  api: Schema
  /** The document without what it selects of them. */
  bare(document: DocumentNode): DocumentNode
}

/** Name of the scalar; nothing of clients' can be called so, for what begins like this is GraphQL's own. */
const wholeName = '__Whole'

/** @param own names of the subgraphs whose answers are as their schema says; of others each value is looked at. */
export function wholeValues(
  { api, schema, supergraphSchema }: { api: Schema; schema: GraphQLSchema; supergraphSchema: GraphQLSchema },
  own: ReadonlySet<string>,
): WholeValues {
  const plain = plainTypes(supergraphSchema, own)
  const isWhole = (type: unknown): boolean => {
    const list = getNullableType(type as Parameters<typeof getNullableType>[0])
    return isListType(list) && plain.has(getNamedType(list).name)
  }
  const bareApi = api.clone()
  const scalar = bareApi.addType(new ScalarType(wholeName))
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (!isWhole(field.type)) continue
      const inApi = bareApi.type(type.name)
      const target = inApi && 'field' in inApi ? inApi.field(field.name) : undefined
      if (target) target.type = target.type?.kind === 'NonNullType' ? new NonNullType(scalar) : scalar
    }
  }
  return {
    api: bareApi,
    bare(document) {
      const types = new TypeInfo(schema)
      return visit(
        document,
        visitWithTypeInfo(types, {
          Field(node) {
            if (!isWhole(types.getType())) return undefined
            const { selectionSet: _, ...rest } = node
            return rest
          },
        }),
      )
    },
  }
}

/** Names of the types that only one of these subgraphs knows, and of which each field is a scalar without arguments. */
function plainTypes(supergraph: GraphQLSchema, own: ReadonlySet<string>): ReadonlySet<string> {
  const graphs = graphNames(supergraph)
  const inUnions = new Set(
    Object.values(supergraph.getTypeMap()).flatMap((type) =>
      'getTypes' in type ? type.getTypes().map(({ name }) => name) : [],
    ),
  )
  const isPlain = (type: GraphQLObjectType): boolean => {
    const joined = (type.astNode?.directives ?? []).filter(({ name }) => name.value === 'join__type')
    const [only] = joined
    if (joined.length !== 1 || !only || textOf(only, 'key') !== undefined) return false
    return (
      own.has(graphs.get(textOf(only, 'graph') ?? '') ?? '') &&
      type.getInterfaces().length === 0 &&
      !inUnions.has(type.name) &&
      Object.values(type.getFields()).every(
        ({ type: value, args }) => isScalarType(getNullableType(value)) && args.length === 0,
      )
    )
  }
  const types = Object.values(supergraph.getTypeMap()).filter(isObjectType)
  return new Set(types.filter(isPlain).map(({ name }) => name))
}

/** Names of subgraphs by how `@join__type` calls them. */
function graphNames(supergraph: GraphQLSchema): ReadonlyMap<string, string> {
  const graphs = supergraph.getType('join__Graph')
  if (!isEnumType(graphs)) return new Map()
  return new Map(
    graphs.getValues().map(({ name, astNode }) => {
      const [directive] = (astNode?.directives ?? []).filter((one) => one.name.value === 'join__graph')
      return [name, (directive && textOf(directive, 'name')) ?? name]
    }),
  )
}

function textOf({ arguments: args = [] }: ConstDirectiveNode, name: string): string | undefined {
  const value = args.find((one) => one.name.value === name)?.value
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined
}
