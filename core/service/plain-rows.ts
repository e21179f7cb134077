import {
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql'

/** Objects that were written already, by their type, as dates that stand in many rows. */
export type Written = Map<GraphQLLeafType, Map<object, unknown>>

interface Column {
  name: string
  type: GraphQLLeafType
  nullable: boolean
}

/** The fields of a type by name, where each is a scalar or an enum without arguments; undefined for any other type. */
export function columnsOf(type: GraphQLObjectType): ReadonlyMap<string, Column> | undefined {
  const columns = new Map<string, Column>()
  for (const { name, type: told, args } of Object.values(type.getFields())) {
    const leaf = getNullableType(told)
    if (!isLeafType(leaf) || args.length > 0) return undefined
    columns.set(name, { name, type: leaf, nullable: !isNonNullType(told) })
  }
  return columns
}

/**
 * The items of a list of plain objects as graphql-js would answer them, or undefined where it would not answer each of
 * them without an error, or where one holds something that it would wait for or call.
 */
export function writeRows(
  items: readonly unknown[],
  info: GraphQLResolveInfo,
  written: Written,
): Record<string, unknown>[] | undefined {
  const type = getNamedType(info.returnType)
  if (!isObjectType(type)) return undefined
  const cells = cellsOf(type, info, written)
  if (!cells) return undefined
  const rows: Record<string, unknown>[] = []
  for (const item of items) {
    if (typeof item !== 'object' || item === null || item instanceof Error || 'then' in item) return undefined
    const row: Record<string, unknown> = {}
    for (const { key, write } of cells) {
      const value = write(item as Record<string, unknown>)
      if (value === undefined) return undefined
      row[key] = value
    }
    rows.push(row)
  }
  return rows
}

interface Cell {
  key: string
  /** Undefined where graphql-js would say more than a value. */
  write(item: Readonly<Record<string, unknown>>): unknown
}

function cellsOf(type: GraphQLObjectType, info: GraphQLResolveInfo, written: Written): Cell[] | undefined {
  const columns = columnsOf(type)
  const selected = new Map<string, string>()
  for (const { selectionSet } of info.fieldNodes)
    if (selectionSet) collect(selectionSet, { type, info, selected, spread: new Set() })
  const cells: Cell[] = []
  for (const [key, name] of selected) {
    const column = columns?.get(name)
    // Assigned, this one would become the prototype of the row.
    if (key === '__proto__') return undefined
    if (name === '__typename') cells.push({ key, write: () => type.name })
    else if (column) cells.push({ key, write: writerOf(column, written) })
    else return undefined
  }
  return cells
}

function writerOf({ name, type, nullable }: Column, written: Written): Cell['write'] {
  const known = written.get(type) ?? new Map<object, unknown>()
  written.set(type, known)
  return (item) => {
    const value = item[name]
    if (value === null || value === undefined) return nullable ? null : undefined
    if (typeof value === 'function' || value instanceof Error) return undefined
    if (typeof value !== 'object') return serialized(type, value)
    const before = known.get(value)
    if (before !== undefined) return before
    const text = 'then' in value ? undefined : serialized(type, value)
    known.set(value, text)
    return text
  }
}

/** Undefined where the type refuses the value: graphql-js then does it again, and tells of it. */
function serialized(type: GraphQLLeafType, value: unknown): unknown {
  try {
    return type.serialize(value) ?? undefined
  } catch {
    return undefined
  }
}

interface Collecting {
  type: GraphQLObjectType
  info: GraphQLResolveInfo
  /** Names of fields by their names in the answer. */
  selected: Map<string, string>
  /** Fragments that were spread. */
  spread: Set<string>
}

/** GraphQL specification, 6.3.2 Field Collection, for one type. */
function collect({ selections }: SelectionSetNode, collecting: Collecting): void {
  const { info, selected, spread } = collecting
  for (const selection of selections) {
    if (!isIncluded(selection, info)) continue
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value
      if (!selected.has(key)) selected.set(key, selection.name.value)
      continue
    }
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : undefined
    if (name !== undefined && spread.has(name)) continue
    if (name !== undefined) spread.add(name)
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? info.fragments[selection.name.value] : selection
    if (fragment && applies(fragment, collecting)) collect(fragment.selectionSet, collecting)
  }
}

function isIncluded(selection: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  if (!selection.directives?.length) return true
  if (getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.['if'] === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.['if'] !== false
}

function applies(
  { typeCondition }: { typeCondition?: Parameters<typeof typeFromAST>[1] | undefined },
  { type, info: { schema } }: Collecting,
): boolean {
  if (!typeCondition) return true
  const condition = typeFromAST(schema, typeCondition)
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
}
