import * as z from 'zod'

/**
 * A list of very many rows. Each is looked at by `fits`, some ten times cheaper than a schema, and taken as it is where
 * that says yes: it must say so only of what the schema would give back unchanged. Every other row is the schema's, which
 * takes it or tells what is wrong and where, as `z.array(row)` would. So a table of tens of thousands of rows does not
 * hold the event loop.
 */
export const quickRows = <Row extends z.ZodType>(
  row: Row,
  max: number,
  fits: (value: unknown) => boolean,
): z.ZodType<z.infer<Row>[]> =>
  z.unknown().transform((values, context): z.infer<Row>[] => {
    if (!Array.isArray(values)) {
      context.addIssue({ code: 'invalid_type', expected: 'array', input: values })
      return z.NEVER
    }
    if (values.length > max) {
      context.addIssue({ code: 'too_big', maximum: max, inclusive: true, origin: 'array', input: values })
      return z.NEVER
    }
    const rows = values.slice() as z.infer<Row>[]
    for (let n = 0; n < values.length; n++) {
      const value = values[n]
      if (fits(value)) continue
      const { data, error } = row.safeParse(value)
      if (!error) rows[n] = data as z.infer<Row>
      for (const { path, ...issue } of error?.issues ?? []) {
        context.addIssue({ ...issue, path: [n, ...path] } as Parameters<typeof context.addIssue>[0])
      }
    }
    return rows
  })

/** Whether it is an object of so many fields. If each one that is known is there, there is no other. */
export function hasFields(value: unknown, fields: number): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let found = 0
  for (const _ in value) found++
  return found === fields
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const ipv4 = new RegExp(`^${byte}\\.${byte}\\.${byte}\\.${byte}$`)
const groups = /^[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*$/

export const isUuid = (value: unknown): boolean => typeof value === 'string' && uuid.test(value)

/** As `00:1b:54:aa:bb:cc`. Without a regular expression: a report holds a hundred thousand of them. */
export function isMac(value: unknown): boolean {
  if (typeof value !== 'string' || value.length !== 17) return false
  for (let at = 0; at < 17; at++) {
    const code = value.charCodeAt(at)
    if (at % 3 === 2) {
      if (code !== 58) return false
    } else if (code < 48 || code > 102 || (code > 57 && code < 97)) return false
  }
  return true
}

export const isAddress = (value: unknown): boolean =>
  typeof value === 'string' && (ipv4.test(value) || isIpv6(value))

/** An IPv6 address as RFC 5952 writes it, in lower case and without an IPv4 address in it; others are the schema's. */
function isIpv6(text: string): boolean {
  if (text.length > 39) return false
  const gap = text.indexOf('::')
  if (gap < 0) return groups.test(text) && count(text) === 8
  const [before, after] = [text.slice(0, gap), text.slice(gap + 2)]
  if ((before !== '' && !groups.test(before)) || (after !== '' && !groups.test(after))) return false
  return count(before) + count(after) < 8
}

/** How many groups there are between colons. */
function count(text: string): number {
  if (text === '') return 0
  let found = 1
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) found++
  return found
}
