import { type GraphQLField, getNamedType, isObjectType } from 'graphql'

import type { AuditTarget } from '../contract/audit.js'

/** Arguments that say what a mutation is about. */
const naming = /^(id|name|[a-z]+Id)$/

/**
 * What the arguments of a mutation name: told where it is refused before anybody has looked that up, and so without
 * what it is called. Null: they name nothing, as for what shall be made.
 */
export function namedTarget(
  field: GraphQLField<unknown, unknown>,
  args: Readonly<Record<string, unknown>>,
): AuditTarget | null {
  const input = args['input'] as { id?: unknown } | null | undefined
  const given = Object.entries({ id: input?.id, ...args })
  const [key, id] = given.find(([name, value]) => naming.test(name) && typeof value === 'string') ?? []
  if (key === undefined || typeof id !== 'string') return null
  return { type: typeOf(field, key), id, label: '' }
}

/** `deviceId` is of a Device; `id` of what is returned, if that has one, else of a Sink where the mutation is testSink. */
function typeOf({ name, type }: GraphQLField<unknown, unknown>, key: string): string {
  if (key.endsWith('Id')) return `${key.charAt(0).toUpperCase()}${key.slice(1, -2)}`
  const returned = getNamedType(type)
  return isObjectType(returned) && returned.getFields()[key] ? returned.name : name.replace(/^[a-z]+/, '')
}
