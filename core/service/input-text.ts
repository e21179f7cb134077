import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql'

import { SotpError } from './errors.js'
import type { RequestContext } from './request.js'

/**
 * Looks at every text in the arguments of every field, before a resolver does: PostgreSQL keeps neither a zero byte nor
 * half of a surrogate pair, and would fail on the one and change the other.
 */
export function checkTexts(schema: GraphQLSchema): void {
  const subscription = schema.getSubscriptionType()
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      // The representations of entities come from the gateway, keys of ours.
      if (field.args.length === 0 || field.name === '_entities') continue
      if (type === subscription) field.subscribe = checked(field.subscribe ?? defaultFieldResolver)
      else field.resolve = checked(field.resolve ?? defaultFieldResolver)
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, RequestContext>

const checked =
  (inner: Resolve): Resolve =>
  (source, args, context, info) => {
    refuse(args, '')
    return inner(source, args, context, info)
  }

/** @throws SotpError BAD_USER_INPUT naming the place, as `input.tags.0`. */
function refuse(value: unknown, path: string): void {
  if (typeof value === 'string') {
    const why = value.includes('\u0000')
      ? 'must not contain a zero byte'
      : value.isWellFormed()
        ? undefined
        : 'must be Unicode without halves of characters'
    if (why) throw new SotpError('BAD_USER_INPUT', { message: `${path}: ${why}`, field: path })
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, inner] of Object.entries(value)) refuse(inner, path === '' ? key : `${path}.${key}`)
  }
}
