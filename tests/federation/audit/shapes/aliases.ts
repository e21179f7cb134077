import { SotpError } from '#core/service/errors.js'
import { find, type Shape } from '../shape.js'

/** Aliases that take the names of keys, of required fields, and of what every object inherits. */
const devices = [
  { id: 'd1', name: 'core', load: 5 },
  { id: 'd2', name: 'edge', load: 6 },
]
const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
/** JSON.parse makes `__proto__` a property like others, as an object literal does not. */
const own = (names: string[], value: unknown): unknown =>
  JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`)

export const aliases: Shape = {
  subgraphs: {
    devices: [
      'type Query { devices: [Device!]! } type Device @key(fields: "id") { id: ID! name: String! }',
      {
        Query: { devices: () => devices },
        Device: { __resolveReference: ({ id }: { id: string }) => find(devices, { id }) },
      },
    ],
    loads: [
      `
      type Device @key(fields: "id") {
        id: ID!
        name: String! @external
        load: Int!
        peer: Device
        text: String! @requires(fields: "name")
        broken: Int
      }
      `,
      {
        Device: {
          __resolveReference: (key: { id: string }) => ({ ...find(devices, { id: key.id }), ...key }),
          peer: ({ id }: { id: string }) => find(devices, { id: id === 'd1' ? 'd2' : 'd1' }),
          text: ({ name }: { name: string }) => `text of ${name}`,
          broken: () => {
            throw new SotpError('CONFLICT')
          },
        },
      },
    ],
  },
  asks: [
    {
      title: 'the name of the key for another field',
      query: '{ devices { id: name load } }',
      data: {
        devices: [
          { id: 'core', load: 5 },
          { id: 'edge', load: 6 },
        ],
      },
      calls: { devices: 1, loads: 1 },
    },
    {
      title: 'the name of a required field for another, and the other way round',
      query: '{ devices { name: load load: name text } }',
      data: {
        devices: [
          { name: 5, load: 'core', text: 'text of core' },
          { name: 6, load: 'edge', text: 'text of edge' },
        ],
      },
      calls: { devices: 1, loads: 1 },
    },
    {
      title: 'the name of `__typename` for another field, and another name for it',
      query: '{ devices { __typename: name type: __typename load } }',
      data: {
        devices: [
          { __typename: 'core', type: 'Device', load: 5 },
          { __typename: 'edge', type: 'Device', load: 6 },
        ],
      },
      calls: { devices: 1, loads: 1 },
    },
    {
      title:
        'the name of the key, in fragments and around entities of another subgraph, and in the path of an error',
      query: `
        { id: devices { ...Own peer { ... on Device { id: name text } } id: broken } }
        fragment Own on Device { name: id load }
      `,
      data: {
        id: [
          { name: 'd1', load: 5, peer: { id: 'edge', text: 'text of edge' }, id: null },
          { name: 'd2', load: 6, peer: { id: 'core', text: 'text of core' }, id: null },
        ],
      },
      errors: ['CONFLICT at id.0.id', 'CONFLICT at id.1.id'],
    },
    {
      title: 'names that every object inherits, for values',
      query: `{ devices { ${inherited.map((name) => `${name}: load`).join(' ')} } }`,
      data: { devices: [own(inherited, 5), own(inherited, 6)] },
    },
    {
      title: 'names that every object inherits, for entities of another subgraph',
      query: `{ devices { ${inherited.map((name) => `${name}: peer { name }`).join(' ')} } }`,
      data: { devices: [own(inherited, { name: 'edge' }), own(inherited, { name: 'core' })] },
    },
    {
      title: 'and the object that all inherit from is what it was',
      query: '{ __typename }',
      data: { __typename: 'Query' },
      calls: {},
    },
  ],
}
