import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { Extensions } from 'type-graphql'

import type { Identity } from '../contract/identity.js'
import { type Permission, permissions } from '../contract/permissions.js'
import { SotpError } from './errors.js'
import { type RequestContext, signedIn } from './request.js'
import { covers, type Scope, scopeOf } from './scope.js'

/** What a resolver states about its access. */
interface Access {
  permission: Permission | 'public'
  /** Whether the answer depends on who asks beyond their rights, so that it can never be shared. */
  personal: boolean
}

interface AccessOptions {
  /** The answer depends on who asks, not only on their rights: results are never shared between users. */
  personal?: boolean
}

/** States who may use a field, or every field of a type that states nothing of its own. Denied by default. */
export const Requires = (
  permission: Permission,
  { personal = false }: AccessOptions = {},
): ReturnType<typeof Extensions> => Extensions({ access: { permission, personal } satisfies Access })

/**
 * States that a field needs no permission: sign-in, and what tells nothing by itself, as the key of an entity or where
 * a page ends. Whoever cannot reach the field above it does not get here.
 */
export const Public = ({ personal = false }: AccessOptions = {}): ReturnType<typeof Extensions> =>
  Extensions({ access: { permission: 'public', personal } satisfies Access })

/** Where the caller holds the permission: everywhere, or within these sites. @throws as `authorize`. */
export function authorizedScope(context: RequestContext, permission: Permission): Exclude<Scope, 'nowhere'> {
  const scope = scopeOf(signedIn(context), permission)
  if (scope === 'nowhere') throw forbidden(permission)
  return scope
}

/** @throws SotpError UNAUTHENTICATED or FORBIDDEN (naming the permission) where the caller holds it nowhere. */
export function authorize(context: RequestContext, permission: Permission): void {
  authorizedScope(context, permission)
}

/** Where somebody may do something, and where they may see that a thing exists at all. */
export interface Reach {
  permission: Permission
  act: Scope
  see: Scope
}

/** @throws SotpError UNAUTHENTICATED or FORBIDDEN where the caller holds `permission` nowhere. */
export const reachOf = (context: RequestContext, permission: Permission, seeing: Permission): Reach => ({
  permission,
  act: authorizedScope(context, permission),
  see: scopeOf(context.identity, seeing),
})

/** For what shall come to a site (null: to none). @throws SotpError FORBIDDEN */
export function mustReach({ permission, act }: Reach, siteId: string | null): void {
  if (!covers(act, siteId)) throw forbidden(permission)
}

/** Whether something at this site exists, as far as the caller may know. */
export const isSeen = ({ act, see }: Pick<Reach, 'act' | 'see'>, siteId: string | null): boolean =>
  covers(act, siteId) || covers(see, siteId)

/**
 * What was looked up, if the caller may act on it. What they may not see does not exist for them.
 * @throws SotpError NOT_FOUND with this message, FORBIDDEN
 */
export function mustFind<Found extends { siteId: string | null }>(
  reach: Reach,
  found: Found | null | undefined,
  message: string,
): Found {
  if (!found || !isSeen(reach, found.siteId)) throw new SotpError('NOT_FOUND', { message })
  mustReach(reach, found.siteId)
  return found
}

const forbidden = (permission: Permission) =>
  new SotpError('FORBIDDEN', {
    message: `You need the permission "${permission}": ${permissions[permission]}`,
    permission,
  })

const rootNames = ['Query', 'Mutation', 'Subscription']
const accessOf = (extensions: Readonly<Record<string, unknown>>): Access | undefined =>
  extensions['access'] as Access | undefined

/** What a field states, or its type for it; undefined where neither says anything. */
export const fieldAccess = (
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): Access | undefined =>
  accessOf(field.extensions) ?? (rootNames.includes(type.name) ? undefined : accessOf(type.extensions))

/** Permission of each entity type, by name; what `_entities` must check. */
export type EntityAccess = ReadonlyMap<string, Permission | 'public'>

/**
 * Reads what the annotated schema states and puts the check in front of each resolver of `served`.
 * @throws Error naming every field, and every entity, be it an interface, that states no access: such a schema must
 * not start.
 */
export function enforceAccess(
  annotated: GraphQLSchema,
  served: GraphQLSchema,
  entities: ReadonlySet<string>,
): EntityAccess {
  const unstated: string[] = []
  const entityAccess = new Map<string, Permission | 'public'>()
  for (const name of entities) {
    const stated = accessOf(annotated.getType(name)?.extensions ?? {})
    if (stated) entityAccess.set(name, stated.permission)
    else unstated.push(name)
  }
  for (const type of Object.values(annotated.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const access = fieldAccess(type, field)
      if (!access) unstated.push(`${type.name}.${field.name}`)
      if (!access || access.permission === 'public') continue
      const target = (served.getType(type.name) as GraphQLObjectType | undefined)?.getFields()[field.name]
      if (target) guard(target, access.permission, type.name)
    }
  }
  if (unstated.length > 0) throw new Error(`no permission is stated for: ${unstated.join(', ')}`)
  return entityAccess
}

/**
 * Whoever passed last passes again at once: a result of ten thousand rows asks the same of the same identity ten
 * thousand times. An identity is never changed in place, so what held for it holds.
 */
function guard(field: GraphQLField<unknown, RequestContext>, permission: Permission, typeName: string): void {
  const check = (
    inner: GraphQLFieldResolver<unknown, RequestContext>,
  ): GraphQLFieldResolver<unknown, RequestContext> => {
    let passed: Identity | null = null
    return (source, args, context, info) => {
      if (context.identity === null || context.identity !== passed) {
        authorize(context, permission)
        passed = context.identity
      }
      return inner(source, args, context, info)
    }
  }
  if (typeName === 'Subscription') field.subscribe = check(field.subscribe ?? defaultFieldResolver)
  else field.resolve = check(field.resolve ?? defaultFieldResolver)
}
