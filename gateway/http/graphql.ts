import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLFormattedError } from 'graphql'
import { errors } from '#core/contract/errors.js'
import type { Authenticator } from '#core/service/authenticator.js'
import { SotpError } from '#core/service/errors.js'
import { BodyTooLarge, readJson } from '#core/service/http.js'
import type { Log } from '#core/service/log.js'

import { isSubscription } from '../documents.js'
import type { Answer, Operation } from '../execute/executor.js'
import type { Generations } from '../generation.js'
import { clientOf, type HttpClient, originAllowed } from '../identity.js'
import { type Admission, admitRequest, costHeader } from '../limits/admission.js'
import type { Rate } from '../limits/rate.js'
import { isInternal, logInternal, present, presentThrown, statusOf, traceable } from '../present.js'
import { headerMap, type QueryServer } from '../query.js'
import { type LiveParts, streamResponse, streamResult } from './live-response.js'
import { type MediaType, mediaTypeFor } from './media-type.js'
import { multipart, wantsParts } from './multipart.js'
import { eventStream, lastEventId, wantsEvents } from './sse.js'

/** Room for an import of thousands of devices as one variable. */
const bodyBytesMax = 10 * 1024 * 1024
/** Who is not signed in has nothing to import. */
const anonymousBytesMax = 256 * 1024

export interface GraphqlHandler {
  generations: Generations
  queries: QueryServer
  rate: Rate
  live: LiveParts
  /** Origins beside our own whose pages may use the graph. */
  origins: ReadonlySet<string>
  authenticator: Authenticator
  trustProxy: boolean
  log: Log
}

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

/**
 * Answers one GraphQL request over HTTP. What every client sends, a POST of JSON with a document, is answered here; all
 * else, and everything that is not a GraphQL request, by @apollo/server, with the same errors and headers.
 */
export async function answerGraphql(
  handler: GraphqlHandler,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const exchange = { request, response }
  try {
    if (isForeign(request, handler.origins)) throw new SotpError('FORBIDDEN', { message: foreign })
    const client = await clientOf(request, requestId, handler)
    const bytesMax = client.identity ? bodyBytesMax : anonymousBytesMax
    const body = request.method === 'POST' ? await readJson(request, bytesMax) : undefined
    const asked = request.method === 'GET' ? searchOf(request) : body
    const events = wantsEvents(request)
    const endless = events || wantsParts(request)
    const operation = admit(handler, asked, client, endless)
    if (
      operation &&
      (events || (endless && 'operation' in operation && isSubscription(operation.operation)))
    ) {
      return await answerLive(handler, { ...exchange, client }, operation)
    }
    if (operation && 'refused' in operation) {
      return answer(exchange, statusOf(operation.refused), operation.refused)
    }
    if (operation) response.setHeader('x-sotp-cost', costHeader(operation))
    const type = mediaTypeFor(request.headers.accept)
    if (operation && type && request.method === 'POST' && isOrdinary(body)) {
      const ran = await handler.queries.answer(operation, client)
      return send(exchange, client, type, ran)
    }
    await serve(handler, { ...exchange, body, client, operation })
  } catch (error) {
    answerThrown(error, handler, requestId, exchange)
  }
}

type Admitted = Operation & Admission

/** The operation with all it takes to run it, or why it may not; undefined when no document came. */
function admit(
  { generations, rate }: GraphqlHandler,
  asked: unknown,
  client: HttpClient,
  endless: boolean,
): Admitted | { refused: GraphQLFormattedError[] } | undefined {
  if (Array.isArray(asked)) return { refused: [batch] }
  if (!isRecord(asked)) return undefined
  const generation = generations.current
  const { documents } = generation
  const admission = admitRequest({ documents, rate }, asked, client)
  if (!admission) return undefined
  if ('refused' in admission)
    return { refused: admission.refused.map((error) => present(error.toJSON(), error)) }
  if (isSubscription(admission.operation) && !endless) {
    const http = client.liveUrl.replace(/^ws/, 'http')
    const message = `${errors.SUBSCRIPTION_TRANSPORT.message} WebSocket: ${client.liveUrl}; server-sent events: ${http} with "Accept: text/event-stream".`
    return { refused: [{ message, extensions: { code: 'SUBSCRIPTION_TRANSPORT', retry: false } }] }
  }
  return { ...admission, generation }
}

/** Answers as server-sent events, or as parts where it is a subscription. */
async function answerLive(
  handler: GraphqlHandler,
  { request, response, client }: Exchange & { client: HttpClient },
  operation: Admitted | { refused: GraphQLFormattedError[] },
): Promise<void> {
  const format = wantsEvents(request) ? eventStream : multipart
  if ('refused' in operation) return streamResult(response, format, { errors: operation.refused })
  if (isSubscription(operation.operation)) {
    const asked = { ...operation, after: lastEventId(request) }
    return streamResponse(handler.live, format, asked, { request, response, client })
  }
  if (operation.operation.operation === 'mutation' && request.method !== 'POST') {
    throw new SotpError('BAD_REQUEST', { message: 'Mutations need a POST.' })
  }
  const result = await handler.queries.run(operation, client)
  setHeaders({ request, response }, 200, client)
  return streamResult(response, format, result)
}

const foreign = 'Pages of this origin may not use the graph.'

/**
 * Whether a page of another origin had this sent. No browser asks first for a form or an `EventSource`, and those of a
 * neighbour, as another port of this host, carry the refresh cookie: `SameSite` does not keep it from them.
 */
const isForeign = (request: IncomingMessage, origins: ReadonlySet<string>): boolean =>
  !originAllowed(request, origins) ||
  (request.headers.origin === undefined && request.headers['sec-fetch-site'] === 'cross-site')

const batch: GraphQLFormattedError = {
  message: 'Send one operation in a request; batches are not taken.',
  extensions: { code: 'BAD_REQUEST', retry: false },
}

/** The parameters of a GET, as a POST would give them. */
function searchOf({ url = '' }: IncomingMessage): Record<string, unknown> {
  const given: Record<string, unknown> = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
  for (const name of ['variables', 'extensions']) {
    try {
      if (typeof given[name] === 'string') given[name] = JSON.parse(given[name])
    } catch {
      // @apollo/server says what is wrong with it.
      delete given[name]
    }
  }
  return given
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether the body is what the specification of GraphQL over HTTP says, and nothing more. */
function isOrdinary(body: unknown): boolean {
  if (!isRecord(body)) return false
  const { operationName, variables, extensions } = body
  const absent = (value: unknown) => value === undefined || value === null
  return (
    (absent(operationName) || (typeof operationName === 'string' && operationName !== '')) &&
    (absent(variables) || isRecord(variables)) &&
    (absent(extensions) || isRecord(extensions))
  )
}

/** The same request with the text of its document, for @apollo/server, which knows nothing of documents by hash. */
function spelledOut(url: string, body: unknown, operation: Admitted | undefined) {
  const search = url.includes('?') ? url.slice(url.indexOf('?')) : ''
  if (!operation) return { search, body }
  if (body === undefined) {
    const parameters = new URLSearchParams(search)
    if (parameters.get('extensions')?.includes('persistedQuery')) parameters.delete('extensions')
    parameters.delete('documentId')
    parameters.set('query', operation.query)
    return { search: `?${parameters}`, body }
  }
  if (!isRecord(body)) return { search, body }
  const { documentId: _, extensions, ...rest } = body
  const named = isRecord(extensions) && extensions['persistedQuery'] !== undefined
  return {
    search,
    body: { ...rest, query: operation.query, ...(extensions !== undefined && !named && { extensions }) },
  }
}

/** What every answer says beside its content, however it was made. */
function setHeaders({ request, response }: Exchange, status: number, client?: HttpClient): void {
  // The body may not have been read to its end.
  if (!request.complete) response.setHeader('connection', 'close')
  if (client && client.cookies.headers.length > 0) {
    response.setHeader('set-cookie', [...client.cookies.headers])
  }
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  response.setHeader('cache-control', 'no-store')
}

function send(exchange: Exchange, client: HttpClient, type: MediaType, { status, body }: Answer): void {
  const { response } = exchange
  setHeaders(exchange, status, client)
  response.setHeader('content-type', `${type}; charset=utf-8`)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.writeHead(status).end(body)
}

async function serve(
  { queries }: GraphqlHandler,
  {
    request,
    response,
    body,
    client,
    operation,
  }: Exchange & { body: unknown; client: HttpClient; operation: Admitted | undefined },
): Promise<void> {
  const { url = '', method = 'GET' } = request
  const result = await queries.server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: method.toUpperCase(),
      headers: headerMap(request.headers),
      ...spelledOut(url, body, operation),
    },
    context: async () => ({ client, operation }),
  })
  for (const [name, value] of result.headers) response.setHeader(name, value)
  if (result.body.kind !== 'complete') throw new Error('incremental delivery is not offered')
  const status = result.status ?? 200
  setHeaders({ request, response }, status, client)
  response.writeHead(status).end(result.body.string)
}

/** Errors that come before an operation runs, in the same form as its own. */
function answer(exchange: Exchange, status: number, found: readonly GraphQLFormattedError[]): void {
  const { request, response } = exchange
  setHeaders(exchange, status)
  const wait = found[0]?.extensions?.['retryAfterSeconds']
  if (typeof wait === 'number') response.setHeader('retry-after', wait)
  response.setHeader(
    'content-type',
    `${mediaTypeFor(request.headers.accept) ?? 'application/json'}; charset=utf-8`,
  )
  response.writeHead(status).end(JSON.stringify({ errors: found }))
}

function answerThrown(thrown: unknown, { log }: GraphqlHandler, requestId: string, exchange: Exchange): void {
  const { request, response } = exchange
  const clientLeft = request.destroyed && !request.complete
  if (response.headersSent || clientLeft) {
    response.destroy()
    return
  }
  if (thrown instanceof BodyTooLarge) {
    const message = `The request may have at most ${bodyBytesMax / 1024 / 1024} MB, or ${anonymousBytesMax / 1024} KB without a token.`
    answer(exchange, 413, [{ message, extensions: { code: 'BAD_REQUEST', retry: false } }])
    return
  }
  const error = presentThrown(thrown)
  if (isInternal(error) || (thrown instanceof SotpError && thrown.code === 'NOT_READY')) {
    logInternal(log, thrown, requestId)
  }
  answer(exchange, statusOf([error]), [traceable(error, requestId)])
}
