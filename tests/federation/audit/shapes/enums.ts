import { find, type Shape } from '../shape.js'

/**
 * A value that may go in must be known to every subgraph that takes it; one that comes out, to any that gives it. One
 * value is for subgraphs only.
 */
const ports = [
  { id: 'p1', state: 'UP', duplex: 'FULL' },
  { id: 'p2', state: 'TESTING', duplex: 'HALF' },
  { id: 'p3', state: 'SECRET', duplex: 'FULL' },
]

export const enums: Shape = {
  subgraphs: {
    ports: [
      `
      type Query { ports(duplex: Duplex, where: Where): [Port!]! }
      enum State { UP DOWN SECRET @inaccessible }
      enum Duplex { FULL HALF AUTO }
      input Where { id: ID! vlan: Int }
      type Port @key(fields: "id") { id: ID! state: State }
      `,
      {
        Query: {
          ports: (_: unknown, { duplex, where }: { duplex?: string; where?: { id: string } }) =>
            ports
              .filter(
                (port) => (duplex ? port.duplex === duplex : true) && (where ? port.id === where.id : true),
              )
              .map(({ id, state }) => ({ id, state: state === 'TESTING' ? 'DOWN' : state })),
        },
      },
    ],
    tests: [
      `
      type Query { tests(duplex: Duplex, where: Where): Int! }
      enum State { UP TESTING }
      enum Duplex { FULL HALF }
      input Where { id: ID! }
      type Port @key(fields: "id") { id: ID! tested: State }
      `,
      {
        Query: { tests: () => 3 },
        Port: {
          __resolveReference: ({ id }: { id: string }) => find(ports, { id }),
          tested: ({ state }: { state: string }) => (state === 'SECRET' ? null : state),
        },
      },
    ],
  },
  asks: [
    {
      title: 'values of either come out',
      query: '{ ports(duplex: HALF) { id state tested } }',
      data: { ports: [{ id: 'p2', state: 'DOWN', tested: 'TESTING' }] },
      calls: { ports: 1, tests: 1 },
    },
    {
      title: 'what all of them know may go in',
      query: 'query ($where: Where) { ports(where: $where) { state } }',
      variables: { where: { id: 'p1' } },
      data: { ports: [{ state: 'UP' }] },
      calls: { ports: 1 },
    },
    {
      title: 'a value that one of them does not know may not',
      query: '{ ports(duplex: AUTO) { id } }',
      data: null,
      errors: ['GRAPHQL_VALIDATION_FAILED at '],
      calls: {},
    },
    {
      title: 'nor a field of an input',
      query: 'query ($where: Where) { ports(where: $where) { id } }',
      variables: { where: { id: 'p1', vlan: 7 } },
      data: null,
      errors: ['BAD_USER_INPUT at '],
      calls: {},
    },
    {
      title: 'a value that is not for clients becomes null, with an error in its place',
      query: '{ ports(where: { id: "p3" }) { id state } }',
      data: { ports: [{ id: 'p3', state: null }] },
      errors: ['NOT_FOUND at ports.0.state'],
      calls: { ports: 1 },
    },
  ],
}
