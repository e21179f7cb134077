import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { type DocumentNode, GraphQLError, parse, printSchema } from 'graphql'

/** A supergraph and the API schema that clients see. */
export interface Composition {
  supergraph: string
  api: string
}

/** A subgraph to compose: the address goes into the supergraph as it is. */
export interface SubgraphPart {
  name: string
  url: string
  sdl: string
}

/** Address of a subgraph whose place the gateway knows by itself. */
export const ownUrl = (name: string): string => `http://${name}.invalid/graphql`

/**
 * Composes subgraphs, or tells each fault, among them text that is no SDL. Synchronous and slow (about 100 ms for
 * SOTP's own): a process that serves uses `schema-thread`.
 */
export function composeParts(
  parts: readonly SubgraphPart[],
): { composition: Composition; faults: [] } | { composition: null; faults: string[] } {
  const faults: string[] = []
  const services = parts.flatMap(({ name, url, sdl }) => {
    const typeDefs = parsed(sdl)
    if (typeDefs instanceof GraphQLError) faults.push(`[${name}] ${typeDefs.message}`)
    return typeDefs instanceof GraphQLError ? [] : [{ name, url, typeDefs }]
  })
  if (faults.length > 0) return { composition: null, faults }
  const { supergraphSdl, errors } = composeServices(services)
  if (errors || !supergraphSdl) {
    return { composition: null, faults: (errors ?? []).map(({ message }) => message) }
  }
  const api = Supergraph.build(supergraphSdl, { validateSupergraph: false }).apiSchema().toGraphQLJSSchema()
  const composition = { supergraph: `${supergraphSdl.trim()}\n`, api: `${printSchema(api).trim()}\n` }
  return { composition, faults: [] }
}

/** Composes SOTP's own subgraphs by name. @throws Error with each composition error. */
export function compose(sdlByName: Readonly<Record<string, string>>): Composition {
  const parts = Object.entries(sdlByName).map(([name, sdl]) => ({ name, url: ownUrl(name), sdl }))
  const { composition, faults } = composeParts(parts)
  if (composition) return composition
  throw new Error(['the subgraphs do not compose:', ...faults.map((fault) => `  ${fault}`)].join('\n'))
}

function parsed(sdl: string): DocumentNode | GraphQLError {
  try {
    return parse(sdl)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}
