import { compose } from '#deploy/graph/compose.js'

/** As the product's own subgraphs begin. */
const head = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@listSize", "@composeDirective"])
  @link(url: "https://sotp.dev/access/v1.0", import: ["@access"])
  @composeDirective(name: "@access")
directive @access(permission: String!, personal: Boolean! = false) repeatable on FIELD_DEFINITION
`
const inventory = '@access(permission: "device.read")'
const telemetry = '@access(permission: "telemetry.read")'

/** The bench's own graph: a list in one subgraph, figures of its entities in a second, events in a third. */
export const typeDefs = {
  inventory: `${head}
    type Query { devices(first: Int!): [Device!]! @listSize(slicingArguments: ["first"]) ${inventory} }
    type Device @key(fields: "id") { id: ID! ${inventory} name: String! ${inventory} site: Site! ${inventory} }
    type Site { name: String! ${inventory} }`,
  telemetry: `${head}
    type Device @key(fields: "id") { id: ID! ${telemetry} cpu: Float! ${telemetry} status: String! ${telemetry} }`,
  events: `${head}
    type Query { lastSeq: Int! ${telemetry} }
    type Subscription { deviceChanged: DeviceChange! ${telemetry} }
    type DeviceChange { seq: Int! note: String! state: DeviceState! device: Device! }
    type DeviceState {
      reachability: String! reason: String! since: Float! lastPolledAt: Float! rttMs: Float lossRatio: Float
      jitterMs: Float cpuRatio: Float memoryRatio: Float uptimeSeconds: Float
    }
    type Device @key(fields: "id", resolvable: false) { id: ID! ${telemetry} }`,
} as const

export type SubgraphName = keyof typeof typeDefs
export type Origins = Readonly<Record<SubgraphName, string>>

/** The composed graph, with the subgraphs where they really are. */
export function supergraphOf(origins: Origins): string {
  let { supergraph } = compose(typeDefs)
  for (const [name, origin] of Object.entries(origins)) {
    supergraph = supergraph.replaceAll(`http://${name}.invalid`, origin)
  }
  return supergraph
}

const listQuery = 'query ($n: Int!) { devices(first: $n) { id name site { name } cpu status } }'

/** Ten requests that differ in their variables, from `from` to `from + 9` entities each. */
export const listRequests = (from: number): string[] =>
  Array.from({ length: 10 }, (_, n) => JSON.stringify({ query: listQuery, variables: { n: from + n } }))

const state =
  'state { reachability reason since lastPolledAt rttMs lossRatio jitterMs cpuRatio memoryRatio uptimeSeconds }'

/** Events whose every answer needs two further subgraphs. */
export const joinedEvents = `subscription { deviceChanged { seq ${state} device { id name site { name } cpu status } } }`
/** Events that need no other subgraph. */
export const plainEvents = `subscription { deviceChanged { seq ${state} device { id } } }`
/** The same with a note, as long as the emitter makes it. */
export const longEvents = 'subscription { deviceChanged { seq note } }'
