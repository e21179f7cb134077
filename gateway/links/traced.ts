import { describeSpan, failSpan, traced } from '#core/service/trace.js'

import type { SubgraphLink } from './link.js'

/**
 * A link whose calls are spans: which subgraph, which fetch of the plan, how many entities, and what came back. A joint
 * call of several requests belongs to the trace of the first of them.
 */
export function tracedLink(link: SubgraphLink): SubgraphLink {
  const { name } = link
  return {
    name,
    execute: (request, client) => {
      const { operationName, variables } = request
      const entities = variables?.['representations']
      const attributes = {
        'sotp.subgraph': name,
        ...(operationName !== undefined && { 'graphql.operation.name': operationName }),
        ...(Array.isArray(entities) && { 'sotp.entities': entities.length }),
      }
      const call = async () => {
        const result = await link.execute(request, client)
        if (result.errors) {
          describeSpan({ 'sotp.errors': result.errors.length })
          if (result.data === null || result.data === undefined) {
            failSpan(String(result.errors[0]?.extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'))
          }
        }
        return result
      }
      return traced(`fetch ${name}`, attributes, call, { kind: 'client' })
    },
    subscribe: (request, client) =>
      traced(`subscribe ${name}`, { 'sotp.subgraph': name }, () => link.subscribe(request, client), {
        kind: 'client',
      }),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  }
}
