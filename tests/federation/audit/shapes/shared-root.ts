import type { Shape } from '../shape.js'

/** One object at the root, of which each subgraph has a part and none has a key. */
export const sharedRoot: Shape = {
  subgraphs: {
    clock: [
      `
      type Query { status: Status! @shareable all: [Status!]! @shareable }
      type Status { name: String! @shareable time: Time! }
      type Time { iso: String! }
      `,
      {
        Query: {
          status: () => ({ name: 'noc', time: { iso: '2026' } }),
          all: () => [{ name: 'noc', time: { iso: '2026' } }],
        },
      },
    ],
    load: [
      `
      type Query { status: Status! @shareable all: [Status!]! @shareable }
      type Status { name: String! @shareable load: Load! }
      type Load { now: Float! peak: Float! }
      `,
      {
        Query: {
          status: () => ({ name: 'noc', load: { now: 0.5, peak: 2 } }),
          all: () => [{ name: 'noc', load: { now: 0.5, peak: 2 } }],
        },
      },
    ],
  },
  asks: [
    {
      title: 'parts of all',
      query: '{ status { load { peak } name time { iso } } }',
      data: { status: { load: { peak: 2 }, name: 'noc', time: { iso: '2026' } } },
      calls: { clock: 1, load: 1 },
    },
    {
      title: 'a shared part from one of them',
      query: '{ status { name load { now } } }',
      data: { status: { name: 'noc', load: { now: 0.5 } } },
      calls: { load: 1 },
    },
    {
      title: 'in a list, and under aliases',
      query: '{ a: all { time { iso } } b: all { load { now } name } }',
      data: { a: [{ time: { iso: '2026' } }], b: [{ load: { now: 0.5 }, name: 'noc' }] },
      calls: { clock: 1, load: 1 },
    },
  ],
}
