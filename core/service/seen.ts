import type { AuditEvent } from '../contract/audit.js'

/** Names whose values are secrets; whether there is one, or is another, is none. */
const secretName =
  /password|passwd|passphrase|secret|token$|community|^(auth|priv|private|signing|api|access|ssh|encryption)?key$|authorization|cookie|^(pin|otp|totp|pwd|code)$|sealed|hash$|recoverycodes?/i
/** Of one text, in characters; of a list or an object, in members; of all that is told of one thing, in characters. */
const textMax = 2000
const itemsMax = 200
const depthMax = 8
const wholeMax = 20_000

/**
 * A value as it may be seen in the audit log for ever: secrets redacted, long texts, lists and objects cut, and the
 * whole bounded, whatever was sent; the keys of objects in order.
 */
export function seen(value: unknown): AuditEvent['before'] {
  let left = wholeMax

  function text(of: string): string {
    const max = Math.max(0, Math.min(textMax, left))
    const shown = of.length > max ? `${of.slice(0, max)}…` : of
    left -= shown.length
    return cleaned(shown.replaceAll(userInfo, '//[redacted]@'))
  }

  function part(of: unknown, depth: number): AuditEvent['before'] {
    left -= 8
    if (of === null || of === undefined) return null
    if (typeof of === 'boolean') return of
    if (typeof of === 'number') return Number.isFinite(of) ? of : String(of)
    if (typeof of === 'string') return text(of)
    if (typeof of === 'bigint') return of.toString()
    if (of instanceof Date) return Number.isNaN(of.getTime()) ? null : of.toISOString()
    if (depth > depthMax || left <= 0) return '…'
    if (Array.isArray(of)) return list(of, depth)
    if (typeof of !== 'object') return text(String(of))
    if ('toJSON' in of && typeof of.toJSON === 'function') return part(of.toJSON(), depth + 1)
    return members(of, depth)
  }

  function list(of: readonly unknown[], depth: number): AuditEvent['before'] {
    const items: AuditEvent['before'][] = []
    for (const item of of.slice(0, itemsMax)) {
      if (left <= 0) break
      items.push(part(item, depth + 1))
    }
    return items.length < of.length ? [...items, `… and ${of.length - items.length} more`] : items
  }

  function members(of: object, depth: number): AuditEvent['before'] {
    const entries = Object.entries(of)
      .filter(([, one]) => one !== undefined && typeof one !== 'function')
      .sort(([one], [other]) => (one < other ? -1 : 1))
    const told: [string, AuditEvent['before']][] = []
    for (const [key, one] of entries.slice(0, itemsMax)) {
      if (left <= 0) break
      const isSecret = secretName.test(key) && one !== null && typeof one !== 'boolean'
      told.push([text(key), isSecret ? '[redacted]' : part(one, depth + 1)])
    }
    if (told.length < entries.length) told.push(['…', `and ${entries.length - told.length} more`])
    return Object.fromEntries(told)
  }

  return part(value, 0)
}

/** Name and password within a URL. */
const userInfo = /\/\/[^/\s@]*@/g

/** PostgreSQL's JSON can hold neither NUL nor half a surrogate pair. */
export const cleaned = (text: string): string => text.toWellFormed().replaceAll('\0', '\u{FFFD}')
