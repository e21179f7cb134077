import { isDeepStrictEqual } from 'node:util'

/** Fields of a thing by name, as the audit log shows them. */
type Fields = Readonly<Record<string, unknown>>

interface Difference {
  before: Fields | null
  after: Fields | null
}

/**
 * What `recordAudit` tells of a thing that has changed: only the fields that differ, none where nothing changed; all of
 * them where it is new (null before) or gone (null after).
 */
export function changed(before: object | null, after: object | null): Difference {
  const [was, is]: [Fields, Fields] = [{ ...before }, { ...after }]
  if (!before || !after) return { before: before && was, after: after && is }
  const names = Object.keys(is).filter((name) => !isDeepStrictEqual(was[name], is[name]))
  const only = (fields: Fields): Fields => Object.fromEntries(names.map((name) => [name, fields[name]]))
  return { before: only(was), after: only(is) }
}
