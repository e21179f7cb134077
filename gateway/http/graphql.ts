import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLFormattedError } from 'graphql'
import { errors } from '#core/contract/errors.js'
import type { Authenticator } from '#core/service/authenticator.js'
import { SotpError } from '#core/service/errors.js'
import { BodyTooLarge, readJson } from '#core/service/http.js'
import type { Log } from '#core/service/log.js'

import { isSubscription } from '../documents.js'
import type { Generations } from '../generation.js'
import { clientOf, type HttpClient } from '../identity.js'
import { isInternal, logInternal, present, presentThrown, statusOf, traceable } from '../present.js'
import { headerMap, type QueryServer } from '../query.js'

/** Room for an import of thousands of devices as one variable. */
const bodyBytesMax = 10 * 1024 * 1024

export interface GraphqlHandler {
  generations: Generations
  queries: QueryServer
  authenticator: Authenticator
  trustProxy: boolean
  log: Log
}

/** Answers one GraphQL request over HTTP. */
export async function answerGraphql(
  handler: GraphqlHandler,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const client = await clientOf(request, requestId, handler)
    const body = request.method === 'POST' ? await readJson(request, bodyBytesMax) : undefined
    const refused = refusal(handler, request, body, client)
    if (refused) return answer(request, response, statusOf(refused), refused)
    await execute(handler, { request, response, body, client })
  } catch (error) {
    answerThrown(error, handler, requestId, [request, response])
  }
}

/** Why the operation may not run; undefined lets Apollo decide. */
function refusal(
  { generations }: GraphqlHandler,
  request: IncomingMessage,
  body: unknown,
  client: HttpClient,
): GraphQLFormattedError[] | undefined {
  const { query, operationName } = operationOf(request, body)
  if (query === undefined) return undefined
  const admitted = generations.current.documents.admit({ query, operationName }, client)
  if ('refused' in admitted) return admitted.refused.map((error) => present(error.toJSON(), error))
  if (!isSubscription(admitted.operation)) return undefined
  const message = `${errors.SUBSCRIPTION_TRANSPORT.message} Subscribe at ${client.liveUrl}`
  return [{ message, extensions: { code: 'SUBSCRIPTION_TRANSPORT', retry: false } }]
}

function operationOf(
  { method, url }: IncomingMessage,
  body: unknown,
): { query: string | undefined; operationName: string | undefined } {
  const given =
    method === 'GET' ? Object.fromEntries(new URLSearchParams((url ?? '').split('?')[1])) : (body ?? {})
  const { query, operationName } = given as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return { query: text(query), operationName: text(operationName) }
}

async function execute(
  { queries }: GraphqlHandler,
  {
    request,
    response,
    body,
    client,
  }: { request: IncomingMessage; response: ServerResponse; body: unknown; client: HttpClient },
): Promise<void> {
  const search = (request.url ?? '').includes('?')
    ? (request.url ?? '').slice((request.url ?? '').indexOf('?'))
    : ''
  const result = await queries.server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: (request.method ?? 'GET').toUpperCase(),
      headers: headerMap(request.headers),
      search,
      body,
    },
    context: async () => client,
  })
  for (const [name, value] of result.headers) response.setHeader(name, value)
  if (client.cookies.headers.length > 0) response.setHeader('set-cookie', [...client.cookies.headers])
  response.setHeader('cache-control', 'no-store')
  if (result.body.kind !== 'complete') throw new Error('incremental delivery is not offered')
  if (result.status === 401) response.setHeader('www-authenticate', 'Bearer')
  response.writeHead(result.status ?? 200).end(result.body.string)
}

/** Errors that come before Apollo sees the request, in the same form as its own. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  found: readonly GraphQLFormattedError[],
): void {
  const type = String(request.headers.accept ?? '').includes('application/graphql-response+json')
    ? 'application/graphql-response+json'
    : 'application/json'
  // The body may not have been read to its end.
  if (!request.complete) response.setHeader('connection', 'close')
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-type', `${type}; charset=utf-8`)
  response.writeHead(status).end(JSON.stringify({ errors: found }))
}

function answerThrown(
  thrown: unknown,
  { log }: GraphqlHandler,
  requestId: string,
  [request, response]: Exchange,
): void {
  const clientLeft = request.destroyed && !request.complete
  if (response.headersSent || clientLeft) {
    response.destroy()
    return
  }
  if (thrown instanceof BodyTooLarge) {
    const message = `The request may have at most ${bodyBytesMax / 1024 / 1024} MB.`
    answer(request, response, 413, [{ message, extensions: { code: 'BAD_REQUEST', retry: false } }])
    return
  }
  const error = presentThrown(thrown)
  if (isInternal(error) || (thrown instanceof SotpError && thrown.code === 'NOT_READY')) {
    logInternal(log, thrown, requestId)
  }
  answer(request, response, statusOf([error]), [traceable(error, requestId)])
}

type Exchange = [request: IncomingMessage, response: ServerResponse]
