import { isDeepStrictEqual } from 'node:util'

/** Fields of a thing by name, as the audit log shows them. */
type Fields = Readonly<Record<string, unknown>>

/** Of a thing before and after a change only the fields that differ, for `recordAudit`; none where nothing changed. */
export function changed(before: Fields, after: Fields): { before: Fields; after: Fields } {
  const names = Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name]))
  const only = (fields: Fields): Fields => Object.fromEntries(names.map((name) => [name, fields[name]]))
  return { before: only(before), after: only(after) }
}
