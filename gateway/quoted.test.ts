import { buildSchema, getVariableValues, Kind, parse, validate } from 'graphql'
import { expect, test } from 'vitest'

import { withoutValues } from './quoted.js'

const schema = buildSchema(`
  scalar Odd
  enum Kind { ONE TWO }
  input Deep { list: [String!] }
  input Input { text: String! kind: Kind count: Int odd: Odd id: ID on: Boolean part: Float deep: Deep }
  type Query { ask(input: Input!): Int }
`)
const document = parse('query ($input: Input!) { ask(input: $input) }')
const [operation] = document.definitions
const said = (input: unknown): string => {
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation')
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], { input })
  return (errors ?? []).map(({ message }) => withoutValues(message)).join('\n')
}

const canary = 'canary-4711'
test.each([
  [
    { text: { is: canary } },
    'Variable "$input" got an invalid value at "input.text"; String cannot represent a non string value.',
  ],
  [
    { text: 'x', kind: canary },
    'Variable "$input" got an invalid value at "input.kind"; The value does not exist in "Kind" enum.',
  ],
  [
    { text: 'x', kind: 'ONEE' },
    'Variable "$input" got an invalid value at "input.kind"; The value does not exist in "Kind" enum. Did you mean the enum value "ONE"?',
  ],
  [
    { text: 'x', kind: [canary] },
    'Variable "$input" got an invalid value at "input.kind"; Enum "Kind" cannot represent non-string value.',
  ],
  [
    { text: 'x', count: canary },
    'Variable "$input" got an invalid value at "input.count"; Int cannot represent non-integer value.',
  ],
  [
    { text: 'x', id: [canary] },
    'Variable "$input" got an invalid value at "input.id"; ID cannot represent value.',
  ],
  [
    { text: 'x', on: canary },
    'Variable "$input" got an invalid value at "input.on"; Boolean cannot represent a non boolean value.',
  ],
  [
    { text: 'x', part: canary },
    'Variable "$input" got an invalid value at "input.part"; Float cannot represent non numeric value.',
  ],
  [
    { text: 'x', deep: { list: [null, canary] } },
    'Variable "$input" got an invalid value at "input.deep.list[0]"; Expected non-nullable type "String!" not to be null.',
  ],
  [
    { text: 'x', deep: canary },
    'Variable "$input" got an invalid value at "input.deep"; Expected type "Deep" to be an object.',
  ],
  [{ kind: canary }, expect.stringContaining('Field "text" of required type "String!" was not provided.')],
  [
    { text: canary, txt: 1 },
    expect.stringContaining('Field "txt" is not defined by type "Input". Did you mean "text"?'),
  ],
  [canary, 'Variable "$input" got an invalid value; Expected type "Input" to be an object.'],
  [`a; ${canary}`, expect.stringContaining('It does not fit its type.')],
  [
    { text: 'x', kind: `" at "input.x"; Field "${canary}" is not defined` },
    expect.stringContaining('It does not fit its type.'),
  ],
])('what does not fit as a variable is not quoted: %j', (input, words) => {
  expect(said(input)).toEqual(words)
  expect(said(input)).not.toContain(canary)
})

test.each([
  [`{ ask(input: { text: { is: "${canary}" } }) }`, 'String cannot represent a non string value.'],
  [`{ ask(input: { text: "x", kind: "${canary}" }) }`, 'Enum "Kind" cannot represent non-enum value.'],
  [`{ ask(input: { text: "x", count: "${canary}" }) }`, 'Int cannot represent non-integer value.'],
  [`{ ask(input: "${canary}") }`, 'Expected value of type "Input!".'],
])('nor within the document: %s', (query, words) => {
  expect(validate(schema, parse(query)).map(({ message }) => withoutValues(message))).toEqual([words])
})

test('nor does a value that looks like such words take long, as long as it may be', () => {
  const long = `; ${' cannot represent'.repeat(60_000)}`
  expect(said({ text: 'x', count: long })).toBe(
    'Variable "$input" got an invalid value; It does not fit its type.',
  )
})

test('other words stay as they are', () => {
  for (const words of ['Cannot query field "x" on type "Query".', 'input.address: must be an address: "a b"'])
    expect(withoutValues(words)).toBe(words)
})
