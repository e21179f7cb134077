import { expect, test } from 'vitest'

import { diff } from './audit-diff'

const changes = (before: unknown, after: unknown) =>
  diff(before === null ? null : JSON.stringify(before), after === null ? null : JSON.stringify(after))

test('says what changed, what came, what went and what stayed', () => {
  expect(changes({ name: 'a', site: 's', old: 1 }, { name: 'b', site: 's', fresh: true })).toEqual([
    { path: 'name', change: 'changed', before: 'a', after: 'b' },
    { path: 'site', change: 'same', before: 's', after: 's' },
    { path: 'fresh', change: 'added', before: undefined, after: 'true' },
    { path: 'old', change: 'removed', before: '1', after: undefined },
  ])
})

test('goes into objects and lists of objects, and shows lists of plain values whole', () => {
  expect(
    changes({ grants: [{ role: 'VIEWER' }], tags: ['a'] }, { grants: [{ role: 'ADMIN' }], tags: ['a', 'b'] }),
  ).toEqual([
    { path: 'grants.0.role', change: 'changed', before: 'VIEWER', after: 'ADMIN' },
    { path: 'tags', change: 'changed', before: 'a', after: 'a, b' },
  ])
})

test('of something new everything is added, of something deleted everything is removed', () => {
  expect(changes(null, { a: null }).map(({ change }) => change)).toEqual(['added'])
  expect(changes({ a: 1, b: {} }, null).map(({ change }) => change)).toEqual(['removed', 'removed'])
  expect(diff(null, null)).toEqual([])
})

test('null is a value, and not the same as nothing', () => {
  expect(changes({ a: null }, { a: 'x' })).toEqual([
    { path: 'a', change: 'changed', before: 'null', after: 'x' },
  ])
})

test('what is no JSON is shown as it is', () => {
  expect(diff('broken {', null)).toEqual([
    { path: '', change: 'removed', before: 'broken {', after: undefined },
  ])
})
