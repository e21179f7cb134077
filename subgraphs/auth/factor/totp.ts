import { createHash, randomBytes } from 'node:crypto'
import { Secret as OtpSecret, TOTP } from 'otpauth'

/** What every authenticator app understands: RFC 6238 with its defaults. */
const profile = { issuer: 'SOTP', algorithm: 'SHA1', digits: 6, period: 30 } as const
/** RFC 4226 §4 recommends 160 bits. */
const secretBytes = 20
/** Clocks may differ by one step; more would only give a guesser more time (RFC 6238 §5.2). */
const window = 1
const secondsOf = (ms: number) => Math.floor(ms / 1000)

/** A secret in base32. */
export const newTotpSecret = (): string => new OtpSecret({ size: secretBytes }).base32

/** The address that authenticator apps read from a QR code. */
export const totpUri = (secret: string, account: string): string =>
  new TOTP({ ...profile, secret: OtpSecret.fromBase32(secret), label: account }).toString()

/** The step (30 s since 1970) whose code this is, one before or after now at most; undefined for any other code. */
export function stepOf(secret: string, code: string, nowMs = Date.now()): number | undefined {
  const totp = new TOTP({ ...profile, secret: OtpSecret.fromBase32(secret) })
  const delta = totp.validate({ token: code, timestamp: nowMs, window })
  return delta === null ? undefined : Math.floor(secondsOf(nowMs) / profile.period) + delta
}

const recoveryCodes = 10
/** Crockford's base32: no letter looks like another. Sixteen of them are 80 bits. */
const letters = '0123456789abcdefghjkmnpqrstvwxyz'
const recoveryLength = 16
const typedMax = 100

/** Ten codes of 80 random bits each, as `7k2m-…-…-…`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: recoveryCodes }, () =>
    Array.from(randomBytes(recoveryLength), (byte) => letters[byte % letters.length])
      .join('')
      .replace(/(.{4})(?!$)/g, '$1-'),
  )

/** 80 random bits need no slow hash; the user's id makes equal codes of two users differ. */
export const recoveryHash = (userId: string, code: string): Buffer =>
  createHash('sha256')
    .update(`${userId} ${plain(code)}`)
    .digest()

/** As people type: without dashes, in any case, with the letters that look like digits. */
const plain = (code: string): string =>
  code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')

/** What was typed: six digits of the app, with or without a gap, or a recovery code; undefined when it is neither. */
export function readCode(text: string): { kind: 'totp' | 'recovery'; code: string } | undefined {
  if (text.length > typedMax) return undefined
  const code = text.replace(/\s/g, '')
  if (/^\d{6}$/.test(code)) return { kind: 'totp', code }
  return plain(code).length === recoveryLength ? { kind: 'recovery', code } : undefined
}
