import { expect, test } from 'vitest'

import { Secret } from './secrets.js'
import { seen } from './seen.js'

test.each([
  'password',
  'newPassword',
  'passphrase',
  'authPassphrase',
  'secret',
  'clientSecret',
  'accessToken',
  'token',
  'community',
  'key',
  'privKey',
  'privateKey',
  'apiKey',
  'sshKey',
  'code',
  'otp',
  'recoveryCodes',
  'passwordHash',
  'sealed',
  'Authorization',
  'Cookie',
])('what is called %s is redacted, at any depth', (name) => {
  const shown = JSON.stringify(
    seen({ [name]: 'canary', list: [{ deep: { [name]: ['canary'], number: { [name]: 7777 } } }] }),
  )
  expect(shown).not.toMatch(/canary|7777/)
  expect(shown).toContain('[redacted]')
})

test('whether there is a secret is none', () => {
  expect(seen({ secretReplaced: true, token: null, tokenId: 't1', passed: 3 })).toEqual({
    secretReplaced: true,
    token: null,
    tokenId: 't1',
    passed: 3,
  })
})

test('a Secret and the password within a URL are redacted, whatever they are called', () => {
  expect(seen({ name: new Secret('canary'), url: 'see https://ann:canary@example.net/x?y=1' })).toEqual({
    name: '[redacted]',
    url: 'see https://[redacted]@example.net/x?y=1',
  })
})

test('values are shown as JSON has them, with keys in order', () => {
  const at = new Date(0)
  expect(
    JSON.stringify(
      seen({ b: 2n, a: at, n: Number.POSITIVE_INFINITY, u: undefined, f: () => 1, x: new Date(Number.NaN) }),
    ),
  ).toBe('{"a":"1970-01-01T00:00:00.000Z","b":"2","n":"Infinity","x":null}')
  expect(seen(undefined)).toBeNull()
})

test('what PostgreSQL cannot hold is replaced', () => {
  expect(seen({ 'a\0': 'b\0\uD800c' })).toEqual({ 'a\u{FFFD}': 'b\u{FFFD}\u{FFFD}c' })
})

test('a key of the prototype is a key like others', () => {
  const shown = seen(JSON.parse('{"__proto__": {"x": 1}}'))
  expect(JSON.stringify(shown)).toBe('{"__proto__":{"x":1}}')
})

test('long texts, lists, objects and depths are cut, saying so', () => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  expect(JSON.stringify(seen(circle))).toContain('"…"')
  expect(seen('x'.repeat(5000))).toMatch(/^x{2000}…$/)
  const list = seen(Array.from({ length: 300 }, (_, n) => n)) as unknown[]
  expect([list.length, list.at(-1)]).toEqual([201, '… and 100 more'])
  const many = seen(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`k${n}`, n]))) as object
  expect(Object.keys(many)).toHaveLength(201)
  const wide = seen(Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => 'x'.repeat(2000))))
  expect(JSON.stringify(wide).length).toBeLessThan(30_000)
})
