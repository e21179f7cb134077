import type { Log } from '#core/service/log.js'
import { emptyCookieJar, type RequestContext } from '#core/service/request.js'
import type { Subgraph } from '#core/service/subgraph.js'

import {
  type ClientContext,
  cookieSubgraph,
  type SubgraphLink,
  type SubgraphResult,
  unavailable,
  watchOutage,
} from './link.js'

/** A link to a subgraph that lives in this process: no HTTP, no JSON, the same rules. */
export function openLocalLink({
  subgraph,
  timeoutMs,
  log,
}: {
  subgraph: Subgraph
  timeoutMs: number
  log: Log
}): SubgraphLink {
  const { name } = subgraph
  const outage = watchOutage(name, log)
  // Loaders live for one call: a second call, an event or a read after a write, must see what is true then.
  const contextOf = (client: ClientContext): RequestContext => ({
    identity: client.identity,
    requestId: client.requestId,
    ip: client.ip,
    userAgent: client.userAgent,
    cookies: name === cookieSubgraph ? client.cookies : emptyCookieJar,
    loaders: new Map(),
  })
  return {
    name,
    async execute(request, client) {
      const startedAt = performance.now()
      let timer: NodeJS.Timeout | undefined
      const limit = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
      })
      try {
        const answer = subgraph.execute(request, contextOf(client)) as Promise<SubgraphResult>
        const result = await Promise.race([answer, limit])
        outage.answered(startedAt)
        return result
      } catch (error) {
        outage.failed(error, client.requestId)
        return unavailable(name, request)
      } finally {
        clearTimeout(timer)
      }
    },
    subscribe: (request, client) =>
      subgraph.subscribe(request, contextOf(client)) as Promise<
        AsyncGenerator<SubgraphResult> | SubgraphResult
      >,
    async [Symbol.asyncDispose]() {},
  }
}
