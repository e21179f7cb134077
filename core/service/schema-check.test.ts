import { describe, expect, test } from 'vitest'

import { brokenDocuments, documentFaults, schemaChanges, schemaFields } from './schema-check.js'

const before = `
  type Query { devices(filter: Filter, order: Order): [Device!]! stats: Stats find(where: Nested): Result }
  "Where."
  interface Named { name: String! }
  type Device implements Named { name: String! kind: Kind going: Int @deprecated(reason: "Removal: 2026-06-30.") }
  type Site implements Named { name: String! }
  union Result = Device | Site
  type Stats { up: Int down: Int }
  enum Kind { ROUTER SWITCH }
  enum Order { NAME }
  input Filter { kind: Kind text: String }
  input Nested { again: Nested filter: Filter }`
const changes = async (change: (sdl: string) => string, today = '2026-11-23') =>
  (await schemaChanges(before, change(before), today)).map(({ level, coordinate, fields }) => [
    level,
    coordinate,
    fields,
  ])

describe('changes', () => {
  test.each<[string, [string, string], [string, string, string[]]]>([
    ['a field goes', ['up: Int', ''], ['BREAKING', 'Stats.up', ['Stats.up']]],
    ['a field becomes another type', ['up: Int', 'up: String'], ['BREAKING', 'Stats.up', ['Stats.up']]],
    [
      'a field of an interface goes',
      ['Named { name: String! }', 'Named { x: Int }'],
      ['BREAKING', 'Named.name', ['Named.name']],
    ],
    ['an argument goes', [', order: Order', ''], ['BREAKING', 'Query.devices(order:)', ['Query.devices']]],
    [
      'an argument is wanted',
      ['stats:', 'stats(a: Int!):'],
      ['BREAKING', 'Query.stats(a:)', ['Query.stats']],
    ],
    [
      'an enum value goes',
      ['SWITCH', ''],
      ['BREAKING', 'Kind.SWITCH', ['Query.devices', 'Query.find', 'Device.kind']],
    ],
    [
      'an enum value comes',
      ['SWITCH', 'SWITCH AP'],
      ['DANGEROUS', 'Kind.AP', ['Query.devices', 'Query.find', 'Device.kind']],
    ],
    [
      'an input field goes',
      ['text: String', ''],
      ['BREAKING', 'Filter.text', ['Query.devices', 'Query.find']],
    ],
    ['a member of a union goes', ['| Site', ''], ['BREAKING', 'Result', ['Query.find']]],
    ['a field comes', ['down: Int', 'down: Int left: Int'], ['SAFE', 'Stats.left', ['Stats.left']]],
  ])('%s', async (_case, [from, to], change) => {
    expect(await changes((sdl) => sdl.replace(from, to))).toContainEqual(change)
  })

  test('a type that goes is met by each of its fields', async () => {
    const found = await changes((sdl) =>
      sdl.replace(/type Stats .*/, '').replace('stats: Stats', 'stats: Int'),
    )
    expect(found).toContainEqual(['BREAKING', 'Stats', ['Stats.up', 'Stats.down']])
  })

  test('a deprecated field may go once its removal date has passed', async () => {
    const gone = (sdl: string) => sdl.replace(/going: Int @deprecated.*?\)/, '')
    expect(await changes(gone, '2026-06-30')).toEqual([['BREAKING', 'Device.going', ['Device.going']]])
    expect(await changes(gone, '2026-07-01')).toEqual([['SAFE', 'Device.going', ['Device.going']]])
  })

  test('words are no change', async () => {
    expect(await changes((sdl) => sdl.replace('"Where."', '"Elsewhere."'))).toEqual([])
  })
})

test('fields are told by coordinate, with what is said of their end', () => {
  expect(schemaFields(before).map(({ coordinate }) => coordinate)).toEqual([
    'Device.going',
    'Device.kind',
    'Device.name',
    'Named.name',
    'Query.devices',
    'Query.find',
    'Query.stats',
    'Site.name',
    'Stats.down',
    'Stats.up',
  ])
  expect(schemaFields(before)[0]).toEqual({
    coordinate: 'Device.going',
    type: 'Int',
    deprecation: 'Removal: 2026-06-30.',
    removal: '2026-06-30',
  })
})

test('documents that no longer fit are told, others are not', () => {
  const documents = [
    { hash: 'fits', text: '{ stats { down } }' },
    { hash: 'breaks', text: '{ stats { up } }' },
    { hash: 'never fitted', text: '{ nothing }' },
    { hash: 'no document', text: '{' },
  ]
  expect(brokenDocuments(before, before.replace('up: Int', ''), documents)).toEqual([
    { hash: 'breaks', message: 'Cannot query field "up" on type "Stats".' },
  ])
})

test.each([
  ['{ stats { up } }', 0],
  ['{ stats { left } }', 1],
  ['{', 1],
])('%s has %d faults', (text, faults) => expect(documentFaults(before, text)).toHaveLength(faults))
