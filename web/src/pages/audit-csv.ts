const lineEnd = '\r\n'

/** Several parts of one table as one: each begins with the same header row (RFC 4180 section 2.3), kept once. */
export function joinCsv(parts: readonly string[]): string {
  const [first = '', ...more] = parts
  return first + more.map((part) => part.slice(part.indexOf(lineEnd) + lineEnd.length)).join('')
}
