import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { Extensions } from 'type-graphql'

import { type Permission, permissions, rolePermissions } from '../contract/permissions.js'
import { SotpError } from './errors.js'
import { type RequestContext, signedIn } from './request.js'

type Access = Permission | 'public'

/** States who may use a field, or any field of a type. Root fields and entities must state it: denied by default. */
export const Requires = (permission: Permission): ReturnType<typeof Extensions> =>
  Extensions({ access: permission })

/** States that a root field needs no identity: sign-in and health, nothing else. */
export const Public = (): ReturnType<typeof Extensions> => Extensions({ access: 'public' })

/** @throws SotpError UNAUTHENTICATED or FORBIDDEN (naming the permission). */
export function authorize(context: RequestContext, permission: Permission): void {
  const { roles } = signedIn(context)
  if (!roles.some((role) => rolePermissions[role].includes(permission))) {
    throw new SotpError('FORBIDDEN', {
      message: `You need the permission "${permission}": ${permissions[permission]}`,
    })
  }
}

const rootNames = ['Query', 'Mutation', 'Subscription']
const accessOf = (extensions: Readonly<Record<string, unknown>>): Access | undefined =>
  extensions['access'] as Access | undefined

/** Permission of each entity type, by name; what `_entities` must check. */
export type EntityAccess = ReadonlyMap<string, Access>

/**
 * Reads what the annotated schema states and puts the check in front of each resolver of `served` that states one.
 * @throws Error naming every root field and entity that states no access: such a schema must not start.
 */
export function enforceAccess(
  annotated: GraphQLSchema,
  served: GraphQLSchema,
  entities: ReadonlySet<string>,
): EntityAccess {
  const unstated: string[] = []
  const entityAccess = new Map<string, Access>()
  for (const type of Object.values(annotated.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    const ofType = accessOf(type.extensions)
    if (entities.has(type.name)) {
      if (ofType) entityAccess.set(type.name, ofType)
      else unstated.push(type.name)
    }
    for (const field of Object.values(type.getFields())) {
      const access = accessOf(field.extensions) ?? (rootNames.includes(type.name) ? undefined : ofType)
      if (!access && rootNames.includes(type.name)) unstated.push(`${type.name}.${field.name}`)
      if (!access || access === 'public') continue
      const target = (served.getType(type.name) as GraphQLObjectType | undefined)?.getFields()[field.name]
      if (target) guard(target, access, type.name)
    }
  }
  if (unstated.length > 0) throw new Error(`no permission is stated for: ${unstated.join(', ')}`)
  return entityAccess
}

function guard(field: GraphQLField<unknown, RequestContext>, permission: Permission, typeName: string): void {
  const check =
    (inner: GraphQLFieldResolver<unknown, RequestContext>): GraphQLFieldResolver<unknown, RequestContext> =>
    (source, args, context, info) => {
      authorize(context, permission)
      return inner(source, args, context, info)
    }
  if (typeName === 'Subscription') field.subscribe = check(field.subscribe ?? defaultFieldResolver)
  else field.resolve = check(field.resolve ?? defaultFieldResolver)
}
