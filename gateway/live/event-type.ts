import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

import { accessOf, type Reads } from '../view.js'
import { marks } from './message.js'

/** What the event type of a subscription offers beside what a client asks for. */
export interface EventType {
  /** Whether each event tells its `cursor`. */
  cursor: boolean
  /** Whether each event tells by its `type` whether it is part of a snapshot: the type has LIVE and RESYNC. */
  snapshots: boolean
  /** Whether it has a `type` that is safe to ask for. */
  about: readonly string[] | undefined
}

type Field = GraphQLField<unknown, unknown>

/** How far below an event its entity may lie. */
const depthMax = 3

/**
 * Looks at the event type of a subscription as its own subgraph has it. Only fields whose permission the operation reads
 * anyway count, so that asking for them changes nothing of what a client may see.
 */
export function eventTypeOf(schema: GraphQLSchema, root: Field, subgraph: string, reads: Reads): EventType {
  const type = getNullableType(root.type)
  if (!isObjectType(type)) return { cursor: false, snapshots: false, about: undefined }
  const fields = ownFields(schema, subgraph, reads)
  const own = fields(type)
  const cursor = own.find(({ name }) => name === 'cursor')
  const kind = own.find(({ name }) => name === 'type')
  const kinds = kind ? getNamedType(kind.type) : undefined
  const values = isEnumType(kinds) ? kinds.getValues().map(({ name }) => name) : []
  return {
    cursor: cursor !== undefined && isLeafType(getNullableType(cursor.type)),
    snapshots: values.includes(marks.live) && values.includes(marks.resync),
    about: pathToId(type, fields),
  }
}

/** Path to the `id` of the nearest object that has one. */
function pathToId(
  type: GraphQLObjectType,
  fields: (type: GraphQLObjectType) => Field[],
): readonly string[] | undefined {
  let level: { type: GraphQLObjectType; path: string[] }[] = [{ type, path: [] }]
  for (let depth = 0; depth < depthMax; depth += 1) {
    const next: typeof level = []
    for (const { type: at, path } of level) {
      for (const field of fields(at)) {
        if (field.name === 'id' && isLeafType(getNullableType(field.type))) return [...path, 'id']
        const inner = getNullableType(field.type)
        if (isObjectType(inner)) next.push({ type: inner, path: [...path, field.name] })
      }
    }
    level = next
  }
  return undefined
}

/** Fields of a type that the subgraph resolves itself, without arguments, and under rights the operation needs anyway. */
function ownFields(schema: GraphQLSchema, subgraph: string, reads: Reads) {
  const graph = schema.getType('join__Graph')
  const member = isEnumType(graph)
    ? graph
        .getValues()
        .find(({ astNode }) => argument(astNode?.directives, 'join__graph', 'name').includes(subgraph))?.name
    : undefined
  const allowed = (field: Field) =>
    accessOf(field).every(
      ({ permission, personal }) =>
        !personal &&
        (permission === 'public' || (reads.permissions as readonly string[]).includes(permission)),
    )
  return (type: GraphQLObjectType): Field[] => {
    if (member === undefined || !argument(type.astNode?.directives, 'join__type', 'graph').includes(member))
      return []
    return Object.values(type.getFields()).filter((field) => {
      const places = (field.astNode?.directives ?? []).filter(({ name }) => name.value === 'join__field')
      const here = places.filter((place) => argument([place], 'join__field', 'graph').includes(member))
      const resolved =
        places.length === 0 ||
        here.some((place) => !argument([place], 'join__field', 'external').includes('true'))
      const plain = field.args.every(({ type: given }) => !isNonNullType(given))
      return resolved && plain && !isListType(getNullableType(field.type)) && allowed(field)
    })
  }
}

/** Values of one argument of each directive of this name. */
function argument(
  directives: readonly ConstDirectiveNode[] | undefined,
  directive: string,
  name: string,
): string[] {
  return (directives ?? [])
    .filter((one) => one.name.value === directive)
    .flatMap(({ arguments: given = [] }) => given.filter((one) => one.name.value === name))
    .map(({ value }) => ('value' in value ? String(value.value) : ''))
}
