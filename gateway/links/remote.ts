import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { Pool } from 'undici'
import { WebSocket } from 'ws'
import { parseSetCookie } from '#core/service/cookies.js'
import { SotpError } from '#core/service/errors.js'
import { type IdentitySigner, identityHeader } from '#core/service/identity.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import type { SubgraphRequest } from '#core/service/subgraph.js'
import {
  headerText,
  refreshCookie,
  subgraphPath,
  wireHeaders,
  wireIdentity,
} from '#core/service/subgraph-wire.js'
import { traceparentOf } from '#core/service/trace.js'
import { openBreaker } from './breaker.js'
import { openEventBuffer } from './event-buffer.js'
import { CallTimeout, callHttp, type HttpAnswer } from './http-call.js'
import {
  type ClientContext,
  cookieSubgraph,
  isMutation,
  type SubgraphLink,
  type SubgraphResult,
  unavailable,
  unavailableMessage,
  watchOutage,
} from './link.js'
import { openRetries } from './retry.js'
import { rememberSignatures } from './signatures.js'

export interface RemoteOptions {
  name: string
  /** Address of the subgraph, as `http://127.0.0.1:4001`; without a path, its GraphQL is at `/graphql`. */
  url: string
  signer: IdentitySigner
  /** Belongs to somebody else: it is not told the address and the program of whoever asks. */
  external?: boolean
  timeoutMs: number
  log: Log
}

/** A link whose subgraph can be asked whether it is there. */
export interface RemoteLink extends SubgraphLink {
  /** Resolves where the subgraph answers. @throws Error saying what is wrong */
  check(): Promise<void>
}

/** An idle WebSocket to a subgraph stays open this long for the next subscription. */
const idleMs = 5000
const connectionsMax = 64
const keepAliveMs = 30_000
const checkMs = 1500

/**
 * A link to a subgraph in another process: operations over kept-alive HTTP/1.1, subscriptions over one shared
 * WebSocket. Each operation carries the signed identity it runs for. A query that did not get through is sent once
 * more, within a budget; a subgraph that keeps failing is left alone for a moment.
 */
export function openRemoteLink(options: RemoteOptions): RemoteLink {
  const { name, url, timeoutMs, log } = options
  const { origin, pathname } = new URL(url)
  const path = pathname === '/' ? subgraphPath : pathname
  const sign = rememberSignatures(options.signer)
  const outage = watchOutage(name, log)
  const breaker = openBreaker(name, log)
  const retries = openRetries(() => count('sotp_gateway_subgraph_retries_total', { subgraph: name }))
  const pool = new Pool(origin, {
    connections: connectionsMax,
    keepAliveTimeout: keepAliveMs,
    connect: { timeout: timeoutMs },
    // A call has one time limit for all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const live = openLiveClient(options, `${origin}${path}`.replace(/^http/, 'ws'))

  async function post(request: SubgraphRequest, client: ClientContext, endsAt: number): Promise<HttpAnswer> {
    const answer = await callHttp(pool, {
      method: 'POST',
      path,
      headers: headersOf(options, await sign(client.identity), client),
      body: JSON.stringify(request),
      timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
    })
    if (answer.status !== 200) throw new BadStatus(answer)
    return answer
  }

  async function call(request: SubgraphRequest, client: ClientContext): Promise<SubgraphResult> {
    const endsAt = performance.now() + timeoutMs
    const again = isMutation(request) ? () => false : mayComeThrough
    const { headers, text } = await retries.run(() => post(request, client, endsAt), again)
    if (name === cookieSubgraph) takeCookies(headers, client)
    return parse(text)
  }

  return {
    name,
    async execute(request, client) {
      const startedAt = performance.now()
      try {
        const result = await breaker.run(() => call(request, client))
        outage.answered(startedAt)
        return result
      } catch (error) {
        outage.failed(error, client.requestId)
        return unavailable(name, request)
      }
    },
    async subscribe(request, client) {
      const extensions = {
        [wireIdentity]: await sign(client.identity),
        requestId: client.requestId,
        ...(!options.external && { clientIp: client.ip, userAgent: client.userAgent }),
        traceparent: traceparentOf(),
      }
      return stream(name, live, { ...request, extensions })
    },
    async check() {
      if (breaker.isOpen) throw new Error('its last calls failed')
      const { status } = await callHttp(pool, {
        method: 'GET',
        path: '/readyz',
        headers: {},
        timeoutMs: checkMs,
      })
      // Others than our own subgraphs may have no such page; that they answer is enough.
      if (status === 503) throw new Error('it is not ready')
    },
    async [Symbol.asyncDispose]() {
      await live.dispose()
      await pool.destroy()
    },
  }
}

class BadStatus extends Error {
  override readonly name = 'BadStatus'
  readonly status: number
  constructor({ status, text }: HttpAnswer) {
    super(`HTTP ${status}: ${text.slice(0, 200)}`)
    this.status = status
  }
}

/** Whether a query that failed like this may get through when it is sent again: it was lost on the way. */
function mayComeThrough(error: unknown): boolean {
  if (error instanceof BadStatus) return [502, 503, 504].includes(error.status)
  return !(error instanceof CallTimeout)
}

/** @throws Error when it is not an answer to a GraphQL operation. */
function parse(text: string): SubgraphResult {
  const result = JSON.parse(text) as unknown
  const isAnswer = typeof result === 'object' && result !== null && ('data' in result || 'errors' in result)
  if (!isAnswer) throw new Error('the answer is not one to a GraphQL operation')
  return result as SubgraphResult
}

function headersOf(
  { name, external = false }: RemoteOptions,
  identity: string,
  client: ClientContext,
): Record<string, string> {
  const traceparent = traceparentOf()
  const ip = external ? null : client.ip
  const userAgent = external ? null : client.userAgent
  const refresh = name === cookieSubgraph ? client.cookies.get(refreshCookie) : undefined
  return {
    'content-type': 'application/json',
    [identityHeader]: identity,
    [wireHeaders.requestId]: client.requestId,
    ...(ip && { [wireHeaders.clientIp]: ip }),
    ...(userAgent && { [wireHeaders.userAgent]: headerText(userAgent) }),
    ...(traceparent !== undefined && { [wireHeaders.traceparent]: traceparent }),
    ...(refresh !== undefined && { cookie: `${refreshCookie}=${refresh}` }),
  }
}

function takeCookies(headers: HttpAnswer['headers'], { cookies }: ClientContext): void {
  for (const header of [headers['set-cookie'] ?? []].flat()) {
    const cookie = parseSetCookie(header)
    if (cookie?.name === refreshCookie) cookies.set(cookie.name, cookie.value, cookie)
  }
}

function openLiveClient({ signer }: RemoteOptions, url: string): Client {
  return createClient({
    url,
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
