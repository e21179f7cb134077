import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { ConnectionInitMessage, Context, ServerOptions, SubscribePayload } from 'graphql-ws'
import { type Extra, useServer as serveGraphql } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'

import type { Authenticator } from '#core/service/authenticator.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'
import { emptyCookieJar } from '#core/service/request.js'

import { isSubscription } from '../documents.js'
import type { Generations } from '../generation.js'
import { bearerOf, ipOf, liveUrlOf, originAllowed, requestIdOf } from '../identity.js'
import type { ClientContext } from '../links/link.js'
import { isInternal, logInternal, present, presentThrown, traceable } from '../present.js'
import type { QueryServer } from '../query.js'
import { tracedMessage } from '../traced.js'
import type { Live } from './subscribe.js'

export interface SocketParts {
  generations: Generations
  queries: QueryServer
  live: Live
  authenticator: Authenticator
  origins: ReadonlySet<string>
  trustProxy: boolean
  log: Log
}

/** Close codes: 4403 is one after which graphql-ws clients connect again, with a new token. */
const forbidden = 4403
const messageBytesMax = 10 * 1024 * 1024
const operationsMax = 100
/** Timers cannot wait longer; tokens never live that long. */
const timerMsMax = 2 ** 31 - 1

interface Connection {
  client?: ClientContext
  expiry?: NodeJS.Timeout
}
type SocketContext = Context<ConnectionInitMessage['payload'], Extra & Partial<Connection>>

/** An operation that already runs: graphql-ws only has to send what comes. */
interface Started extends ExecutionArgs {
  started: AsyncGenerator<ExecutionResult> | ExecutionResult
}

/**
 * Serves graphql-transport-ws on `/graphql` of `server`. Disposing it closes each socket with 1001 and ends every
 * subscription.
 */
export function serveSockets(server: Server, parts: SocketParts): AsyncDisposable {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax })
  const graphql = serveGraphql({ ...socketOptions(parts), isProd: true }, sockets)
  sockets.on('connection', (socket) => {
    gauge('sotp_gateway_sockets', sockets.clients.size)
    socket.once('close', () => gauge('sotp_gateway_sockets', sockets.clients.size))
  })
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const status = refusedUpgrade(request, parts.origins)
    if (status !== undefined)
      return socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    return sockets.handleUpgrade(request, socket, head, (opened) =>
      sockets.emit('connection', opened, request),
    )
  }
  server.on('upgrade', upgrade)
  return {
    async [Symbol.asyncDispose]() {
      server.off('upgrade', upgrade)
      server.on('upgrade', (_request, socket: Duplex) => socket.destroy())
      // A client that does not answer the close frame must not hold up the stop.
      const late = setTimeout(() => sockets.clients.forEach((socket) => void socket.terminate()), closeMs)
      await graphql.dispose()
      clearTimeout(late)
    },
  }
}
const closeMs = 1000

function refusedUpgrade(request: IncomingMessage, origins: ReadonlySet<string>): string | undefined {
  if ((request.url ?? '').split('?')[0] !== '/graphql') return '404 Not Found'
  return originAllowed(request, origins) ? undefined : '403 Forbidden'
}

function socketOptions(
  parts: SocketParts,
): ServerOptions<ConnectionInitMessage['payload'], Extra & Partial<Connection>> {
  let running = 0
  const counted = (by: number) => {
    running += by
    gauge('sotp_gateway_subscriptions', running)
  }
  return {
    onConnect: (context) => connect(parts, context),
    onClose: ({ extra }) => clearTimeout(extra.expiry),
    async onSubscribe(context, id, payload) {
      const { client } = context.extra
      if (!client) return [asGraphQLError(new SotpError('UNAUTHENTICATED'))]
      // Every operation of a connection has a name of its own in the log.
      const own = { ...client, requestId: `${client.requestId}.${id}`.slice(0, 100) }
      if (Object.keys(context.subscriptions).length > operationsMax) {
        const message = `One connection may run at most ${operationsMax} operations.`
        return [asGraphQLError(new SotpError('RATE_LIMITED', { message }))]
      }
      return tracedMessage(own.requestId, () => start(parts, payload, own)).catch((error: unknown) => {
        logInternal(parts.log, error, own.requestId)
        return [asGraphQLError(error)]
      })
    },
    execute: (args) => (args as Started).started as ExecutionResult,
    subscribe: (args) => {
      counted(1)
      return (args as Started).started
    },
    onOperation: (...[, , , , result]) => {
      if (Symbol.asyncIterator in result)
        return ending(result as AsyncGenerator<ExecutionResult>, () => counted(-1))
      return undefined
    },
    // What comes here was presented already; graphql-ws would want error objects.
    onNext: (...[, , , , result]) => {
      count('sotp_gateway_messages_total')
      return result as never
    },
    onError: (context, _id, _payload, errors) =>
      errors.map((error) => {
        const requestId = context.extra.client?.requestId ?? ''
        const shown = present(error.toJSON(), error)
        if (isInternal(shown)) logInternal(parts.log, error, requestId)
        return traceable(shown, requestId)
      }),
  }
}

/** Identity of the whole connection, from connection_init. Without a valid token there is no connection. */
async function connect(parts: SocketParts, { connectionParams, extra }: SocketContext): Promise<boolean> {
  const { request, socket } = extra
  try {
    const token = tokenOf(connectionParams)
    const identity = await parts.authenticator.authenticate(token)
    extra.client = {
      identity,
      requestId: requestIdOf(request),
      ip: ipOf(request, parts.trustProxy),
      userAgent: request.headers['user-agent'] ?? null,
      cookies: emptyCookieJar,
      liveUrl: liveUrlOf(request),
    }
    const restMs = Math.min(identity.expiresAt - Date.now(), timerMsMax)
    extra.expiry = setTimeout(() => socket.close(forbidden, 'the token has expired'), Math.max(0, restMs))
    return socket.readyState === WebSocket.OPEN
  } catch (error) {
    count('sotp_gateway_sockets_refused_total')
    socket.close(forbidden, error instanceof SotpError ? error.message : 'Forbidden')
    return false
  }
}

function tokenOf(params: Readonly<Record<string, unknown>> | undefined): string {
  const { accessToken, authorization, Authorization } = params ?? {}
  if (typeof accessToken === 'string') return accessToken
  const header = authorization ?? Authorization
  const token = typeof header === 'string' ? bearerOf(header) : undefined
  if (token === undefined) {
    throw new SotpError('UNAUTHENTICATED', { message: 'connection_init needs { accessToken }.' })
  }
  return token
}

async function start(
  { generations, live, queries }: SocketParts,
  payload: SubscribePayload,
  client: ClientContext,
): Promise<Started | readonly GraphQLError[]> {
  const { query, operationName: name } = payload
  const operationName = name ?? undefined
  const variables = payload.variables ?? {}
  const { documents, graph } = generations.current
  const admitted = documents.admit({ query, operationName }, client)
  if ('refused' in admitted) return admitted.refused
  const { prepared, operation } = admitted
  const args = { schema: graph.schema, document: prepared.document, operationName }
  if (!isSubscription(operation)) {
    const started = (await queries.run({ query, variables, operationName }, client)) as ExecutionResult
    return { ...args, started }
  }
  const stream = await live.subscribe({ prepared, operation, query, variables, operationName }, client)
  if ('errors' in stream) return stream.errors
  return { ...args, started: stream as AsyncGenerator<ExecutionResult> }
}

const asGraphQLError = (error: unknown): GraphQLError => {
  const { message, ...rest } = presentThrown(error)
  return new GraphQLError(message, { extensions: rest.extensions ?? {} })
}

/** Tells once when a stream ended, whoever ended it. */
function ending<Value>(source: AsyncGenerator<Value>, tell: () => void): AsyncGenerator<Value> {
  let told = false
  const once = () => {
    if (!told) tell()
    told = true
  }
  return {
    async next() {
      try {
        const step = await source.next()
        if (step.done) once()
        return step
      } catch (error) {
        once()
        throw error
      }
    },
    return(value) {
      once()
      return source.return(value)
    },
    throw(error) {
      once()
      return source.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      once()
      await source.return(undefined)
    },
  }
}
