/** What agents report is not to be trusted: these make it fit the database, or null. */

/**
 * Text without NUL, which PostgreSQL refuses and some agents pad with, without halves of surrogate pairs, which it
 * refuses within JSON, and without space around it; null when empty.
 */
export function text(value: string | null): string | null {
  const clean = value?.replaceAll('\0', '').toWellFormed().trim() ?? ''
  return clean === '' ? null : clean
}

/** A whole number of 32 bits. */
export const int32 = (value: number | null): number | null =>
  value !== null && Number.isInteger(value) && Math.abs(value) <= 2_147_483_647 ? value : null

/** A decimal number that fits 63 bits. */
export const decimal63 = (value: string | null): string | null =>
  value !== null && /^\d{1,18}$/.test(value) ? value : null

/** A MAC address as `00:1b:54:aa:bb:cc`. */
export function macAddress(value: string | null): string | null {
  const digits = value?.replace(/[:.-]/g, '').toLowerCase() ?? ''
  return /^[0-9a-f]{12}$/.test(digits) ? (digits.match(/../g) ?? []).join(':') : null
}
