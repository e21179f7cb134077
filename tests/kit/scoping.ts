import {
  type ConstDirectiveNode,
  type ExecutionResult,
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql'
import { expect } from 'vitest'

import type { Identity } from '#core/contract/identity.js'
import { emptyCookieJar, type RequestContext } from '#core/service/request.js'
import type { Subgraph } from '#core/service/subgraph.js'
import { someone } from './identity.js'

/** A request of somebody with these grants. */
export const holding = (...grants: Identity['grants']): RequestContext => ({
  identity: someone({ grants }),
  requestId: 'r',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  loaders: new Map(),
})

/** Names of the fields of a root type, without those of federation. */
export const rootFields = ({ schema }: Subgraph, root: 'Query' | 'Mutation' | 'Subscription'): string[] =>
  Object.keys((schema.getType(root) as GraphQLObjectType | undefined)?.getFields() ?? {}).filter(
    (name) => !name.startsWith('_'),
  )

const isResolvableKey = ({ name, arguments: given = [] }: ConstDirectiveNode): boolean =>
  name.value === 'key' &&
  !given.some(
    (one) => one.name.value === 'resolvable' && one.value.kind === 'BooleanValue' && !one.value.value,
  )

/** Names of the entities that can be asked for by reference. */
export function entities({ schema }: Subgraph): string[] {
  const union = schema.getType('_Entity')
  return isUnionType(union)
    ? union
        .getTypes()
        .filter(({ astNode }) => astNode?.directives?.some(isResolvableKey))
        .map(({ name }) => name)
    : []
}

/** The permission that a field asks for, or `public`, as the SDL says. */
export const accessOf = (node: FieldDefinitionNode | null | undefined): string | undefined => {
  const directive = node?.directives?.find(({ name }) => name.value === 'access')
  const value = directive?.arguments?.find(({ name }) => name.value === 'permission')?.value
  return value?.kind === 'StringValue' ? value.value : undefined
}

export interface WholeOptions {
  /** Fields that ask for other permissions are left out. */
  may: readonly string[]
  /** Arguments of fields below the root, as `Device.series` → `(metrics: …)`. One that needs some and has none is a fault. */
  args?: Readonly<Record<string, string>>
  depth?: number
}

/** A selection of everything below a type, so that no field of it can tell too much unseen. */
export function whole(
  type: GraphQLNamedType,
  { may, args = {}, depth = 5 }: WholeOptions,
  { schema }: Subgraph,
): string {
  if (isAbstractType(type)) {
    const parts = schema.getPossibleTypes(type)
    return `{ __typename ${parts.map((part) => `... on ${part.name} ${whole(part, { may, args, depth }, { schema } as Subgraph)}`).join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const permission = accessOf(field.astNode)
    if (permission && permission !== 'public' && !may.includes(permission)) return []
    const below = getNamedType(field.type)
    const composite = isObjectType(below) || isAbstractType(below)
    if (composite && depth === 0) return []
    const given = args[`${type.name}.${field.name}`] ?? needed(type, field)
    const inner = composite ? whole(below, { may, args, depth: depth - 1 }, { schema } as Subgraph) : ''
    return [`${field.name}${given} ${inner}`]
  })
  return `{ __typename ${fields.join(' ')} }`
}

function needed(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): string {
  if (!field.args.some(isRequiredArgument)) return ''
  throw new Error(
    `a test of rights by site must say with which arguments it asks for ${type.name}.${field.name}`,
  )
}

/** One operation that a suite asks again and again. */
export interface Question {
  name: string
  query: string
  variables?: Record<string, unknown>
}

/** A question for everything below each root field of Query: `args` must have an entry for every field. */
export function questions(
  subgraph: Subgraph,
  args: Readonly<Record<string, readonly string[]>>,
  options: WholeOptions,
): Question[] {
  expect(Object.keys(args).sort(), 'each field of Query has its cases here').toEqual(
    rootFields(subgraph, 'Query').sort(),
  )
  const query = subgraph.schema.getQueryType()
  return Object.entries(args).flatMap(([name, cases]) =>
    cases.map((given) => {
      const type = query?.getFields()[name]?.type
      const inner = type ? whole(getNamedType(type), options, subgraph) : ''
      return { name: `Query.${name}${given}`, query: `{ ${name}${given} ${inner} }` }
    }),
  )
}

/** A question for everything below each entity: `references` must have an entry for every one. */
export function entityQuestions(
  subgraph: Subgraph,
  references: Readonly<Record<string, readonly object[]>>,
  options: WholeOptions,
): Question[] {
  expect(Object.keys(references).sort(), 'each entity has its cases here').toEqual(entities(subgraph).sort())
  return Object.entries(references).map(([name, known]) => {
    const type = subgraph.schema.getType(name)
    const inner = type ? whole(type, options, subgraph) : ''
    return {
      name: `_entities(${name})`,
      query: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${name} ${inner} } }`,
      variables: { of: known.map((one) => ({ __typename: name, ...one })) },
    }
  })
}

/** Asks as somebody, without anything loaded before. */
export const ask = (
  subgraph: Subgraph,
  { query, variables }: Omit<Question, 'name'>,
  who: RequestContext,
): Promise<ExecutionResult> => subgraph.execute({ query, variables }, { ...who, loaders: new Map() })

/** The answer in one line; a suite compares it, and looks for what must not be in it. */
export const told = async (subgraph: Subgraph, question: Question, who: RequestContext): Promise<string> =>
  JSON.stringify(await ask(subgraph, question, who))
