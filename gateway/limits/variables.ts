import { GraphQLError } from 'graphql'

import type { Limits } from './config.js'

const refusal = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } })

/**
 * Why the variables of a request are refused before anything reads them; undefined when they are fine. `longTexts` lets
 * strings be as long as the request may be.
 */
export function variablesRefused(
  variables: unknown,
  limits: Limits,
  longTexts: boolean,
): GraphQLError | undefined {
  if (variables === undefined || variables === null) return undefined
  if (typeof variables !== 'object' || Array.isArray(variables))
    return refusal('`variables` must be an object.', 'BAD_REQUEST')
  // A list of what is still to be looked at instead of recursion: the depth comes from the client.
  const waiting: { value: object; depth: number }[] = [{ value: variables, depth: 1 }]
  let values = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next
    if (depth > limits.nesting)
      return refusal(`Variables may be nested ${limits.nesting} levels.`, 'QUERY_TOO_COMPLEX')
    for (const key in value) {
      const inner = (value as Record<string, unknown>)[key]
      values += 1
      if (values > limits.values)
        return refusal(`The variables may hold at most ${limits.values} values.`, 'QUERY_TOO_COMPLEX')
      // It means the prototype to a careless program, and no field of an input is called so.
      if (key === '__proto__')
        return refusal(`"${key}" cannot be the name of a variable or field.`, 'BAD_REQUEST')
      if (typeof inner === 'object' && inner !== null) waiting.push({ value: inner, depth: depth + 1 })
      else if (typeof inner === 'string' && inner.length > limits.string && !longTexts)
        return refusal(`A text may have at most ${limits.string} characters here.`, 'QUERY_TOO_COMPLEX')
    }
  }
  return undefined
}
