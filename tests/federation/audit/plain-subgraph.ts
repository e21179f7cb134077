import { buildSubgraphSchema, type GraphQLSchemaModule } from '@apollo/subgraph'
import { execute, GraphQLError, parse, validate } from 'graphql'

import { SotpError } from '#core/service/errors.js'
import type { Subgraph, SubgraphRequest } from '#core/service/subgraph.js'

export type Resolvers = NonNullable<GraphQLSchemaModule['resolvers']>

export interface PlainSubgraph extends Subgraph {
  /** What it was asked, in order. */
  asked: SubgraphRequest[]
}

/** A subgraph straight from SDL and resolvers, as somebody else's might be: it states nothing about access. */
export function plainSubgraph(name: string, sdl: string, resolvers: Resolvers): PlainSubgraph {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }])
  const asked: SubgraphRequest[] = []
  return {
    name,
    sdl,
    schema,
    asked,
    async execute(request) {
      asked.push(request)
      const document = parse(request.query)
      // What the planner writes must be a valid operation of this subgraph, not only one that happens to run.
      const faults = validate(schema, document)
      if (faults.length > 0) return { errors: faults }
      const { variables: variableValues, operationName } = request
      const result = await execute({ schema, document, variableValues, operationName, contextValue: {} })
      return result.errors ? { ...result, errors: result.errors.map(coded) } : result
    },
    subscribe: async () => ({ errors: [new GraphQLError('There are no subscriptions here.')] }),
  }
}

/** Errors of our catalogue keep their code, as those of our own subgraphs do. */
const coded = (error: GraphQLError): GraphQLError =>
  error.originalError instanceof SotpError
    ? new GraphQLError(error.message, {
        path: error.path ?? null,
        extensions: { code: error.originalError.code },
      })
    : error
