import { find, type Shape } from '../shape.js'

/** `billing` needs a port's load in a unit of its own, and of its module only what that module is. */
const ports = [
  { id: 'p1', watts: 10, module: { __typename: 'Fibre', wavelength: 1310 } },
  { id: 'p2', watts: 20, module: { __typename: 'Copper', metres: 30 } },
  { id: 'p3', watts: 30, module: null },
]

export const requiresArguments: Shape = {
  subgraphs: {
    ports: [
      `
      type Query { ports: [Port!]! }
      enum Unit { WATT MILLIWATT }
      interface Module { label: String }
      type Fibre implements Module { label: String wavelength: Int! }
      type Copper implements Module { label: String metres: Int! }
      type Port @key(fields: "id") { id: ID! load(unit: Unit! = WATT): Int! module: Module }
      `,
      {
        Query: { ports: () => ports },
        Port: {
          __resolveReference: ({ id }: { id: string }) => find(ports, { id }),
          load: ({ watts }: { watts: number }, { unit }: { unit: string }) =>
            unit === 'WATT' ? watts : watts * 1000,
        },
      },
    ],
    billing: [
      `
      enum Unit { WATT MILLIWATT }
      interface Module { label: String }
      type Fibre implements Module @external { label: String wavelength: Int! }
      type Copper implements Module @external { label: String metres: Int! }
      type Port @key(fields: "id") {
        id: ID!
        load(unit: Unit! = WATT): Int! @external
        module: Module @external
        cost: Int! @requires(fields: "load(unit: MILLIWATT)")
        rate: Int! @requires(fields: "load(unit: WATT)")
        cable: String @requires(fields: "module { ... on Fibre { wavelength } ... on Copper { metres } }")
      }
      `,
      {
        Port: {
          __resolveReference: (port: object) => port,
          cost: ({ load }: { load: number }) => load * 2,
          rate: ({ load }: { load: number }) => load,
          cable: ({ module }: { module: { wavelength?: number; metres?: number } | null }) =>
            module && (module.wavelength === undefined ? `${module.metres} m` : `${module.wavelength} nm`),
        },
      },
    ],
  },
  asks: [
    {
      title: 'another argument for the client than is required',
      query: '{ ports { id load cost } }',
      data: {
        ports: [
          { id: 'p1', load: 10, cost: 20_000 },
          { id: 'p2', load: 20, cost: 40_000 },
          { id: 'p3', load: 30, cost: 60_000 },
        ],
      },
      calls: { ports: 1, billing: 1 },
    },
    {
      title: 'different arguments that two fields require of the same one',
      query: '{ ports { cost rate } }',
      data: {
        ports: [
          { cost: 20_000, rate: 10 },
          { cost: 40_000, rate: 20 },
          { cost: 60_000, rate: 30 },
        ],
      },
      fault: 'it asks once, with the arguments of one of them',
    },
    {
      title: 'an argument of a required field',
      query: '{ ports { cost } }',
      data: { ports: [{ cost: 20_000 }, { cost: 40_000 }, { cost: 60_000 }] },
      calls: { ports: 1, billing: 1 },
    },
    {
      title: 'fragments of a required field, and null where there is nothing to require',
      query: '{ ports { id cable } }',
      data: {
        ports: [
          { id: 'p1', cable: '1310 nm' },
          { id: 'p2', cable: '30 m' },
          { id: 'p3', cable: null },
        ],
      },
      calls: { ports: 1, billing: 1 },
    },
    {
      title:
        'the same field asked for by the client, under the same argument and under an alias with another',
      query: '{ ports { load(unit: MILLIWATT) watts: load(unit: WATT) cost } }',
      data: {
        ports: [
          { load: 10_000, watts: 10, cost: 20_000 },
          { load: 20_000, watts: 20, cost: 40_000 },
          { load: 30_000, watts: 30, cost: 60_000 },
        ],
      },
    },
  ],
}
