import { expect, test } from 'vitest'

import { fitsLength, isOwnWord, repeats } from './password-rules'

test.each([
  ['elevensigns', false],
  ['twelve signs', true],
  ['😀'.repeat(12), true],
  ['a'.repeat(129), false],
])('whether "%s" is long enough and not too long: %s', (password, fits) => {
  expect(fitsLength(password)).toBe(fits)
})

test.each([
  ['ann.kowalski', true],
  ['Ann.Kowalski2026', true],
  ['ann.kowalski@example.net', true],
  ['basalt-Violin-7-orchard', false],
  ['my friend ann.kowalski is here', false],
])('"%s" is made of the e-mail: %s', (password, own) => {
  expect(isOwnWord(password, ['ann.kowalski@example.net', 'Ann'])).toBe(own)
})

test('a few characters again and again are noticed', () => {
  expect(['abcabcabcabc', 'aaaaaaaaaaaa', 'plum-Harvest-91'].map(repeats)).toEqual([true, true, false])
})
