import type { Shape } from '../shape.js'

/** A counter and a log in different subgraphs: every change must see all those before it. */
let count = 0
const log: string[] = []
const note = (text: string): number => log.push(`${text} ${count}`)
/** Slow enough that the next would overtake it, were it not held back. */
const later = () => new Promise((resolve) => setTimeout(resolve, 20))

export const mutations: Shape = {
  subgraphs: {
    counter: [
      `
      type Query { count: Int! }
      type Mutation { add(by: Int!): Counter! multiply(by: Int!): Counter! }
      type Counter @key(fields: "id") { id: ID! value: Int! }
      `,
      {
        Query: { count: () => count },
        Mutation: {
          add: async (_: unknown, { by }: { by: number }) => {
            await later()
            count += by
            return { id: 'c', value: count }
          },
          multiply: async (_: unknown, { by }: { by: number }) => {
            await later()
            count *= by
            return { id: 'c', value: count }
          },
        },
      },
    ],
    log: [
      `
      type Mutation { note(text: String!): Int! fail: Int }
      type Counter @key(fields: "id") { id: ID! lines: Int! }
      `,
      {
        Mutation: {
          note: async (_: unknown, { text }: { text: string }) => {
            await later()
            return note(text)
          },
          fail: () => {
            throw new Error('secret internals')
          },
        },
        Counter: { __resolveReference: (key: object) => key, lines: () => log.length },
      },
    ],
  },
  asks: [
    {
      title: 'one after the other, in the order of the document',
      query:
        'mutation { a: add(by: 2) { value lines } n: note(text: "after add") b: multiply(by: 10) { value lines } c: add(by: 1) { value } }',
      data: { a: { value: 2, lines: 0 }, n: 1, b: { value: 20, lines: 1 }, c: { value: 21 } },
    },
    {
      title: 'a failure leaves what was before and what comes after in place',
      query: 'mutation { before: add(by: 1) { value } fail after: add(by: 1) { value } n: note(text: "x") }',
      data: { before: { value: 22 }, fail: null, after: { value: 23 }, n: 2 },
      errors: ['INTERNAL_SERVER_ERROR at fail'],
    },
    { title: 'each took place once', query: '{ count }', data: { count: 23 }, calls: { counter: 1 } },
  ],
}
