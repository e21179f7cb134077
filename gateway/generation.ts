import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'

import { type Documents, openDocuments, type Protection } from './documents.js'
import { openPlans, type Plans } from './execute/plans.js'
import type { SubgraphLink } from './links/link.js'
import { type DataSources, dataSources } from './query.js'
import { buildGraph, buildGraphMeanwhile, type Graph } from './supergraph.js'

/** Everything that belongs to one schema. A request ends on the generation it began with. */
export interface Generation {
  readonly graph: Graph
  readonly links: ReadonlyMap<string, SubgraphLink>
  readonly sources: DataSources
  readonly documents: Documents
  readonly plans: Plans
}

/** Gets ready for the next generation while the previous one still serves; what it returns runs when that ends. */
export type Prepare = (next: Generation, previous: Generation) => Promise<() => void> | (() => void)

export interface Generations {
  readonly current: Generation
  /** Everybody who keeps something of a schema (plans, streams) says here how it moves on. Returns how to leave. */
  onReplace(prepare: Prepare): () => void
  /**
   * Builds the supergraph, lets everybody prepare, and swaps at once. One replacement at a time, in order.
   * @throws Error when it is not a supergraph or something could not prepare: the current one stays.
   */
  replace(supergraph: string): Promise<void>
}

interface GenerationOptions {
  supergraph: string
  /** Which documents run, and what they may ask for. */
  protection: Protection
  /** A link to each subgraph of the graph; one that it already had is handed out again. */
  linksFor: (graph: Graph) => ReadonlyMap<string, SubgraphLink>
  log: Log
}

const sameLinks = ({ links }: Generation, other: Generation): boolean =>
  [...links].every(([name, link]) => other.links.get(name) === link)

/** @throws Error when the first supergraph is none. */
export function openGenerations({ supergraph, protection, linksFor, log }: GenerationOptions): Generations {
  const first = buildGraph(supergraph)
  // Subgraphs that join later are somebody else's.
  const own = new Set(first.subgraphs)
  const assemble = (graph: Graph): Generation => {
    const links = linksFor(graph)
    return {
      graph,
      links,
      sources: dataSources([...links.values()]),
      documents: openDocuments(graph.schema, protection, graph.supergraphSchema),
      plans: openPlans(graph, own),
    }
  }
  const prepares = new Set<Prepare>()
  let current = assemble(first)
  let work: Promise<unknown> = Promise.resolve()

  async function replace(sdl: string): Promise<void> {
    try {
      const previous = current
      const next = assemble(await buildGraphMeanwhile(sdl))
      if (next.graph.id === previous.graph.id && sameLinks(next, previous)) return
      const swaps = await Promise.all([...prepares].map((prepare) => prepare(next, previous)))
      current = next
      for (const swap of swaps) swap()
      log.info({ from: previous.graph.id, to: next.graph.id }, 'a new schema serves')
    } catch (error) {
      count('sotp_gateway_schema_refused_total')
      log.error({ err: error }, 'a new schema could not be taken, the last one stays')
      throw error
    }
  }

  return {
    get current() {
      return current
    },
    onReplace(prepare) {
      prepares.add(prepare)
      return () => prepares.delete(prepare)
    },
    replace(sdl) {
      const done = work.then(() => replace(sdl))
      work = done.catch(() => {})
      return done
    },
  }
}
