import { find, type Shape } from '../shape.js'

/** A price needs a class, which needs a speed: three subgraphs in a row, and back to the first for what it requires. */
const links = [
  { id: 'l1', speed: 10, length: 2 },
  { id: 'l2', speed: 100, length: 3 },
]

export const requiresChain: Shape = {
  subgraphs: {
    links: [
      `
      type Query { links: [Link!]! }
      type Link @key(fields: "id") {
        id: ID!
        speed: Int!
        length: Int!
        price: Int! @external
        offer: String! @requires(fields: "price")
      }
      `,
      {
        Query: { links: () => links },
        Link: {
          __resolveReference: (key: { id: string }) => ({ ...find(links, { id: key.id }), ...key }),
          offer: ({ price }: { price: number }) => `for ${price}`,
        },
      },
    ],
    classes: [
      `
      type Link @key(fields: "id") {
        id: ID!
        speed: Int! @external
        class: String! @requires(fields: "speed")
      }
      `,
      {
        Link: {
          __resolveReference: (key: object) => key,
          class: ({ speed }: { speed: number }) => (speed >= 100 ? 'fast' : 'slow'),
        },
      },
    ],
    prices: [
      `
      type Link @key(fields: "id") {
        id: ID!
        class: String! @external
        length: Int! @external
        price: Int! @requires(fields: "class length")
      }
      `,
      {
        Link: {
          __resolveReference: (key: object) => key,
          price: (link: { class: string; length: number }) => (link.class === 'fast' ? 10 : 1) * link.length,
        },
      },
    ],
  },
  asks: [
    {
      title: 'three in a row',
      query: '{ links { price } }',
      data: { links: [{ price: 2 }, { price: 30 }] },
      calls: { links: 1, classes: 1, prices: 1 },
    },
    {
      title: 'and back to where it began',
      query: '{ links { offer id } }',
      data: {
        links: [
          { offer: 'for 2', id: 'l1' },
          { offer: 'for 30', id: 'l2' },
        ],
      },
      calls: { links: 2, classes: 1, prices: 1 },
    },
  ],
}
