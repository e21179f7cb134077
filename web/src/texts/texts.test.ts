import { expect, test } from 'vitest'

import { fill, type Plural } from './catalog'
import { en } from './en'
import { createWords } from './language'
import { pl } from './pl'

type Leaf = string | Plural
const isPlural = (value: object): value is Plural => 'one' in value && 'other' in value

/** Every text by its path: `devices.form.name`. */
function leaves(node: object, path = ''): [string, Leaf][] {
  return Object.entries(node).flatMap(([key, value]): [string, Leaf][] => {
    const at = path ? `${path}.${key}` : key
    if (typeof value === 'string' || isPlural(value)) return [[at, value]]
    return leaves(value, at)
  })
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
const forms = (leaf: Leaf): [string, string][] =>
  typeof leaf === 'string' ? [['', leaf]] : (Object.entries(leaf) as [string, string][])
const polish = new Map(leaves(pl))

test('both languages have the same texts', () => {
  expect([...polish.keys()].sort()).toEqual(
    leaves(en)
      .map(([path]) => path)
      .sort(),
  )
})

test('each text has the same placeholders in both languages, in every plural form', () => {
  for (const [path, english] of leaves(en)) {
    const wanted = placeholders(typeof english === 'string' ? english : english.other)
    for (const [form, text] of forms(polish.get(path) ?? '')) {
      expect(placeholders(text), `${path} ${form}`).toEqual(wanted)
    }
  }
})

test('no text is empty', () => {
  for (const catalog of [en, pl]) {
    for (const [path, leaf] of leaves(catalog)) {
      for (const [form, text] of forms(leaf)) expect(text.trim(), `${path} ${form}`).not.toBe('')
    }
  }
})

test('Polish counts have the four forms of the language', () => {
  for (const [path, leaf] of polish) {
    if (typeof leaf !== 'string')
      expect(Object.keys(leaf).sort(), path).toEqual(['few', 'many', 'one', 'other'])
  }
})

test('a count takes the form that its number asks for', () => {
  const { count, t } = createWords('pl', pl as unknown as typeof en)
  const said = [1, 3, 5, 12, 22, 112].map((n) => count(t.network.count.devices, n))
  expect(said).toEqual([
    '1 urządzenie',
    '3 urządzenia',
    '5 urządzeń',
    '12 urządzeń',
    '22 urządzenia',
    '112 urządzeń',
  ])
  const english = createWords('en', en)
  expect([1, 2].map((n) => english.count(en.network.count.alerts, n))).toEqual(['1 alert', '2 alerts'])
})

test('fill puts values into the braces', () => {
  expect(fill('{from}–{to} of {total}', { from: 1, to: '50', total: 240 })).toBe('1–50 of 240')
})
