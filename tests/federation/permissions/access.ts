import { type ConstDirectiveNode, type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql'

import type { Identity } from '#core/contract/identity.js'
import {
  ownPermissions,
  type Permission,
  permissions,
  rolePermissions,
  sitePermissions,
} from '#core/contract/permissions.js'

/** Permissions of every field by coordinate, as `Device.name`: all of them must be held. Empty: `public`. */
export type Access = ReadonlyMap<string, readonly Permission[]>

/** What `@access` says in an SDL. @throws Error naming each field of an object that says nothing */
export function accessOf(schema: GraphQLSchema, isShown: (type: string, field: string) => boolean): Access {
  const found = new Map<string, Permission[]>()
  const unstated: string[] = []
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue
    for (const field of Object.values(type.getFields())) {
      if (field.name.startsWith('_') || !isShown(type.name, field.name)) continue
      const stated = statedBy(field)
      if (stated.length === 0) unstated.push(`${type.name}.${field.name}`)
      found.set(
        `${type.name}.${field.name}`,
        stated.filter((one): one is Permission => Object.hasOwn(permissions, one)),
      )
    }
  }
  if (unstated.length > 0) throw new Error(`nothing is said of the access to ${unstated.join(', ')}`)
  return found
}

/** Fields whose answer depends on whose they are, as `User.email`. */
export const personalIn = (schema: GraphQLSchema): ReadonlySet<string> =>
  new Set(
    Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type))
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter((field) => accessOn(field).some(isPersonal))
          .map(({ name }) => `${type.name}.${name}`),
      ),
  )

const accessOn = ({ astNode }: GraphQLField<unknown, unknown>): ConstDirectiveNode[] =>
  (astNode?.directives ?? []).filter(({ name }) => name.value === 'access')

const isPersonal = ({ arguments: given = [] }: ConstDirectiveNode): boolean =>
  given.some(({ name, value }) => name.value === 'personal' && value.kind === 'BooleanValue' && value.value)

const statedBy = (field: GraphQLField<unknown, unknown>): string[] => accessOn(field).map(permissionIn)

function permissionIn({ arguments: given = [] }: ConstDirectiveNode): string {
  const value = given.find(({ name }) => name.value === 'permission')?.value
  return value?.kind === 'StringValue' ? value.value : ''
}

/** Whether somebody holds a permission anywhere, reckoned here by what the contract says and not by what SOTP does. */
export function holds(identity: Identity | null, permission: Permission): boolean {
  if (!identity || (identity.scopes && !identity.scopes.includes(permission))) return false
  return identity.grants.some(
    ({ role, siteIds }) =>
      rolePermissions[role].includes(permission) &&
      (siteIds === null || ownPermissions.has(permission) || sitePermissions.has(permission)),
  )
}
