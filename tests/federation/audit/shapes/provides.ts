import { find, type Shape } from '../shape.js'

/** `alarms` sends along what it knows of the device anyway; only what it does not know is fetched. */
const devices = [
  { id: 'd1', name: 'core', vendor: 'Acme', site: { id: 's1', city: 'Berlin' } },
  { id: 'd2', name: 'edge', vendor: 'Zeta', site: { id: 's2', city: 'Bonn' } },
]
const alarms = devices.map((device) => ({
  text: `alarm of ${device.name}`,
  device,
  source: { __typename: 'Device', ...device },
}))

export const provides: Shape = {
  subgraphs: {
    devices: [
      `
      interface Source { id: ID! name: String! }
      type Device implements Source @key(fields: "id") {
        id: ID! name: String! @shareable vendor: String! site: Site! @shareable
      }
      type Site @key(fields: "id") { id: ID! city: String! @shareable }
      `,
      { Device: { __resolveReference: ({ id }: { id: string }) => find(devices, { id }) } },
    ],
    alarms: [
      `
      type Query {
        alarms: [Alarm!]! @provides(fields: "device { name site { city } }")
        plain: [Alarm!]!
        sources: [Noise!]!
      }
      type Alarm { text: String! device: Device! }
      type Noise { source: Source! @provides(fields: "... on Device { name }") }
      interface Source { id: ID! name: String! }
      type Device implements Source @key(fields: "id") { id: ID! name: String! @external site: Site! @external }
      type Site @key(fields: "id") { id: ID! city: String! @external }
      `,
      {
        Query: {
          alarms: () => alarms,
          // Without the promise it must not be asked for a name: it would say nothing.
          plain: () => alarms.map(({ text, device: { id } }) => ({ text, device: { id } })),
          sources: () => alarms,
        },
        Device: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
      },
    ],
  },
  asks: [
    {
      title: 'what is provided is not fetched',
      query: '{ alarms { text device { name site { city } } } }',
      data: {
        alarms: [
          { text: 'alarm of core', device: { name: 'core', site: { city: 'Berlin' } } },
          { text: 'alarm of edge', device: { name: 'edge', site: { city: 'Bonn' } } },
        ],
      },
      calls: { alarms: 1 },
    },
    {
      title: 'what is not, is',
      query: '{ alarms { device { name vendor } } }',
      data: {
        alarms: [{ device: { name: 'core', vendor: 'Acme' } }, { device: { name: 'edge', vendor: 'Zeta' } }],
      },
      calls: { alarms: 1, devices: 1 },
    },
    {
      title: 'a promise of one field holds for no other',
      query: '{ plain { device { name site { city } } } }',
      data: {
        plain: [
          { device: { name: 'core', site: { city: 'Berlin' } } },
          { device: { name: 'edge', site: { city: 'Bonn' } } },
        ],
      },
      calls: { alarms: 1, devices: 1 },
    },
    {
      title: 'behind an interface',
      query: '{ sources { source { ... on Device { name } } } }',
      data: { sources: [{ source: { name: 'core' } }, { source: { name: 'edge' } }] },
      calls: { alarms: 1 },
    },
  ],
}
