import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'

import type { Permission } from '#core/contract/permissions.js'

import type { Access } from './access.js'

/** Where a question begins: a root field with its arguments, or an entity with its representations. */
export interface Entry {
  name: string
  /** Type of what it gives. */
  type: GraphQLNamedType
  permissions: readonly Permission[]
  /** The operation around a selection, which is empty for a leaf. */
  around(selection: string): string
  variables?: Record<string, unknown>
  /** What it names itself, so that an answer may name it, too. */
  given: readonly string[]
  /** Whether the answer is about whoever asks: then the fields of a user need no more than `viewer.read`. */
  own?: boolean
  /** Whether there may be nothing, so that nothing below it can be refused. */
  uncertain?: boolean
  /** Whether everybody who may ask finds something here. */
  finds?: boolean
}

/** What one caller asks, and what must come of it. */
export interface Question {
  name: string
  query: string
  variables: Record<string, unknown> | undefined
  given: readonly string[]
  /** What it must be refused for, naming one of them; empty: it must be answered. */
  refused: readonly Permission[]
  /** Whether an answer must have something in it. */
  finds: boolean
}

/** Fields that another user's need more for than the schema says, because it depends on whose they are. */
const personal = ['email', 'grants', 'createdAt', 'lastLoginAt', 'sessions', 'secondFactor']

export interface Asking {
  schema: GraphQLSchema
  access: Access
  /** Arguments of fields below the root that need some. */
  args: Readonly<Record<string, string>>
  holds: (permission: Permission) => boolean
}

/** Lists that may be empty for some: below them nothing need be there to be refused. */
const uncertain = ['Viewer.grants', 'Viewer.scopes', 'Grant.sites', 'PermissionScope.sites']

interface Walk {
  entry: Entry
  /** Types on the way down, so that no way is walked in circles. */
  above: readonly string[]
  /** The operation around a selection at this place. */
  around: (selection: string) => string
  certain: boolean
}

interface Found {
  /** Coordinates that may be read. */
  open: Set<string>
  /** The shortest way to each that may not. */
  refused: Map<string, Question & { depth: number }>
}

/**
 * Every question of somebody at these entries: one for all they may read, and one for each field they may not read below
 * what they may. `asked` collects the coordinates of both.
 */
export function questionsOf(entries: readonly Entry[], asking: Asking, asked: Set<string>): Question[] {
  const found: Found = { open: new Set(), refused: new Map() }
  const answered = entries.map((entry) => {
    const { name, variables, given, around } = entry
    const lacking = entry.permissions.filter((one) => !asking.holds(one))
    const walk = { entry, above: [], around, certain: !entry.uncertain }
    const selection = lacking.length > 0 ? minimal(entry.type) : selectionOf(entry.type, asking, walk, found)
    return { name, query: around(selection), variables, given, refused: lacking, finds: entry.finds ?? false }
  })
  for (const coordinate of [...found.open, ...found.refused.keys()]) asked.add(coordinate)
  return [...answered, ...found.refused.values()]
}

const isComposite = (type: GraphQLNamedType) => isObjectType(type) || isAbstractType(type)
const minimal = (type: GraphQLNamedType): string => (isComposite(type) ? '{ __typename }' : '')

/** Everything below a type that may be read. A field is followed down once; where it is met again, its leaves suffice. */
function selectionOf(type: GraphQLNamedType, asking: Asking, walk: Walk, found: Found): string {
  if (isAbstractType(type)) {
    const parts = asking.schema.getPossibleTypes(type)
    const texts = parts.map((part) => `... on ${part.name} ${selectionOf(part, asking, walk, found)}`)
    return `{ __typename ${texts.join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const known = walk.above.includes(type.name)
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const coordinate = `${type.name}.${field.name}`
    const lacking = lackingFor(type, field, asking, walk.entry)
    const below = getNamedType(field.type)
    const text = `${field.name}${argumentsOf(type, field, asking)}`
    if (lacking.length > 0) {
      if (walk.certain) refuse(coordinate, { text: `${text} ${minimal(below)}`, lacking }, walk, found)
      return []
    }
    if (isComposite(below) && (known || found.open.has(coordinate))) return []
    found.open.add(coordinate)
    if (!isComposite(below)) return [text]
    const inner: Walk = {
      entry: walk.entry,
      above: [...walk.above, type.name],
      around: (selection) => walk.around(`{ ${text} ${selection} }`),
      certain: walk.certain && !uncertain.includes(coordinate),
    }
    return [`${text} ${selectionOf(below, asking, inner, found)}`]
  })
  return `{ __typename ${fields.join(' ')} }`
}

/** Asks for a field that may not be read, by the shortest way that leads to it. */
function refuse(
  coordinate: string,
  { text, lacking }: { text: string; lacking: readonly Permission[] },
  { entry, above, around }: Walk,
  { refused }: Found,
): void {
  if ((refused.get(coordinate)?.depth ?? Number.POSITIVE_INFINITY) <= above.length) return
  const { name, variables, given } = entry
  const query = around(`{ denied: ${text} }`)
  const question = {
    name: `${coordinate} by ${name}`,
    query,
    variables,
    given,
    refused: lacking,
    finds: false,
  }
  refused.set(coordinate, { ...question, depth: above.length })
}

/** A field that several subgraphs share, as the key of an entity, is read by any of their permissions. */
function lackingFor(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { access, holds }: Asking,
  { own = false }: Entry,
): readonly Permission[] {
  const stated = access.get(`${type.name}.${field.name}`) ?? []
  if (stated.length > 0 && !stated.some(holds)) return stated
  const others = type.name === 'User' && personal.includes(field.name) && !own
  return others && !holds('user.read') ? ['user.read'] : []
}

function argumentsOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { args }: Asking,
): string {
  const coordinate = `${type.name}.${field.name}`
  const given = args[coordinate] ?? ''
  if (given === '' && field.args.some(isRequiredArgument)) {
    throw new Error(`say in fixtures.ts with which arguments ${coordinate} is asked for`)
  }
  return given
}
