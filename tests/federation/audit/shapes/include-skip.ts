import { find, type Shape } from '../shape.js'

/** What is not wanted is not fetched, however the document says so. */
const devices = [{ id: 'd1', name: 'core', load: 5 }]
const defaults = { on: true, off: false }
const query = (inner: string) => {
  const used = Object.entries(defaults).filter(([name]) => inner.includes(`$${name}`))
  return `query (${used.map(([name, value]) => `$${name}: Boolean = ${value}`).join(', ')}) { devices { ${inner} } }`
}

export const includeSkip: Shape = {
  subgraphs: {
    devices: [
      'type Query { devices: [Device!]! } type Device @key(fields: "id") { id: ID! name: String! }',
      { Query: { devices: () => devices } },
    ],
    loads: [
      `
      type Device @key(fields: "id") {
        id: ID!
        name: String! @external
        load: Int!
        text: String! @requires(fields: "name")
      }
      `,
      {
        Device: {
          __resolveReference: (key: { id: string }) => ({ ...find(devices, { id: key.id }), ...key }),
          text: ({ name }: { name: string }) => `text of ${name}`,
        },
      },
    ],
  },
  asks: [
    {
      title: 'a field of another subgraph that is left out',
      query: query('name load @include(if: $off)'),
      data: { devices: [{ name: 'core' }] },
      calls: { devices: 1 },
    },
    {
      title: 'the same field, wanted by a variable',
      query: query('name load @include(if: $off)'),
      variables: { off: true },
      data: { devices: [{ name: 'core', load: 5 }] },
      calls: { devices: 1, loads: 1 },
    },
    {
      title: 'both directives on one field: it comes only where both let it',
      query: query('id load @include(if: $on) @skip(if: $on)'),
      data: { devices: [{ id: 'd1' }] },
      calls: { devices: 1 },
    },
    {
      title: 'wanted once and unwanted once is wanted',
      query: query('load @skip(if: $on) ... @include(if: $on) { load }'),
      data: { devices: [{ load: 5 }] },
      calls: { devices: 1, loads: 1 },
    },
    {
      title: 'a field that requires another, inside conditions inside conditions',
      query: query('... on Device @skip(if: $off) { ... @include(if: $on) { text @skip(if: $off) } }'),
      data: { devices: [{ text: 'text of core' }] },
      calls: { devices: 1, loads: 1 },
    },
    {
      title: 'nothing left at all',
      query: 'query ($off: Boolean = false) { devices @include(if: $off) { name } }',
      data: {},
      calls: {},
    },
  ],
}
