import { find, type Shape } from '../shape.js'

/**
 * `racks` knows a rack by its site and unit, `assets` by a serial number, and only `plan` knows both; a list of racks is
 * itself an entity, whose key holds the keys of all of them.
 */
const racks = [
  { serial: 's1', site: { code: 'ber' }, unit: 1, height: 42, owner: 'ops' },
  { serial: 's2', site: { code: 'ber' }, unit: 2, height: 21, owner: 'lab' },
]
const byPlace = ({ site, unit }: { site: { code: string }; unit: number }) =>
  racks.find((rack) => rack.site.code === site.code && rack.unit === unit) ?? null

export const complexKeys: Shape = {
  subgraphs: {
    racks: [
      `
      type Query { racks: [Rack!]! row: Row! }
      type Rack @key(fields: "site { code } unit") { site: Site! unit: Int! height: Int! }
      type Site { code: ID! @shareable }
      type Row @key(fields: "racks { site { code } unit }") { racks: [Rack!]! @shareable }
      `,
      {
        Query: { racks: () => racks, row: () => ({ racks }) },
        Rack: { __resolveReference: byPlace },
      },
    ],
    plan: [
      `
      type Rack @key(fields: "site { code } unit") @key(fields: "serial") { site: Site! unit: Int! serial: ID! }
      type Site { code: ID! @shareable }
      `,
      {
        Rack: {
          __resolveReference: (key: { serial?: string; site: { code: string }; unit: number }) =>
            key.serial === undefined ? byPlace(key) : find(racks, { serial: key.serial }),
        },
      },
    ],
    assets: [
      `
      type Rack @key(fields: "serial") { serial: ID! owner: String }
      `,
      { Rack: { __resolveReference: ({ serial }: { serial: string }) => find(racks, { serial }) } },
    ],
    power: [
      `
      type Row @key(fields: "racks { site { code } unit }") { racks: [Rack!]! @shareable watts: Int! }
      type Rack @key(fields: "site { code } unit") { site: Site! unit: Int! }
      type Site { code: ID! @shareable }
      `,
      {
        Row: {
          __resolveReference: (row: object) => row,
          watts: (row: { racks: { unit: number }[] }) =>
            row.racks.reduce((sum, { unit }) => sum + unit * 100, 0),
        },
      },
    ],
  },
  asks: [
    {
      title: 'a field two keys away',
      query: '{ racks { height owner } }',
      data: {
        racks: [
          { height: 42, owner: 'ops' },
          { height: 21, owner: 'lab' },
        ],
      },
      calls: { racks: 1, plan: 1, assets: 1 },
    },
    {
      title: 'an entity whose key is a list of entities',
      query: '{ row { watts racks { unit owner } } }',
      data: {
        row: {
          watts: 300,
          racks: [
            { unit: 1, owner: 'ops' },
            { unit: 2, owner: 'lab' },
          ],
        },
      },
      calls: { racks: 1, plan: 1, assets: 1, power: 1 },
    },
  ],
}
