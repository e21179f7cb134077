/** A deep copy of data of a subgraph, for each who writes into it. Names of clients' choosing stay plain members. */
export function copy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(copy) as Value
  const made: Record<string, unknown> = Object.create(null)
  for (const name of Object.keys(value)) made[name] = copy((value as Record<string, unknown>)[name])
  return made as Value
}
