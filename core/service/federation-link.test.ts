import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'

import { type ComposedDirective, linkSpecifications } from './federation-link.js'

const link = (sdl: string, composed: ComposedDirective[] = []) => linkSpecifications(parse(sdl), composed)

describe('the link to the federation specification', () => {
  test('imports what is used, each once, and nothing else', () => {
    const sdl =
      'type A @key(fields: "id") @key(fields: "b") { id: ID! @tag(name: "x") b: Int @deprecated } type B @key(fields: "id") { id: ID! }'
    expect(link(sdl)).toBe(
      'extend schema\n  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@tag"])\n\n',
    )
  })

  test.each([
    ['type A @interfaceObject @key(fields: "id") { id: ID! }', '2.3'],
    ['type A { a: Int @override(from: "b") }', '2.3'],
    ['type A { a: Int @authenticated }', '2.5'],
    ['type A { a: Int @policy(policies: [["p"]]) }', '2.6'],
    ['type A { a: Int @override(from: "b", label: "percent(10)") }', '2.7'],
    ['type A { a: Int @policy(policies: [["p"]]) b: [Int] @listSize(assumedSize: 8) }', '2.9'],
  ])('asks of a router no more than the types do: %s', (sdl, version) => {
    expect(link(sdl)).toContain(`"https://specs.apollo.dev/federation/v${version}"`)
  })

  test('links, defines and composes directives of other specifications', () => {
    const custom: ComposedDirective = {
      name: '@custom',
      url: 'https://example.net/custom/v1.0',
      definition: 'directive @custom on OBJECT',
    }
    expect(link('type A @custom { a: Int }', [custom])).toBe(
      [
        'extend schema',
        '  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@composeDirective"])',
        '  @link(url: "https://example.net/custom/v1.0", import: ["@custom"])',
        '  @composeDirective(name: "@custom")',
        '',
        'directive @custom on OBJECT',
        '',
        '',
      ].join('\n'),
    )
  })
})
