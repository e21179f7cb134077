import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { parse, printSchema } from 'graphql'

/** A supergraph and the API schema that clients see. */
export interface Composition {
  supergraph: string
  api: string
}

/** Composes subgraph SDL by name. @throws Error with each composition error. */
export function compose(sdlByName: Readonly<Record<string, string>>): Composition {
  const result = composeServices(
    Object.entries(sdlByName).map(([name, sdl]) => ({
      name,
      typeDefs: parse(sdl),
      url: `http://${name}.invalid/graphql`,
    })),
  )
  if (result.errors || !result.supergraphSdl) {
    throw new Error(
      ['the subgraphs do not compose:', ...(result.errors ?? []).map(({ message }) => `  ${message}`)].join(
        '\n',
      ),
    )
  }
  const api = Supergraph.build(result.supergraphSdl, { validateSupergraph: false })
    .apiSchema()
    .toGraphQLJSSchema()
  return { supergraph: `${result.supergraphSdl.trim()}\n`, api: `${printSchema(api).trim()}\n` }
}
