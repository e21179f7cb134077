import { describe, expect, test } from 'vitest'

import { newRecoveryCodes, newTotpSecret, readCode, recoveryHash, stepOf, totpUri } from './totp.js'

/** RFC 6238 appendix B: the ASCII key "12345678901234567890" in base32, and the last six of its eight digits. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('a code of an authenticator app', () => {
  test.each([
    [59, '287082', 1],
    [1111111109, '081804', 37037036],
    [1111111111, '050471', 37037037],
    [1234567890, '005924', 41152263],
    [2000000000, '279037', 66666666],
  ])('at %i s is %s', (seconds, code, step) => {
    expect(stepOf(secret, code, seconds * 1000)).toBe(step)
  })
  test.each([
    [-60, undefined],
    [-31, undefined],
    [-30, 37037037],
    [0, 37037037],
    [30, 37037037],
    [59, 37037037],
    [60, undefined],
  ])('may differ by one step of 30 s: asked %i s after its begin', (seconds, step) => {
    expect(stepOf(secret, '050471', (1111111110 + seconds) * 1000)).toBe(step)
  })
  test('of another secret is none', () => {
    expect(stepOf(newTotpSecret(), '050471', 1111111111_000)).toBeUndefined()
  })
  test('comes from a secret of 160 bits, in the words that every app reads', () => {
    const made = newTotpSecret()
    expect(made).toMatch(/^[A-Z2-7]{32}$/)
    const uri = new URL(totpUri(made, 'ann@example.net'))
    expect(decodeURIComponent(uri.pathname)).toBe('/SOTP:ann@example.net')
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'SOTP',
      secret: made,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
  })
})

describe('a recovery code', () => {
  test('is one of ten, of 80 bits each', () => {
    const codes = newRecoveryCodes()
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/)
  })
  test('is known again however it is typed, and for its user alone', () => {
    const hash = recoveryHash('ann', '0123-abcd-1111-zzzz')
    for (const typed of ['0123abcd1111zzzz', 'O123-ABCD-LiIl-ZZZZ', ' 0123 abcd 1111 zzzz '])
      expect(recoveryHash('ann', typed)).toEqual(hash)
    expect(recoveryHash('bob', '0123-abcd-1111-zzzz')).not.toEqual(hash)
  })
})

test.each([
  ['123456', 'totp'],
  [' 123 456 ', 'totp'],
  ['0123-abcd-1111-zzzz', 'recovery'],
  ['0123ABCD1111ZZZZ', 'recovery'],
  ['12345', undefined],
  ['1234567', undefined],
  ['１２３４５６', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
])('%.20j is taken for %s', (text, kind) => {
  expect(readCode(text)?.kind).toBe(kind)
})
