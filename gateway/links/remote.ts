import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { type Dispatcher, Pool } from 'undici'
import { WebSocket } from 'ws'
import { parseSetCookie } from '#core/service/cookies.js'
import { SotpError } from '#core/service/errors.js'
import { type IdentitySigner, identityHeader } from '#core/service/identity.js'
import type { Log } from '#core/service/log.js'
import type { SubgraphRequest } from '#core/service/subgraph.js'
import {
  headerText,
  refreshCookie,
  subgraphPath,
  wireHeaders,
  wireIdentity,
} from '#core/service/subgraph-wire.js'
import { traceparentOf } from '#core/service/trace.js'
import { openEventBuffer } from './event-buffer.js'
import {
  type ClientContext,
  cookieSubgraph,
  type SubgraphLink,
  type SubgraphResult,
  unavailable,
  unavailableMessage,
  watchOutage,
} from './link.js'

export interface RemoteOptions {
  name: string
  /** Origin of the subgraph, as `http://127.0.0.1:4001`. */
  url: string
  signer: IdentitySigner
  timeoutMs: number
  log: Log
}

/** An idle WebSocket to a subgraph stays open this long for the next subscription. */
const idleMs = 5000
const connectionsMax = 64

/**
 * A link to a subgraph in another process: operations over kept-alive HTTP/1.1, subscriptions over one shared
 * WebSocket. Each operation carries its user's signed identity.
 */
export function openRemoteLink(options: RemoteOptions): SubgraphLink {
  const { name, url, timeoutMs, log } = options
  const { origin } = new URL(url)
  const outage = watchOutage(name, log)
  const pool = new Pool(origin, { connections: connectionsMax, connect: { timeout: timeoutMs } })
  const live = openLiveClient(options, origin)

  async function post(request: SubgraphRequest, client: ClientContext): Promise<SubgraphResult> {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: subgraphPath,
      headers: await headersOf(options, client),
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}: ${text.slice(0, 200)}`)
    if (name === cookieSubgraph) takeCookies(headers, client)
    return JSON.parse(text) as SubgraphResult
  }

  return {
    name,
    async execute(request, client) {
      try {
        const result = await post(request, client)
        outage.answered()
        return result
      } catch (error) {
        outage.failed(error, client.requestId)
        return unavailable(name, request)
      }
    },
    async subscribe(request, client) {
      const identity = await options.signer.sign(client.identity)
      const extensions = {
        [wireIdentity]: identity,
        requestId: client.requestId,
        clientIp: client.ip,
        userAgent: client.userAgent,
        traceparent: traceparentOf(),
      }
      return stream(name, live, { ...request, extensions })
    },
    async [Symbol.asyncDispose]() {
      await live.dispose()
      await pool.destroy()
    },
  }
}

async function headersOf(
  { name, signer }: RemoteOptions,
  client: ClientContext,
): Promise<Record<string, string>> {
  const traceparent = traceparentOf()
  const refresh = name === cookieSubgraph ? client.cookies.get(refreshCookie) : undefined
  return {
    'content-type': 'application/json',
    [identityHeader]: await signer.sign(client.identity),
    [wireHeaders.requestId]: client.requestId,
    ...(client.ip && { [wireHeaders.clientIp]: client.ip }),
    ...(client.userAgent && { [wireHeaders.userAgent]: headerText(client.userAgent) }),
    ...(traceparent !== undefined && { [wireHeaders.traceparent]: traceparent }),
    ...(refresh !== undefined && { cookie: `${refreshCookie}=${refresh}` }),
  }
}

function takeCookies(headers: Dispatcher.ResponseData['headers'], { cookies }: ClientContext): void {
  for (const header of [headers['set-cookie'] ?? []].flat()) {
    const cookie = parseSetCookie(header)
    if (cookie?.name === refreshCookie) cookies.set(cookie.name, cookie.value, cookie)
  }
}

function openLiveClient({ signer }: RemoteOptions, origin: string): Client {
  return createClient({
    url: `${origin.replace(/^http/, 'ws')}${subgraphPath}`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ [wireIdentity]: await signer.sign(null) }),
    lazyCloseTimeout: idleMs,
    keepAlive: 10_000,
    // A stream that broke may have lost events: its reader must know, and ask again after its last cursor.
    retryAttempts: 0,
  })
}

function stream(
  name: string,
  live: Client,
  request: SubgraphRequest & { extensions: Record<string, unknown> },
): AsyncGenerator<SubgraphResult> {
  const { query, variables, operationName, extensions } = request
  return openEventBuffer<SubgraphResult>((buffer) =>
    live.subscribe<Record<string, unknown>>(
      { query, variables: { ...variables }, ...(operationName && { operationName }), extensions },
      {
        next: (result) => buffer.push(result as SubgraphResult),
        error: (error) => buffer.fail(asError(name, error)),
        complete: () => buffer.end(),
      },
    ),
  )
}

/** The subgraph's own refusal comes as a list of errors; all else means that it went away. */
function asError(name: string, error: unknown): Error {
  if (Array.isArray(error) && error.length > 0) {
    const [{ message, extensions }] = error as [GraphQLFormattedError]
    return new GraphQLError(message, { ...(extensions && { extensions }) })
  }
  return new SotpError('SUBGRAPH_UNAVAILABLE', { cause: error, message: unavailableMessage(name) })
}
