import {
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql'
import { Extensions, getMetadataStorage } from 'type-graphql'

import { fieldAccess } from './authorize.js'
import { columnsOf, type Written, writeRows } from './plain-rows.js'
import type { RequestContext } from './request.js'

/**
 * Marks a field that gives a long list of plain objects: every field of these is a scalar or an enum, taken from the
 * object as it is. Such a list is written in one loop; graphql-js makes several objects for each field of each of them.
 */
export const PlainList = (): ReturnType<typeof Extensions> => Extensions({ plainList: true })

/** Writes marked lists. */
export interface PlainLists {
  /** Runs `execute` with a context of its own, and puts the lists it came by where they belong in its result. */
  around(
    context: RequestContext,
    execute: (context: RequestContext) => ExecutionResult | Promise<ExecutionResult>,
  ): Promise<ExecutionResult>
}

interface Held {
  path: GraphQLResolveInfo['path']
  rows: unknown[]
}

/** What one execution came by. */
interface Work {
  held: Held[]
  written: Written
}

/**
 * Takes the marked fields of `served` over: their resolvers hold back what they can write themselves, and leave all that
 * is out of the ordinary, errors above all, to graphql-js.
 * @param resolvers those of the schema.
 * @throws Error where a marked field does not give plain objects, or these may not be read by all who may read the field.
 */
export function takePlainLists(
  annotated: GraphQLSchema,
  served: GraphQLSchema,
  resolvers: readonly object[],
): PlainLists {
  const computed = typesWithResolvers(resolvers)
  const working = new WeakMap<RequestContext, Work>()
  for (const stated of Object.values(annotated.getTypeMap())) {
    if (!isObjectType(stated)) continue
    for (const field of Object.values(stated.getFields())) {
      if (!field.extensions['plainList']) continue
      const item = getNamedType(field.type)
      const isList = isListType(getNullableType(field.type))
      const access = fieldAccess(stated, field)?.permission
      if (!isList || !isObjectType(item) || !isPlain(item, access) || computed.has(item.name)) {
        throw new Error(`${stated.name}.${field.name} is no list of plain objects`)
      }
      const target = (served.getType(stated.name) as GraphQLObjectType).getFields()[field.name]
      if (target?.resolve) target.resolve = holding(target.resolve, working)
    }
  }
  return {
    async around(context, execute) {
      const own = { ...context }
      const work: Work = { held: [], written: new Map() }
      working.set(own, work)
      const result = await execute(own)
      for (const { path, rows } of work.held) put(result.data, path, rows)
      return result
    },
  }
}

function isPlain(item: GraphQLObjectType, access: string | undefined): boolean {
  const readable = Object.values(item.getFields()).every((field) => {
    const own = fieldAccess(item, field)?.permission
    return own === access || own === 'public'
  })
  return readable && columnsOf(item) !== undefined
}

/** Names of the types to which resolvers add fields, or for which they answer some. */
function typesWithResolvers(resolvers: readonly object[]): ReadonlySet<string> {
  const { resolverClasses, fieldResolvers, objectTypes } = getMetadataStorage()
  const answering = new Set(fieldResolvers.map(({ target }) => target))
  const classes = resolverClasses
    .filter(({ target }) => answering.has(target) && resolvers.some((one) => one.constructor === target))
    .map(({ getObjectType }) => getObjectType())
  return new Set(objectTypes.filter(({ target }) => classes.includes(target)).map(({ name }) => name))
}

type Resolver = GraphQLFieldResolver<unknown, RequestContext>

function holding(inner: Resolver, working: WeakMap<RequestContext, Work>): Resolver {
  return (source, args, context, info) => {
    const work = working.get(context)
    const value = inner(source, args, context, info)
    if (!work || !Array.isArray(value)) return value
    const rows = writeRows(value, info, work.written)
    if (!rows) return value
    work.held.push({ path: info.path, rows })
    return []
  }
}

/** Puts rows where graphql-js left an empty list, unless an error took away what lies above. */
function put(data: unknown, path: Held['path'], rows: unknown[]): void {
  const above = path.prev ? at(data, path.prev) : data
  if (typeof above !== 'object' || above === null) return
  ;(above as Record<string, unknown>)[path.key] = rows
}

function at(data: unknown, { key, prev }: Held['path']): unknown {
  const above = prev ? at(data, prev) : data
  return typeof above === 'object' && above !== null ? (above as Record<string, unknown>)[key] : undefined
}
