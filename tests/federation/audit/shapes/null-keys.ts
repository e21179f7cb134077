import { SotpError } from '#core/service/errors.js'
import { find, type Shape } from '../shape.js'

/** `b1` is whole; `b2` is unknown to the subgraph between; `b3` is unknown to the last; asking for `b4` fails. */
const known = [
  { serial: 'b1', id: '1' },
  { serial: 'b3', id: '3' },
  { serial: 'b4', id: '4' },
]
const owners: Readonly<Record<string, string>> = { 1: 'Alice' }
const slot = (serial: string) => ({ blade: { serial } })

export const nullKeys: Shape = {
  subgraphs: {
    shelf: [
      `
      type Query { slots(also: ID): [Slot!]! broken: [Slot!]! blade(serial: ID!): Blade }
      type Slot { blade: Blade }
      type Blade @key(fields: "serial") { serial: ID! }
      `,
      {
        Query: {
          slots: (_: unknown, { also }: { also?: string }) => [
            ...['b1', 'b2', 'b3'].map(slot),
            { blade: null },
            ...(also === undefined ? [] : [slot(also)]),
          ],
          broken: () => ['b1', 'b4'].map(slot),
          blade: (_: unknown, { serial }: { serial: string }) => ({ serial }),
        },
      },
    ],
    register: [
      `
      type Blade @key(fields: "serial") @key(fields: "id") { serial: ID! id: ID! }
      `,
      { Blade: { __resolveReference: ({ serial }: { serial: string }) => find(known, { serial }) } },
    ],
    people: [
      `
      type Blade @key(fields: "id") { id: ID! owner: Owner label: String! }
      type Owner { name: String! }
      `,
      {
        Blade: {
          __resolveReference: async ({ id }: { id: string }) => {
            if (id === '4') throw new SotpError('CONFLICT')
            return owners[id] === undefined ? null : { id }
          },
          owner: ({ id }: { id: string }) => ({ name: owners[id] }),
          label: ({ id }: { id: string }) => `blade ${id}`,
        },
      },
    ],
  },
  asks: [
    {
      title: 'those that are whole are whole, the others have holes',
      query: '{ slots { blade { serial owner { name } } } }',
      data: {
        slots: [
          { blade: { serial: 'b1', owner: { name: 'Alice' } } },
          { blade: { serial: 'b2', owner: null } },
          { blade: { serial: 'b3', owner: null } },
          { blade: null },
        ],
      },
      calls: { shelf: 1, register: 1, people: 1 },
    },
    {
      title: 'a field that may not be null takes its object along, and says so',
      query: '{ slots { blade { serial label } } }',
      data: {
        slots: [
          { blade: { serial: 'b1', label: 'blade 1' } },
          { blade: null },
          { blade: null },
          { blade: null },
        ],
      },
      errors: ['NOT_FOUND at slots.1.blade.label', 'NOT_FOUND at slots.2.blade.label'],
    },
    {
      title: 'nobody is asked for an entity that has no key',
      query: '{ blade(serial: "b2") { owner { name } } }',
      data: { blade: { owner: null } },
      calls: { shelf: 1, register: 1 },
    },
    {
      title: 'only the one that fails is an error',
      query: '{ broken { blade { owner { name } } } }',
      data: { broken: [{ blade: { owner: { name: 'Alice' } } }, { blade: { owner: null } }] },
      errors: ['CONFLICT at broken.1.blade'],
    },
    {
      title: 'an error stands at its place behind an entity without a key',
      query: '{ slots(also: "b4") { blade { owner { name } } } }',
      data: {
        slots: [
          { blade: { owner: { name: 'Alice' } } },
          { blade: { owner: null } },
          { blade: { owner: null } },
          { blade: null },
          { blade: { owner: null } },
        ],
      },
      errors: ['CONFLICT at slots.4.blade'],
      fault: 'it counts the entities it did not ask for',
    },
    {
      title: 'a failure does not hide that others are not there',
      query: '{ slots(also: "b4") { blade { label } } }',
      data: {
        slots: [
          { blade: { label: 'blade 1' } },
          { blade: null },
          { blade: null },
          { blade: null },
          { blade: null },
        ],
      },
      errors: [
        'CONFLICT at slots.4.blade',
        'NOT_FOUND at slots.1.blade.label',
        'NOT_FOUND at slots.2.blade.label',
      ],
      fault: 'with one error of a subgraph it no longer tells which fields could not be completed',
    },
  ],
}
