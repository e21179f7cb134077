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
import { clientOf, type HttpClient } from '../identity.js'
import { isInternal, logInternal, present, presentThrown, statusOf, traceable } from '../present.js'
import { headerMap, type QueryServer } from '../query.js'
import { type MediaType, mediaTypeFor } from './media-type.js'

/** Room for an import of thousands of devices as one variable. */
const bodyBytesMax = 10 * 1024 * 1024

export interface GraphqlHandler {
  generations: Generations
  queries: QueryServer
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
    const client = await clientOf(request, requestId, handler)
    const body = request.method === 'POST' ? await readJson(request, bodyBytesMax) : undefined
    const asked = request.method === 'GET' ? searchOf(request) : body
    const operation = admit(handler, asked, client)
    if (operation && 'refused' in operation) {
      return answer(exchange, statusOf(operation.refused), operation.refused)
    }
    const type = mediaTypeFor(request.headers.accept)
    if (operation && type && isOrdinary(request, body)) {
      const ran = await handler.queries.answer(operation, client)
      return send(exchange, client, type, ran)
    }
    await serve(handler, { ...exchange, body, client, operation })
  } catch (error) {
    answerThrown(error, handler, requestId, exchange)
  }
}

/** The operation with all it takes to run it, or why it may not; undefined when no document came. */
function admit(
  { generations }: GraphqlHandler,
  asked: unknown,
  client: HttpClient,
): Operation | { refused: GraphQLFormattedError[] } | undefined {
  const given = (asked ?? {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const query = text(given['query'])
  const operationName = text(given['operationName'])
  if (query === undefined) return undefined
  const generation = generations.current
  const admitted = generation.documents.admit({ query, operationName }, client)
  if ('refused' in admitted)
    return { refused: admitted.refused.map((error) => present(error.toJSON(), error)) }
  if (isSubscription(admitted.operation)) {
    const message = `${errors.SUBSCRIPTION_TRANSPORT.message} Subscribe at ${client.liveUrl}`
    return { refused: [{ message, extensions: { code: 'SUBSCRIPTION_TRANSPORT', retry: false } }] }
  }
  const { prepared, operation } = admitted
  const variables = isRecord(given['variables']) ? given['variables'] : {}
  return { generation, prepared, operation, query, variables, operationName }
}

const searchOf = ({ url = '' }: IncomingMessage): unknown =>
  Object.fromEntries(new URLSearchParams(url.split('?')[1]))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether the body is what the specification of GraphQL over HTTP says, and nothing more. */
function isOrdinary({ method }: IncomingMessage, body: unknown): boolean {
  if (method !== 'POST' || !isRecord(body)) return false
  const { operationName, variables, extensions } = body
  const absent = (value: unknown) => value === undefined || value === null
  return (
    (absent(operationName) || (typeof operationName === 'string' && operationName !== '')) &&
    (absent(variables) || isRecord(variables)) &&
    (absent(extensions) || (isRecord(extensions) && extensions['persistedQuery'] === undefined))
  )
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
  }: Exchange & { body: unknown; client: HttpClient; operation: Operation | undefined },
): Promise<void> {
  const { url = '', method = 'GET' } = request
  const result = await queries.server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: method.toUpperCase(),
      headers: headerMap(request.headers),
      search: url.includes('?') ? url.slice(url.indexOf('?')) : '',
      body,
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
    const message = `The request may have at most ${bodyBytesMax / 1024 / 1024} MB.`
    answer(exchange, 413, [{ message, extensions: { code: 'BAD_REQUEST', retry: false } }])
    return
  }
  const error = presentThrown(thrown)
  if (isInternal(error) || (thrown instanceof SotpError && thrown.code === 'NOT_READY')) {
    logInternal(log, thrown, requestId)
  }
  answer(exchange, statusOf([error]), [traceable(error, requestId)])
}
