import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { type Schema, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import {
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  visit,
} from 'graphql'

/** One composed graph, ready for use: what clients see, and what the planner and the executor need. */
export interface Graph {
  /** SHA-256 of the supergraph's text, in hex: equal ids are equal graphs. */
  id: string
  /** SDL that @apollo/gateway accepts. */
  sdl: string
  /** Names of the subgraphs, as links must be named. */
  subgraphs: readonly string[]
  /** The schema clients see. */
  schema: GraphQLSchema
  api: Schema
  supergraphSchema: GraphQLSchema
  planner: QueryPlanner
}

/** The committed supergraph lies one folder up from the source, two from the compiled file. */
const places = ['../graphql/supergraph.graphql', '../../graphql/supergraph.graphql']

/** @throws Error when the supergraph is not where the project keeps it. */
export function readSupergraph(): string {
  const file = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url))
  if (!file) throw new Error('graphql/supergraph.graphql is missing: `npm run graphql` writes it')
  return readFileSync(file, 'utf8')
}

/** Builds a graph from a composed supergraph. @throws when it is not one. */
export function buildGraph(supergraphSdl: string): Graph {
  const steps = building(supergraphSdl)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same while others are served: it takes about a tenth of a second, and lets them through between its steps. */
export async function buildGraphMeanwhile(supergraphSdl: string): Promise<Graph> {
  const steps = building(supergraphSdl)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    await setImmediate()
  }
}

function* building(supergraphSdl: string): Generator<void, Graph, void> {
  const id = createHash('sha256').update(supergraphSdl).digest('hex')
  const sdl = withoutPurposes(supergraphSdl)
  yield
  const supergraph = Supergraph.build(sdl, { validateSupergraph: false })
  yield
  const api = supergraph.apiSchema()
  yield
  const schema = api.toGraphQLJSSchema()
  yield
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema()
  yield
  const planner = new QueryPlanner(supergraph)
  const subgraphs = supergraph.subgraphsMetadata().map(({ name }) => name)
  return { id, sdl, subgraphs, schema, api, supergraphSchema, planner }
}

/**
 * @apollo/gateway refuses to start on links that are marked `for: SECURITY`, because it does not enforce them. Here
 * the subgraphs enforce access themselves, so the mark can go.
 */
function withoutPurposes(sdl: string): string {
  const isSecurity = ({ name, value }: ConstArgumentNode) =>
    name.value === 'for' && value.kind === Kind.ENUM && value.value === 'SECURITY'
  return print(
    visit(parse(sdl, { noLocation: true }), {
      enter(node) {
        if (node.kind !== Kind.DIRECTIVE || node.name.value !== 'link') return undefined
        const given = (node as ConstDirectiveNode).arguments ?? []
        const kept = given.filter((argument) => !isSecurity(argument))
        return kept.length === given.length ? undefined : { ...node, arguments: kept }
      },
    }),
  )
}
