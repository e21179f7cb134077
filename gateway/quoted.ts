/** Reasons of graphql-js that name fields and types, and never a value. */
const safe = [
  /^Expected non-nullable type "[^"]*" not to be null\.$/,
  /^Expected type "\w+" to be an object\.$/,
  /^Expected type "\w+"\.$/,
  /^Field "\w+" of required type "[^"]*" was not provided\.$/,
  /^Field "\w+" is not defined by type "\w+"\.( Did you mean [\w", ]+\?)?$/,
  /^The value does not exist in "\w+" enum\.( Did you mean [\w", ]+\?)?$/,
  /^(\w+|Enum "\w+") cannot represent (a )?(non )?[\w -]*value\.$/,
]

/** Each pattern begins at the beginning: what was sent may be long, and must not be searched again from every place. */
const unquoted = (reason: string): string =>
  reason
    .replace(/^Value "[\s\S]*" does not exist in/, 'The value does not exist in')
    .replace(/^((?:\w+|Enum "\w+") cannot represent [\w -]*value): [\s\S]*$/, '$1.')
    .replace(/^(Expected value of type "[^"]*"), found [\s\S]*$/, '$1.')
    .replace(/^(Expected type "\w+"\.) (?!Did)[\s\S]*$/, '$1')

/**
 * The words of graphql-js about a value that does not fit, without the value: it may be a password, and what an answer
 * holds ends in the logs of clients.
 */
export function withoutValues(message: string): string {
  const [, variable, where, reason] =
    message.match(/^Variable "(\$\w+)" got invalid value [\s\S]*?(?: at "([\w.[\]]+)")?; ([\s\S]*)$/) ?? []
  if (variable === undefined || reason === undefined) return unquoted(message)
  const words = unquoted(reason)
  const told = safe.some((pattern) => pattern.test(words)) ? words : 'It does not fit its type.'
  return `Variable "${variable}" got an invalid value${where ? ` at "${where}"` : ''}; ${told}`
}
