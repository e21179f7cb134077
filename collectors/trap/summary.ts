import { trapLimits } from '#core/contract/traps.js'

/** A value that a summary may name. */
export interface Named {
  value: string
  /** What follows the object in the OID. */
  index: string
  /** What the catalogue calls this value. */
  word: string | undefined
}

const group = /\[([^[\]]*)\]/g
const quote = "'"
const place = /\{([^{}]+)\}/g

/**
 * Fills a template. `{ifName|ifDescr}` is the value of the first of these objects that there is; `@name` is an object's
 * index instead, `#name` its value as the number of an interface, `'text'` the text itself. What stands in brackets is
 * left out where a value in it is missing; elsewhere a missing value is a question mark. In one line, and no longer than
 * the contract allows.
 */
export function fill(template: string, find: (name: string) => Named | undefined): string {
  const one = (choices: string): string | undefined => {
    for (const choice of choices.split('|')) {
      if (choice.startsWith(quote)) return choice.replaceAll(quote, '')
      const [, sign = '', name = ''] = /^([#@]?)(.+)$/.exec(choice) ?? []
      const hit = find(name)
      const text =
        sign === '@' ? hit?.index : sign === '#' && hit ? `interface ${hit.value}` : (hit?.word ?? hit?.value)
      if (text) return text
    }
    return undefined
  }
  const filled = template
    .replaceAll(group, (_, inner: string) => {
      const missing = [...inner.matchAll(place)].some(([, choices = '']) => one(choices) === undefined)
      return missing ? '' : inner
    })
    .replaceAll(place, (_, choices: string) => one(choices) ?? '?')
  return oneLine(filled)
}

/** Names of the objects that a template speaks of. */
export const namesIn = (template: string): string[] =>
  [...template.matchAll(place)]
    .flatMap(([, choices = '']) => choices.split('|'))
    .filter((choice) => !choice.startsWith(quote))
    .map((choice) => choice.replace(/^[#@]/, ''))

/** Text in one line, cut to what a summary may have. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > trapLimits.summaryChars
    ? `${line.slice(0, trapLimits.summaryChars - 1).toWellFormed()}…`
    : line
}
