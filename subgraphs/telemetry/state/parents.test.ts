import fc from 'fast-check'
import { expect, test } from 'vitest'

import { cutOff, type Linked } from './parents.js'

/** `a:b,c` is silent behind b and c; `a+` answers. */
const network = (text: string) =>
  new Map(
    text.split(' ').map((word): [string, Linked] => {
      const [name = '', parents = ''] = word.split(':')
      return [
        name.replace('+', ''),
        { silent: !name.includes('+'), parentIds: parents.split(',').filter(Boolean) },
      ]
    }),
  )

test.each([
  ['one by itself', 'a', ''],
  ['behind one that answers', 'a+ b:a', ''],
  ['behind one that is silent', 'a b:a', 'b'],
  ['behind two, one of which answers', 'a b+ c:a,b', ''],
  ['behind two that are silent', 'a b c:a,b', 'c'],
  ['a chain', 'a b:a c:b d:c', 'b c d'],
  ['a chain with one in between that answers', 'a b+:a c:b d:c', 'd'],
  ['behind one that nobody knows', 'a:nobody b:a', 'b'],
  ['one that answers behind a silent one', 'a b+:a', ''],
  ['a circle', 'a:b b:a', ''],
  ['behind a circle', 'a:b b:a c:a', ''],
  ['a circle behind a silent one', 'root a:root,b b:a', 'a b'],
  ['a circle that is left by one that lives', 'root+ a:root,b b:a', 'b'],
  ['its own parent', 'a:a', ''],
])('%s', (_, text, expected) => {
  expect([...cutOff(network(text))].sort().join(' ')).toBe(expected)
})

const networks = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.array(
      fc.record({
        silent: fc.boolean(),
        parentIds: fc.uniqueArray(fc.integer({ min: 0, max: size }).map(String), { maxLength: 3 }),
      }),
      { minLength: size, maxLength: size },
    ),
  )
  .map((list) => new Map<string, Linked>(list.map((one, n) => [String(n), one])))

test('whoever is cut off is silent behind silent parents only, and somebody above it is not excused', () => {
  fc.assert(
    fc.property(networks, (devices) => {
      const found = cutOff(devices)
      const silent = (id: string) => devices.get(id)?.silent === true
      for (const id of found) {
        expect(silent(id)).toBe(true)
        expect(devices.get(id)?.parentIds.every(silent)).toBe(true)
        // The way up, told anew and simply.
        const above = new Set<string>()
        const walk = (at: string): void => {
          for (const parent of devices.get(at)?.parentIds ?? []) {
            if (above.has(parent)) continue
            above.add(parent)
            walk(parent)
          }
        }
        walk(id)
        expect([...above].some((one) => silent(one) && !found.has(one))).toBe(true)
      }
    }),
  )
})
test('where parents do not go in circles, silent behind silent parents only is enough', () => {
  fc.assert(
    fc.property(networks, (devices) => {
      const acyclic = new Map(
        [...devices].map(([id, one]) => [
          id,
          { ...one, parentIds: one.parentIds.filter((parent) => Number(parent) < Number(id)) },
        ]),
      )
      const found = cutOff(acyclic)
      for (const [id, { silent, parentIds }] of acyclic) {
        const behind = parentIds.length > 0 && parentIds.every((parent) => acyclic.get(parent)?.silent)
        expect(found.has(id)).toBe(silent && behind)
      }
    }),
  )
})
test('the order in which devices are known changes nothing', () => {
  fc.assert(
    fc.property(networks, (devices) => {
      expect(cutOff(new Map([...devices].reverse()))).toEqual(cutOff(devices))
    }),
  )
})
