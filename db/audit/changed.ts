import { isDeepStrictEqual } from 'node:util'

/** Fields of a thing by name, as the audit log shows them. */
type Fields = Readonly<Record<string, unknown>>

/** Of a thing before and after a change only the fields that differ, for `recordAudit`; none where nothing changed. */
export function changed(before: object, after: object): { before: Fields; after: Fields } {
  const [was, is]: [Fields, Fields] = [{ ...before }, { ...after }]
  const names = Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]))
  const only = (fields: Fields): Fields => Object.fromEntries(names.map((name) => [name, fields[name]]))
  return { before: only(was), after: only(is) }
}
