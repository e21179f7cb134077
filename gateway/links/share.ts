import { count } from '#core/service/metrics.js'
import { emptyCookieJar } from '#core/service/request.js'
import type { SubgraphRequest } from '#core/service/subgraph.js'

import { openFlights } from '../execute/flights.js'
import { copy } from './copy.js'
import {
  type ClientContext,
  cookieSubgraph,
  isMutation,
  type SubgraphLink,
  type SubgraphResult,
} from './link.js'
import { rightsKey } from './rights.js'

/**
 * Identical queries to a subgraph that are under way at the same time, for the same rights, become one where the later began
 * within `shareMs`. A mutation ends that for all that began before it was answered.
 */
export function shareCalls(link: SubgraphLink, shareMs: number): SubgraphLink {
  const { name } = link
  const flights = openFlights<SubgraphResult>(shareMs)

  /** Who is nobody but has an address and cookies may be told something of their own. */
  const mayShare = ({ identity, cookies }: ClientContext) =>
    cookies === emptyCookieJar || (identity !== null && name !== cookieSubgraph)

  async function mutate(request: SubgraphRequest, client: ClientContext): Promise<SubgraphResult> {
    const result = await link.execute(request, client)
    flights.close()
    return result
  }

  return {
    name,
    execute(request, client) {
      if (isMutation(request)) return mutate(request, client)
      if (!mayShare(client)) return link.execute(request, client)
      const query = withoutName(request.query)
      // The executor writes variables in one order, so that equal ones have equal texts.
      const key = `${rightsKey(client.identity)}\n${JSON.stringify(request.variables ?? {})}\n${query}`
      const { value, joined } = flights.join(key, () => link.execute(request, client))
      if (!joined) return value
      count('sotp_gateway_shared_calls_total', { subgraph: name })
      // The copy is made before whoever began goes on to write into the result.
      return value.then(copy)
    },
    subscribe: (request, client) => link.subscribe(request, client),
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  }
}

/** The planner names each fetch after its operation; without the name, equal fetches of all operations are equal. */
export const withoutName = (query: string): string => query.replace(/^query\s+\w+/, 'query')
