import { find, type Shape } from '../shape.js'

/** Each subgraph has a union `Target` of its own members, and one says `Host` where the other says `Target`. */
const host = { __typename: 'Host', id: 'h1', name: 'db' }
const net = { __typename: 'Net', id: 't1', prefix: '10.0.0.0/8' }
const site = { __typename: 'Site', id: 's1', city: 'Bonn' }
const reference = {
  Host: { __resolveReference: ({ id }: { id: string }) => find([host], { id }) },
  Net: { __resolveReference: ({ id }: { id: string }) => find([net], { id }) },
  Site: { __resolveReference: ({ id }: { id: string }) => find([site], { id }) },
}
const pick = (names: string) =>
  `{ ${names} { __typename ... on Host { name rank } ... on Net { prefix } ... on Site { city } } }`

export const unions: Shape = {
  subgraphs: {
    scans: [
      `
      type Query { scanned: [Target!]! first: Target @shareable }
      union Target = Host | Net
      type Host @key(fields: "id") { id: ID! name: String! @shareable }
      type Net @key(fields: "id") { id: ID! prefix: String! }
      `,
      { Query: { scanned: () => [host, net], first: () => host }, Host: reference.Host, Net: reference.Net },
    ],
    maps: [
      `
      type Query { mapped: [Target!]! first: Host @shareable }
      union Target = Host | Site
      type Host @key(fields: "id") { id: ID! name: String! @shareable rank: Int! }
      type Site @key(fields: "id") { id: ID! city: String! }
      `,
      {
        Query: { mapped: () => [site, host], first: () => host },
        Host: { ...reference.Host, rank: () => 7 },
        Site: reference.Site,
      },
    ],
  },
  asks: [
    {
      title: 'members that the answering subgraph does not know are not asked of it',
      query: pick('scanned'),
      data: {
        scanned: [
          { __typename: 'Host', name: 'db', rank: 7 },
          { __typename: 'Net', prefix: '10.0.0.0/8' },
        ],
      },
      calls: { scans: 1, maps: 1 },
    },
    {
      title: 'nor when it knows all that it may give',
      query: pick('mapped'),
      data: {
        mapped: [
          { __typename: 'Site', city: 'Bonn' },
          { __typename: 'Host', name: 'db', rank: 7 },
        ],
      },
      calls: { maps: 1 },
    },
    {
      title: 'a field that is a union here and one of its members there',
      query: pick('first'),
      data: { first: { __typename: 'Host', name: 'db', rank: 7 } },
    },
    {
      title: '__typename and nothing else',
      query: '{ mapped { __typename } scanned { __typename } }',
      data: {
        mapped: [{ __typename: 'Site' }, { __typename: 'Host' }],
        scanned: [{ __typename: 'Host' }, { __typename: 'Net' }],
      },
      calls: { scans: 1, maps: 1 },
    },
  ],
}
