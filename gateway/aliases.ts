import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FormattedExecutionResult,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  visit,
} from 'graphql'

/**
 * The query planner adds keys and required fields to what a client asked for, under their own names. Where the client
 * uses such a name for something else, as in `{ devices { id: name state } }`, or the same field with other arguments,
 * the planner takes the two for one, and the client silently gets the id for the name. So such fields go through planning
 * and execution under a name that nobody else uses, and come back in the answer.
 */

const mark = 'sotp_alias_'
/** Documents in which an alias was hidden. */
const hiding = new WeakSet<DocumentNode>()

/** What the planner may add to a selection. */
export interface PlannedFields {
  /** Their names: `__typename`, and all in keys, required and provided fields. */
  names: ReadonlySet<string>
  /** Names among them of fields that take arguments. */
  withArguments: ReadonlySet<string>
}

export function plannedFields(supergraph: GraphQLSchema): PlannedFields {
  const names = new Set(['__typename'])
  const withArguments = new Set<string>()
  for (const type of Object.values(supergraph.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    const fields = Object.values(type.getFields())
    for (const { name, args } of fields) if (args.length > 0) withArguments.add(name)
    for (const node of [type.astNode, ...fields.map(({ astNode }) => astNode)])
      for (const name of node ? fieldSetNames(node) : []) names.add(name)
  }
  return { names, withArguments: new Set([...withArguments].filter((name) => names.has(name))) }
}

const fieldSets = new Set(['key', 'requires', 'provides'])

/** Names in the field sets of `@join__type` and `@join__field`. Those of arguments among them do no harm. */
function fieldSetNames({ directives = [] }: { directives?: readonly ConstDirectiveNode[] }): string[] {
  return directives
    .filter(({ name }) => name.value.startsWith('join__'))
    .flatMap((directive) => directive.arguments ?? [])
    .flatMap(({ name, value }) =>
      value.kind === Kind.STRING && fieldSets.has(name.value) ? (value.value.match(/\w+/g) ?? []) : [],
    )
}

/** The document with every field hidden that would take the place of one the planner may add. */
export function hideAliases(document: DocumentNode, { names, withArguments }: PlannedFields): DocumentNode {
  const hidden = visit(document, {
    Field(node) {
      const name = node.alias?.value ?? node.name.value
      const other = name !== node.name.value || withArguments.has(name)
      if (!(names.has(name) && other) && !name.startsWith(mark)) return undefined
      return { ...node, alias: { kind: Kind.NAME, value: mark + name } }
    },
  })
  if (hidden !== document) hiding.add(hidden)
  return hidden
}

/** The answer to such a document with the names as the client wrote them; any other answer as it is. */
export function showAliases<Result extends Pick<FormattedExecutionResult, 'data' | 'errors'>>(
  document: DocumentNode,
  result: Result,
): Result {
  if (!hiding.has(document)) return result
  return {
    ...result,
    ...(result.data && { data: shown(result.data) }),
    ...(result.errors && {
      errors: result.errors.map((error) => ({
        ...error,
        ...(error.path && {
          path: error.path.map((part) => (typeof part === 'string' ? plain(part) : part)),
        }),
      })),
    }),
  }
}

const plain = (name: string): string => (name.startsWith(mark) ? name.slice(mark.length) : name)

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const restored: Record<string, unknown> = Object.create(null)
  for (const [name, inner] of Object.entries(value)) restored[plain(name)] = shown(inner)
  return restored
}
