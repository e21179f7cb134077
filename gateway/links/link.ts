import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import { Kind, OperationTypeNode, parse } from 'graphql'

import { errors } from '#core/contract/errors.js'
import type { Identity } from '#core/contract/identity.js'
import type { Log } from '#core/service/log.js'
import { count, observeSeconds } from '#core/service/metrics.js'
import type { CookieJar } from '#core/service/request.js'
import type { SubgraphRequest } from '#core/service/subgraph.js'

/** What the gateway knows of whoever sent an HTTP request or opened a WebSocket. */
export interface ClientContext {
  identity: Identity | null
  requestId: string
  ip: string | null
  userAgent: string | null
  cookies: CookieJar
  /** Where this client can subscribe: the `ws:` or `wss:` address of `/graphql`. */
  liveUrl: string
  /** What the client program says it is, at most 100 characters each; left out where it says nothing. */
  clientName?: string
  clientVersion?: string
}

export type SubgraphResult = FormattedExecutionResult<Record<string, unknown>, Record<string, unknown>>

/** The gateway's way to one subgraph, in this process or in another. */
export interface SubgraphLink extends AsyncDisposable {
  readonly name: string
  /** Never throws: a subgraph that does not answer is a result whose errors say SUBGRAPH_UNAVAILABLE. */
  execute(request: SubgraphRequest, client: ClientContext): Promise<SubgraphResult>
  /**
   * A stream of results, or one result with errors when the subgraph refused. The stream throws when the subgraph
   * goes away. Ending it (`return`) ends the subgraph's stream at once, even while it waits.
   */
  subscribe(
    request: SubgraphRequest,
    client: ClientContext,
  ): Promise<AsyncGenerator<SubgraphResult> | SubgraphResult>
}

/** Whether it writes: never shared, never sent twice. */
export const isMutation = ({ query }: SubgraphRequest): boolean => /^\s*mutation\b/.test(query)

/** Only the subgraph of this name may read and set the browser's cookies. */
export const cookieSubgraph = 'auth'

export const unavailableMessage = (name: string): string => `${errors.SUBGRAPH_UNAVAILABLE.message} (${name})`

/** Counts every call by its outcome, and logs the begin and the end of an outage, not each request that meets it. */
export function watchOutage(
  name: string,
  log: Log,
): { failed(error: unknown, requestId: string): void; answered(startedAt: number): void } {
  let since: number | undefined
  const counted = (outcome: string) => count('sotp_gateway_subgraph_calls_total', { subgraph: name, outcome })
  return {
    failed(error, requestId) {
      counted('failed')
      if (since === undefined) log.warn({ subgraph: name, requestId, err: error }, 'subgraph does not answer')
      since ??= performance.now()
    },
    answered(startedAt) {
      counted('answered')
      observeSeconds('sotp_gateway_subgraph_seconds', (performance.now() - startedAt) / 1000, {
        subgraph: name,
      })
      if (since === undefined) return
      log.info({ subgraph: name, outageMs: Math.round(performance.now() - since) }, 'subgraph answers again')
      since = undefined
    },
  }
}

/** The answer in place of one that did not come: an error for each root field asked for, else one for all entities. */
export function unavailable(name: string, { query }: SubgraphRequest): SubgraphResult {
  const error = (key?: string): GraphQLFormattedError => ({
    message: unavailableMessage(name),
    ...(key !== undefined && { path: [key] }),
    extensions: { code: 'SUBGRAPH_UNAVAILABLE', retry: true, subgraph: name },
  })
  const keys = rootKeys(query)
  return { data: null, errors: keys.length === 0 ? [error()] : keys.map(error) }
}

/** Response keys of a query's or mutation's root fields; none for entities, which have no place of their own. */
function rootKeys(query: string): string[] {
  const operation = parse(query, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  )
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return []
  return (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.name.value !== '_entities'
      ? [selection.alias?.value ?? selection.name.value]
      : [],
  )
}
