import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

import { type Identity, nobodyId } from '#core/contract/identity.js'
import { type Permission, permissions } from '#core/contract/permissions.js'
import { scopeOf, scopeText } from '#core/service/scope.js'

/** What an operation's answer depends on beside its variables and the state of the network. */
export interface Reads {
  /** The rights it depends on, each once, in alphabetical order. */
  permissions: readonly Permission[]
  /** Whether it depends on who asks, too: then it is never shared between users. */
  personal: boolean
}

/** Somebody as an operation sees them: equal keys mean equal answers. */
export interface View {
  key: string
  /** Who the work runs for: a `VIEW` with the common rights where the answer is not personal. */
  identity: Identity | null
  /** Whether work of this view may be shared with others of the same key. */
  shared: boolean
}

const isPermission = (text: string): text is Permission => Object.hasOwn(permissions, text)

/**
 * What an operation reads, by the `@access` that its fields carry in the supergraph. A field of which nothing is known
 * counts as personal where it is a root field; below that, the fields above it answer for it.
 */
export function readsOf(
  supergraph: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Reads {
  const found = new Set<Permission>()
  let personal = operation.operation === 'mutation'
  const info = new TypeInfo(supergraph)
  const roots = new Set([supergraph.getQueryType(), supergraph.getSubscriptionType()])
  const seen = new Set<GraphQLField<unknown, unknown>>()
  const note = (parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>) => {
    if (seen.has(field)) return
    seen.add(field)
    const stated = accessOf(field)
    if (stated.length === 0 && isObjectType(parent) && roots.has(parent)) personal = true
    for (const one of stated) {
      if (isPermission(one.permission)) found.add(one.permission)
      else if (one.permission !== 'public') personal = true
      personal ||= one.personal
    }
    // What a field `@requires` is read for it, although nobody asked.
    for (const { required, on } of requiredBy(supergraph, parent, field)) note(on, required)
  }
  const others = document.definitions.filter((one) => one.kind !== 'OperationDefinition')
  visit(
    { ...document, definitions: [operation, ...others] },
    visitWithTypeInfo(info, {
      Field() {
        const parent = info.getParentType()
        const field = info.getFieldDef()
        if (!parent || !field || field.name.startsWith('__')) return undefined
        // An object behind an interface may ask for more than the interface says.
        const types = isInterfaceType(parent) ? [parent, ...supergraph.getPossibleTypes(parent)] : [parent]
        for (const type of types) {
          const own = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field.name] : undefined
          if (own) note(type, own)
        }
        return undefined
      },
    }),
  )
  return { permissions: [...found].sort(), personal }
}

/** The fields that subgraphs must be told to answer this one, by `@join__field(requires:)`. */
function* requiredBy(
  supergraph: GraphQLSchema,
  parent: GraphQLNamedType,
  { astNode }: GraphQLField<unknown, unknown>,
): Generator<{ required: GraphQLField<unknown, unknown>; on: GraphQLNamedType }> {
  for (const { name, arguments: given = [] } of astNode?.directives ?? []) {
    const requires = given.find((argument) => argument.name.value === 'requires')?.value
    if (name.value !== 'join__field' || requires?.kind !== Kind.STRING) continue
    const info = new TypeInfo(supergraph, parent)
    const found: { required: GraphQLField<unknown, unknown>; on: GraphQLNamedType }[] = []
    const selection = parse(`{ ${requires.value} }`, { noLocation: true }).definitions[0]
    if (selection?.kind !== Kind.OPERATION_DEFINITION) continue
    visit(
      selection.selectionSet,
      visitWithTypeInfo(info, {
        Field() {
          const [on, required] = [info.getParentType(), info.getFieldDef()]
          if (on && required && !required.name.startsWith('__')) found.push({ on, required })
        },
      }),
    )
    yield* found
  }
}

interface Stated {
  permission: string
  personal: boolean
}

/** What `@access` says of a field in the supergraph. */
export function accessOf({ astNode }: GraphQLField<unknown, unknown>): Stated[] {
  return (astNode?.directives ?? [])
    .filter(({ name }) => name.value === 'access')
    .map(({ arguments: given = [] }) => {
      const value = (name: string) => given.find((argument) => argument.name.value === name)?.value
      const permission = value('permission')
      const personal = value('personal')
      return {
        permission: permission?.kind === 'StringValue' ? permission.value : '',
        personal: personal?.kind === 'BooleanValue' && personal.value,
      }
    })
}

/**
 * The view of somebody on what an operation reads. Two users share one when each of these permissions holds at the
 * same places for both; the work then runs for a `VIEW`, which holds the rights and no name, so that a resolver which
 * reads the name by mistake finds none instead of somebody else's.
 */
export function viewOf(reads: Reads, identity: Identity | null): View {
  if (!identity) return { key: '', identity: null, shared: !reads.personal }
  const known = views.get(identity)?.get(reads)
  if (known) return known
  const view = make(reads, identity)
  const kept = views.get(identity) ?? new WeakMap<Reads, View>()
  views.set(identity, kept.set(reads, view))
  return view
}

/** The same identity asks the same over and over. */
const views = new WeakMap<Identity, WeakMap<Reads, View>>()

function make(reads: Reads, identity: Identity): View {
  // What will be refused is refused to somebody: the audit log wants to know to whom.
  const refused = reads.permissions.some((name) => scopeOf(identity, name) === 'nowhere')
  if (reads.personal || refused) {
    const { kind, userId, sessionId, grants, scopes } = identity
    return { key: JSON.stringify([kind, userId, sessionId, grants, scopes]), identity, shared: false }
  }
  const key = reads.permissions.map((name) => `${name}=${scopeText(scopeOf(identity, name))}`).join(';')
  return { key: `view ${key}`, identity: anonymous(identity), shared: true }
}

/** One object for each identity, by which links keep its signature. */
function anonymous(identity: Identity): Identity {
  const known = anonymized.get(identity)
  if (known) return known
  const { grants, scopes } = identity
  const made: Identity = {
    kind: 'VIEW',
    userId: nobodyId,
    email: '',
    name: '',
    sessionId: nobodyId,
    grants,
    scopes,
    expiresAt: Number.MAX_SAFE_INTEGER,
  }
  anonymized.set(identity, made)
  return made
}
const anonymized = new WeakMap<Identity, Identity>()
