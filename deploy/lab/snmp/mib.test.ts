import fc from 'fast-check'
import { expect, test } from 'vitest'

import { compareOids, type Oid, tags } from './ber.js'
import { defineTable, Mib, RowCache, startCursor } from './mib.js'

interface Subject {
  first: number[]
  second: [number, number][]
}
const item = (index: number[]) => ({ index, item: index.reduce((sum, part) => sum * 7 + part, 0) })
const columns = [
  [1, tags.integer, (value: number) => value],
  // Every third row has no such instance.
  [2, tags.counter64, (value: number) => (value % 3 === 0 ? undefined : value)],
  [9, tags.integer, (value: number) => value + 1],
] as const
const mib = new Mib<Subject>([
  defineTable<Subject, number>({
    entry: [1, 3, 6, 2],
    rows: ({ first }) => first.map((n) => item([n])),
    columns,
  }),
  defineTable<Subject, number>({ entry: [1, 3, 6, 1], rows: ({ second }) => second.map(item), columns }),
])

/** All variables, found the slow way. */
function everything({ first, second }: Subject, without?: number): { oid: Oid; value: number }[] {
  const tables: [Oid, number[][]][] = [
    [[1, 3, 6, 2], first.map((n) => [n])],
    [[1, 3, 6, 1], second],
  ]
  return tables
    .flatMap(([entry, rows]) =>
      columns.flatMap(([number, tag, read]) =>
        rows.flatMap((index) => {
          const value = read(item(index).item)
          return value === undefined || tag === without ? [] : [{ oid: [...entry, number, ...index], value }]
        }),
      ),
    )
    .sort((a, b) => compareOids(a.oid, b.oid))
}

const small = fc.integer({ min: 0, max: 300 })
const subjects = fc.record({
  first: fc.uniqueArray(small, { maxLength: 8 }),
  second: fc.uniqueArray(fc.tuple(small, small), { maxLength: 8, selector: String }),
})
const asked = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 2, maxLength: 7 }),
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10 }), fc.array(small, { maxLength: 3 }))
    .map(([table, column, rest]) => [1, 3, 6, table, column, ...rest]),
)

test('any place in any tree leads to the same next variable as a sorted list does', () => {
  fc.assert(
    fc.property(subjects, asked, fc.boolean(), (subject, oid, isV1) => {
      const without = isV1 ? tags.counter64 : undefined
      const cursor = startCursor()
      const found = mib.seek({ cache: new RowCache(mib, subject), at: 0, without }, oid, cursor)
      const expected = everything(subject, without).find((variable) => compareOids(variable.oid, oid) > 0)
      expect(found).toBe(expected !== undefined)
      if (expected)
        expect([...(cursor.column?.oid ?? []), ...(cursor.row?.index ?? [])]).toEqual(expected.oid)
      expect(cursor.ended).toBe(!found)
    }),
    { numRuns: 1000 },
  )
})

test('walking on from the start visits every variable once, in order, with its value', () => {
  fc.assert(
    fc.property(subjects, (subject) => {
      const cursor = startCursor()
      const view = { cache: new RowCache(mib, subject), at: 0 }
      const seen: { oid: Oid; value: unknown }[] = []
      for (let going = mib.seek(view, [0, 0], cursor); going; going = mib.advance(view, cursor)) {
        seen.push({ oid: [...(cursor.column?.oid ?? []), ...(cursor.row?.index ?? [])], value: cursor.value })
      }
      expect(seen).toEqual(everything(subject))
    }),
  )
})

test('a variable is found exactly when it is there, and its column is known where it is not', () => {
  fc.assert(
    fc.property(subjects, asked, (subject, oid) => {
      const cursor = startCursor()
      const view = { cache: new RowCache(mib, subject), at: 0 }
      const expected = everything(subject).find((variable) => compareOids(variable.oid, oid) === 0)
      expect(mib.find(view, oid, cursor)).toBe(expected !== undefined)
      for (const { oid: there, value } of everything(subject)) {
        expect(mib.find(view, there, cursor)).toBe(true)
        expect(cursor.value).toBe(value)
      }
    }),
    { numRuns: 300 },
  )
})

test('a column below another is refused when the tree is built', () => {
  const rows = () => []
  const at = (entry: Oid) => defineTable<Subject, number>({ entry, rows, columns })
  expect(() => new Mib<Subject>([at([1, 3]), at([1, 3, 1, 4])])).toThrow('is below')
})
