import { describe, expect, test } from 'vitest'

import { commonPasswords } from './common-passwords.js'
import { newPassword, refuseOwnWords, weakness } from './password-policy.js'

test('the list knows hundreds of passwords that are long enough to be chosen, all in lower case', () => {
  const words = [...commonPasswords]
  expect(words.filter((word) => word.length >= 12).length).toBeGreaterThan(250)
  expect(words.filter((word) => word !== word.toLowerCase())).toEqual([])
  expect(commonPasswords.has('correct horse battery staple')).toBe(true)
})

describe('refuses', () => {
  test.each([
    ['elevenchars', 'must have 12 to 128 characters'],
    ['🔑'.repeat(11), 'must have 12 to 128 characters'],
    ['k7'.repeat(65), 'must have 12 to 128 characters'],
    ['Password1234', 'most used'],
    ['P@ssw0rd1234', 'most used'],
    ['Administrator', 'most used'],
    ['1qaz2wsx3edc', 'most used'],
    ['correct horse battery staple', 'most used'],
    ['Prometheus-7!', 'common word'],
    ['Mikrotik*2027', 'common word'],
    ['!!W3lc0me2031', 'common word'],
    ['aaaaaaaaaaaaaa', 'repeats'],
    ['xyzqxyzqxyzq', 'repeats'],
    ['klmnopqrstuvwx', 'sequence'],
    ['zyxwvutsrqpo', 'sequence'],
    ['345678901234', 'sequence'],
    ['54321098765432', 'sequence'],
  ])('%s', (password, why) => {
    const { error } = newPassword.safeParse(password)
    expect(error?.issues[0]?.message).toContain(why)
  })
})

test.each([
  'plum-Harvest-91-kettle',
  'vK3#qz81Lm0x',
  'zażółć gęślą jaźń',
  'dragons eat basalt quietly',
  '🔑🐙🌋🎻🧊🪁🥨🛶🧿🪐🦔🎯',
])('takes %s', (password) => {
  expect(newPassword.safeParse(password).success).toBe(true)
})

describe('refuses what is made of its owner', () => {
  const owner = { email: 'ann.kowalska@example.net', name: 'Ann Kowalska' }
  test.each(['ann.kowalska@example.net', 'Ann.Kowalska1!', 'ann kowalska', '2026ANN KOWALSKA'])(
    '%s',
    (password) => {
      expect(weakness(password, owner)).toContain('e-mail or the name')
      expect(() => refuseOwnWords(password, owner, 'input.password')).toThrow(
        'input.password: must not be made of',
      )
    },
  )
  test('but not what merely holds a short name', () => {
    expect(weakness('basalt-ann-violin', { email: 'ann@example.net', name: 'Ann' })).toBeUndefined()
  })
})
