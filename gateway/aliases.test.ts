import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql'
import { describe, expect, test } from 'vitest'

import { hideAliases, plannedFields, showAliases } from './aliases.js'

const planned = plannedFields(
  buildSchema(`
    directive @join__type(key: String) repeatable on OBJECT
    directive @join__field(requires: String, provides: String) on FIELD_DEFINITION
    directive @other(key: String) on FIELD_DEFINITION
    type Query { devices: Device }
    type Device @join__type(key: "id") @join__type(key: "site { code } unit") {
      id: ID
      name: String @other(key: "nothing")
      load(unit: String): Int
      cost: Int @join__field(requires: "load(unit: \\"W\\")")
      size(unit: String): Int @join__field(provides: "area")
    }
  `),
)
const hidden = (query: string) =>
  stripIgnoredCharacters(print(hideAliases(parse(query, { noLocation: true }), planned)))

describe('names that would mislead the planner', () => {
  test('are those of keys, required and provided fields', () => {
    expect([...planned.names].sort()).toEqual([
      'W',
      '__typename',
      'area',
      'code',
      'id',
      'load',
      'site',
      'unit',
    ])
    expect([...planned.withArguments]).toEqual(['load'])
  })

  test('are hidden where they stand for another field, or for the same with arguments', () => {
    expect(hidden('{devices{id:name ...F}} fragment F on Device{__typename:cost}')).toBe(
      '{devices{sotp_alias_id:name ...F}}fragment F on Device{sotp_alias___typename:cost}',
    )
    expect(hidden('{devices{load(unit:"V")cost}}')).toBe('{devices{sotp_alias_load:load(unit:"V")cost}}')
  })

  test('and no others', () => {
    const document = parse('{ devices { id __typename a: id size(unit: "m") id: id } }')
    expect(hideAliases(document, planned)).toBe(document)
    const result = { data: { sotp_alias_x: 1 } }
    expect(showAliases(document, result)).toBe(result)
  })

  test('come back in the answer and in the paths of its errors, in their order', () => {
    const document = hideAliases(parse('{ id: devices { sotp_alias_a: name id: name at } }'), planned)
    const at = new Date(0)
    const answer = showAliases(document, {
      data: { sotp_alias_id: [{ sotp_alias_sotp_alias_a: 'a', sotp_alias_id: null, at }, null] },
      errors: [{ message: 'm', path: ['sotp_alias_id', 0, 'sotp_alias_id'] }, { message: 'n' }],
    })
    expect(JSON.stringify(answer)).toBe(
      JSON.stringify({
        data: { id: [{ sotp_alias_a: 'a', id: null, at }, null] },
        errors: [{ message: 'm', path: ['id', 0, 'id'] }, { message: 'n' }],
      }),
    )
  })
})
