import { find, type Shape } from '../shape.js'

/** `new` has taken fields over from `old`, which still has them, with other values. */
const devices = [{ id: 'd1', name: 'core', grade: 'good' }]

export const override: Shape = {
  subgraphs: {
    old: [
      `
      type Query { devices: [Device!]! health: String! }
      type Device @key(fields: "id") { id: ID! name: String! grade: String! }
      `,
      {
        Query: {
          devices: () => devices.map(({ id }) => ({ id, name: 'OLD', grade: 'OLD' })),
          health: () => 'OLD',
        },
        Device: { __resolveReference: ({ id }: { id: string }) => ({ id, name: 'OLD', grade: 'OLD' }) },
      },
    ],
    new: [
      `
      type Query { health: String! @override(from: "old") }
      type Device @key(fields: "id") {
        id: ID!
        name: String! @override(from: "old")
        grade: String! @override(from: "old") @requires(fields: "score")
        score: Int! @external
      }
      `,
      {
        Query: { health: () => 'new' },
        Device: {
          __resolveReference: (key: { id: string }) => ({ ...find(devices, { id: key.id }), ...key }),
          grade: ({ score }: { score: number }) => (score > 5 ? 'good' : 'bad'),
        },
      },
    ],
    scores: [
      'type Device @key(fields: "id") { id: ID! score: Int! }',
      { Device: { __resolveReference: (key: object) => key, score: () => 9 } },
    ],
  },
  asks: [
    {
      title: 'a field of an entity',
      query: '{ devices { name } }',
      data: { devices: [{ name: 'core' }] },
      calls: { old: 1, new: 1 },
    },
    { title: 'a root field', query: '{ health }', data: { health: 'new' }, calls: { new: 1 } },
    {
      title: 'a field that now requires another',
      query: '{ devices { grade id } }',
      data: { devices: [{ grade: 'good', id: 'd1' }] },
      calls: { old: 1, new: 1, scores: 1 },
    },
  ],
}
