import { find, type Shape } from '../shape.js'

/** Interfaces of interfaces, and fragments within fragments, over entities whose fields lie in two subgraphs. */
const items = [
  { __typename: 'Switch', id: 'i1', name: 'sw', ports: 24, price: 500, parts: ['i2', 'i3'] },
  { __typename: 'Fan', id: 'i2', name: 'fan', rpm: 3000, price: 20, parts: [] },
  { __typename: 'Supply', id: 'i3', name: 'psu', watts: 650, price: 80, parts: [] },
]
type Item = (typeof items)[number]
const byId = ({ id }: { id: string }) => find(items, { id })
const parts = ({ parts: ids }: Item) => ids.map((id) => byId({ id }))
const fields = 'id: ID! name: String! parts: [Item!]!'

export const abstractFragments: Shape = {
  subgraphs: {
    items: [
      `
      type Query { items: [Item!]! item(id: ID!): Item }
      interface Item { ${fields} }
      interface Spare implements Item { ${fields} }
      type Switch implements Item @key(fields: "id") { ${fields} ports: Int! }
      type Fan implements Item & Spare @key(fields: "id") { ${fields} rpm: Int! }
      type Supply implements Item & Spare @key(fields: "id") { ${fields} watts: Int! }
      `,
      {
        Query: { items: () => items, item: (_: unknown, key: { id: string }) => byId(key) },
        Switch: { __resolveReference: byId, parts },
        Fan: { __resolveReference: byId, parts },
        Supply: { __resolveReference: byId, parts },
      },
    ],
    shop: [
      `
      interface Priced { price: Int! }
      type Switch implements Priced @key(fields: "id") { id: ID! price: Int! }
      type Fan implements Priced @key(fields: "id") { id: ID! price: Int! }
      type Supply @key(fields: "id") { id: ID! price: Int! }
      `,
      {
        Switch: { __resolveReference: byId },
        Fan: { __resolveReference: byId },
        Supply: { __resolveReference: byId },
      },
    ],
  },
  asks: [
    {
      title: 'a field of another subgraph for some of the kinds, in one call',
      query: '{ items { name ... on Switch { price } ... on Supply { price } } }',
      data: { items: [{ name: 'sw', price: 500 }, { name: 'fan' }, { name: 'psu', price: 80 }] },
      calls: { items: 1, shop: 1 },
    },
    {
      title: 'an interface that only the other subgraph has',
      query: '{ items { id ... on Priced { price } } }',
      data: { items: [{ id: 'i1', price: 500 }, { id: 'i2', price: 20 }, { id: 'i3' }] },
      calls: { items: 1, shop: 1 },
    },
    {
      title: 'fragments within fragments, and the same field twice',
      query: `
        query { item(id: "i1") { ...Whole parts { ...Whole } } }
        fragment Whole on Item { __typename ...Kind ... on Spare { name ... on Fan { rpm price } } }
        fragment Kind on Item { name ... on Switch { ports } ... on Supply { watts price } }
      `,
      data: {
        item: {
          __typename: 'Switch',
          name: 'sw',
          ports: 24,
          parts: [
            { __typename: 'Fan', name: 'fan', rpm: 3000, price: 20 },
            { __typename: 'Supply', name: 'psu', watts: 650, price: 80 },
          ],
        },
      },
      calls: { items: 1, shop: 1 },
    },
    {
      title: 'one alias for different fields of different kinds',
      query:
        '{ items { ... on Switch { size: ports } ... on Fan { size: rpm } ... on Supply { size: price } } }',
      data: { items: [{ size: 24 }, { size: 3000 }, { size: 80 }] },
      calls: { items: 1, shop: 1 },
    },
  ],
}
