import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Redis } from 'ioredis'

import { jwksKey } from '#core/service/access-token.js'
import { answerHealth, type Health } from '#core/service/health.js'
import { count, observeSeconds } from '#core/service/metrics.js'
import { RedisAway, within } from '#core/service/redis.js'

import { sendGraphiql, wantsPage } from '../graphiql.js'
import { requestIdOf } from '../identity.js'
import { tracedRequest } from '../traced.js'
import { answerGraphql, type GraphqlHandler } from './graphql.js'
import { allowOrigin, secure } from './security.js'
import type { StaticFiles } from './static.js'

export interface HttpParts extends GraphqlHandler {
  health: Health
  redis: Redis
  /** The built web app; undefined where there is none. */
  files: StaticFiles | undefined
}

const graphqlPath = '/graphql'
const jwksPath = '/.well-known/jwks.json'
const requestTimeoutMs = 60_000

/** The gateway's one HTTP server: graph, health, keys, and the web app. */
export function createHttpServer(parts: HttpParts): Server {
  const server = createServer((request, response) => {
    const startedAt = performance.now()
    const requestId = requestIdOf(request)
    response.setHeader('x-request-id', requestId)
    secure(request, response)
    response.once('close', () => {
      const route = (request.url ?? '').split('?')[0] === graphqlPath ? 'graphql' : 'other'
      count('sotp_gateway_requests_total', { route, status: String(response.statusCode) })
      if (route === 'graphql') {
        observeSeconds('sotp_gateway_request_seconds', (performance.now() - startedAt) / 1000)
      }
    })
    handle(parts, requestId, request, response).catch((error: unknown) => {
      parts.log.error({ err: error, requestId }, 'request failed')
      if (response.headersSent) response.destroy()
      else text(response, 500, 'Something went wrong on our side.\n')
    })
  })
  server.requestTimeout = requestTimeoutMs
  return server
}

async function handle(
  parts: HttpParts,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const urlPath = pathOf(request)
  if (urlPath === undefined) return text(response, 400, 'The address is not valid.\n')
  if (urlPath === graphqlPath) return graphql(parts, requestId, request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return text(response, 405, 'Only GET is possible here.\n')
  }
  const probe = await answerHealth(parts.health, urlPath)
  if (probe) {
    response
      .writeHead(probe.status, { 'content-type': probe.type, 'cache-control': 'no-store' })
      .end(probe.body)
    return
  }
  if (urlPath === jwksPath) return sendKeys(parts.redis, response)
  return page(parts.files, urlPath, request, response)
}

/** The decoded path of the URL; undefined when it is not one. */
function pathOf({ url }: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent((url ?? '/').split('?')[0] ?? '/')
  } catch {
    return undefined
  }
}

function graphql(
  parts: HttpParts,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  allowOrigin(request, response, parts.origins)
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end()
    return Promise.resolve()
  }
  if (wantsPage(request)) return sendGraphiql(parts.files, request, response)
  return tracedRequest(request, response, graphqlPath, () =>
    answerGraphql(parts, requestId, request, response),
  )
}

/** A path without a file extension is a page of the app, which finds its own way. */
async function page(
  files: StaticFiles | undefined,
  urlPath: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (await files?.send(request, response, urlPath === '/' ? '/index.html' : urlPath)) return
  const ofApp = !/\.[\w]+$/.test(urlPath)
  if (ofApp && (await files?.send(request, response, '/index.html'))) return
  text(response, 404, 'Not found.\n')
}

async function sendKeys(redis: Redis, response: ServerResponse): Promise<void> {
  const keys = await within(redis.get(jwksKey)).catch((error: unknown) => {
    if (error instanceof RedisAway) return null
    throw error
  })
  if (keys === null) return text(response, 503, 'No key is published yet.\n')
  response.writeHead(200, {
    'content-type': 'application/jwk-set+json',
    'cache-control': 'public, max-age=60',
  })
  response.end(keys)
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
}
