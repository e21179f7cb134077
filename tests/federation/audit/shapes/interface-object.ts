import { find, type Shape } from '../shape.js'

/**
 * `nodes` knows what kinds of node there are; `notes` adds fields to all of them without knowing any kind, one of them
 * computed from a field that only `nodes` has.
 */
const nodes = [
  { __typename: 'Router', id: 'n1', name: 'core', ports: 48 },
  { __typename: 'Server', id: 'n2', name: 'mail', cores: 8 },
]
const byId = ({ id }: { id: string }) => find(nodes, { id })

export const interfaceObject: Shape = {
  subgraphs: {
    nodes: [
      `
      type Query { nodes: [Node!]! }
      interface Node @key(fields: "id") { id: ID! name: String! }
      type Router implements Node @key(fields: "id") { id: ID! name: String! ports: Int! }
      type Server implements Node @key(fields: "id") { id: ID! name: String! cores: Int! }
      `,
      {
        Query: { nodes: () => nodes },
        Node: { __resolveReference: byId },
        Router: { __resolveReference: byId },
        Server: { __resolveReference: byId },
      },
    ],
    notes: [
      `
      type Query { noted: [Node!]! }
      type Node @interfaceObject @key(fields: "id") {
        id: ID!
        name: String! @external
        note: String
        title: String! @requires(fields: "name")
      }
      `,
      {
        Query: { noted: () => [{ id: 'n2' }, { id: 'n1' }] },
        Node: {
          __resolveReference: (key: object) => key,
          note: ({ id }: { id: string }) => (id === 'n1' ? 'loud' : null),
          title: ({ name }: { name: string }) => `the ${name}`,
        },
      },
    ],
  },
  asks: [
    {
      title: 'its fields on the interface, with the true kinds',
      query: '{ nodes { __typename id note } }',
      data: {
        nodes: [
          { __typename: 'Router', id: 'n1', note: 'loud' },
          { __typename: 'Server', id: 'n2', note: null },
        ],
      },
      calls: { nodes: 1, notes: 1 },
    },
    {
      title: 'its fields on one kind',
      query: '{ nodes { id ... on Router { ports note } } }',
      data: { nodes: [{ id: 'n1', ports: 48, note: 'loud' }, { id: 'n2' }] },
      calls: { nodes: 1, notes: 1 },
    },
    {
      title: 'a kind that is known only to the other',
      query: '{ noted { note ... on Server { cores } ... on Router { ports } } }',
      data: {
        noted: [
          { note: null, cores: 8 },
          { note: 'loud', ports: 48 },
        ],
      },
      calls: { notes: 1, nodes: 1 },
    },
    {
      title: '__typename alone, which is not `Node`',
      query: '{ noted { __typename } }',
      data: { noted: [{ __typename: 'Server' }, { __typename: 'Router' }] },
      calls: { notes: 1, nodes: 1 },
    },
    {
      title: 'a field that requires one of the interface',
      query: '{ nodes { title } noted { title } }',
      data: {
        nodes: [{ title: 'the core' }, { title: 'the mail' }],
        noted: [{ title: 'the mail' }, { title: 'the core' }],
      },
    },
  ],
}
