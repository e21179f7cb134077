export type Change = 'added' | 'removed' | 'changed' | 'same'

/** One value of what was changed, by its path: `grants.0.role`. */
export interface DiffLine {
  path: string
  change: Change
  /** Undefined: it was not there. */
  before: string | undefined
  after: string | undefined
}

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value)
    ? value.some((each) => typeof each === 'object' && each !== null)
    : Object.keys(value).length > 0)

/** Every value with its path. A list of plain values is one value: `a, b`. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (value === undefined) return []
  if (isBranch(value))
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key))
  if (Array.isArray(value)) return [[path, value.length > 0 ? value.map(said).join(', ') : '[]']]
  return [[path, said(value)]]
}

const said = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** JSON text as a value; undefined where there is none. What is not JSON stays a text: nothing is hidden. */
function parse(text: string | null): unknown {
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return value === null ? undefined : value
  } catch {
    return text
  }
}

/** What changed between two states of a thing, given as JSON texts, and what stayed; in the order of the later one. */
export function diff(before: string | null, after: string | null): DiffLine[] {
  const [old, next] = [new Map(leaves(parse(before))), new Map(leaves(parse(after)))]
  return [...new Set([...next.keys(), ...old.keys()])].map((path) => {
    const [was, is] = [old.get(path), next.get(path)]
    const change =
      was === undefined ? 'added' : is === undefined ? 'removed' : was === is ? 'same' : 'changed'
    return { path, change, before: was, after: is }
  })
}
