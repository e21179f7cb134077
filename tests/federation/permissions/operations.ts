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

export interface Asking {
  schema: GraphQLSchema
  access: Access
  /** Coordinates of fields that depend on whose they are: those of another user need `user.read`, too. */
  personal: ReadonlySet<string>
  /** Arguments of fields below the root that need some. */
  args: Readonly<Record<string, string>>
  holds: (permission: Permission) => boolean
}

/** Lists that may be empty for some: below them nothing need be there to be refused. */
const uncertain = ['Viewer.grants', 'Viewer.scopes', 'Grant.sites', 'PermissionScope.sites']

/** A part of an operation: a field with its arguments, or `... on` a type, and what is selected below. */
interface Branch {
  text: string
  below: Branch[]
}
const leaf = (text: string): Branch => ({ text, below: [] })
const print = ({ text, below }: Branch): string =>
  below.length === 0 ? text : `${text} { ${below.map(print).join(' ')} }`

/** A place whose fields are still to be selected. */
interface Walk {
  entry: Entry
  type: GraphQLNamedType
  branch: Branch
  /** Types on the way down, so that no way is walked in circles. */
  above: readonly string[]
  /** The operation around a selection at this place. */
  around: (selection: string) => string
  /** Whether there must be something here, so that what is below can be refused. */
  certain: boolean
}

interface Found {
  /** Coordinates that were asked for and may be read. */
  open: Set<string>
  refused: Map<string, Question & { depth: number }>
}

/**
 * Every question of somebody at these entries: one for all they may read, and one for each field they may not read below
 * what they may. `asked` collects the coordinates of both. All entries are walked down together, so that each field is
 * followed where it is nearest: further down, a null on the way would hide it.
 */
export function questionsOf(entries: readonly Entry[], asking: Asking, asked: Set<string>): Question[] {
  const found: Found = { open: new Set(), refused: new Map() }
  const walks: Walk[] = []
  const answered = entries.map((entry) => {
    const { name, type, variables, given, around, permissions, uncertain, finds = false } = entry
    const lacking = permissions.filter((one) => !asking.holds(one))
    const branch = leaf('')
    if (lacking.length === 0) walks.push({ entry, type, branch, above: [], around, certain: !uncertain })
    const query = () => around(lacking.length > 0 ? minimal(type) : print(branch))
    return { query, asks: { name, variables, given, refused: lacking, finds } }
  })
  for (let walk = walks.shift(); walk; walk = walks.shift()) walks.push(...steps(walk, asking, found))
  for (const coordinate of [...found.open, ...found.refused.keys()]) asked.add(coordinate)
  return [...answered.map(({ query, asks }) => ({ ...asks, query: query() })), ...found.refused.values()]
}

const isComposite = (type: GraphQLNamedType) => isObjectType(type) || isAbstractType(type)
const minimal = (type: GraphQLNamedType): string => (isComposite(type) ? '{ __typename }' : '')

/** Selects everything that may be read at a place. A field is followed down once; met again, its leaves suffice. */
function steps({ type, branch, ...walk }: Walk, asking: Asking, found: Found): Walk[] {
  if (!isComposite(type)) return []
  branch.below.push(leaf('__typename'))
  if (isAbstractType(type)) {
    return asking.schema.getPossibleTypes(type).map((part) => {
      const own = leaf(`... on ${part.name}`)
      branch.below.push(own)
      return { ...walk, type: part, branch: own }
    })
  }
  if (!isObjectType(type)) return []
  const known = walk.above.includes(type.name)
  return Object.values(type.getFields()).flatMap((field) => {
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
    const own = leaf(text)
    branch.below.push(own)
    return {
      entry: walk.entry,
      type: below,
      branch: own,
      above: [...walk.above, type.name],
      around: (selection: string) => walk.around(`{ ${text} ${selection} }`),
      certain: walk.certain && !uncertain.includes(coordinate),
    }
  })
}

/** Asks for a field that may not be read, by the shortest way that leads to it. */
function refuse(
  coordinate: string,
  { text, lacking }: { text: string; lacking: readonly Permission[] },
  { entry, above, around }: Pick<Walk, 'entry' | 'above' | 'around'>,
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
  { access, personal, holds }: Asking,
  { own = false }: Entry,
): readonly Permission[] {
  const coordinate = `${type.name}.${field.name}`
  const stated = access.get(coordinate) ?? []
  if (stated.length > 0 && !stated.some(holds)) return stated
  const others = type.name === 'User' && personal.has(coordinate) && !own
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
