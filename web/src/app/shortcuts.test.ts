import { expect, test } from 'vitest'

import { nameOf } from './shortcuts'

const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
  nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...held } as KeyboardEvent)

test('keys are named the same on every keyboard', () => {
  expect(press('J')).toBe('j')
  expect(press('?')).toBe('?')
  expect(press('Enter')).toBe('Enter')
  expect(press('k', { ctrlKey: true })).toBe('mod+k')
  expect(press('k', { metaKey: true })).toBe('mod+k')
})

test('Alt belongs to the browser and to typing', () => expect(press('ó', { altKey: true })).toBeUndefined())
