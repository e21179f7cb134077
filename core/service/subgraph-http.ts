import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  OperationTypeNode,
  parse,
} from 'graphql'
import type { ConnectionInitMessage, ServerOptions, SubscribePayload } from 'graphql-ws'
import { type Extra, useServer as serveGraphql } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import * as z from 'zod'

import { openJar } from './cookies.js'
import { SotpError } from './errors.js'
import { answerHealth, type Health, listen } from './health.js'
import { BodyTooLarge, drain, readJson } from './http.js'
import { type IdentitySigner, identityHeader, openIdentitySigner } from './identity.js'
import type { Log } from './log.js'
import { emptyCookieJar, type RequestContext } from './request.js'
import type { Subgraph, SubgraphRequest } from './subgraph.js'
import { plainText, subgraphPath, wireBodyBytesMax, wireHeaders, wireIdentity } from './subgraph-wire.js'
import { traced, withTraceparent } from './trace.js'

export interface ServeOptions {
  subgraph: Subgraph
  health: Health
  port: number
  host: string
  /** SOTP_INTERNAL_KEY: only who signs with it is answered. */
  internalKey: string
  log: Log
}

const requestSchema = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish(),
})

/**
 * Serves a subgraph to gateways in other processes: operations by POST, subscriptions over graphql-transport-ws, both on
 * `/graphql` and only with a signed identity, and the health of the process. Disposing it drains it.
 */
export async function serveSubgraph(options: ServeOptions): Promise<{ port: number } & AsyncDisposable> {
  const { health, log, port, host } = options
  const signer = openIdentitySigner(options.internalKey)
  const server = createServer((request, response) => {
    answer(options, signer, request, response).catch((error: unknown) => {
      const { status, message } = refusal(error)
      if (status === 500) log.error({ err: error }, 'request failed')
      reply(response, status, { errors: [{ message }] })
    })
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: wireBodyBytesMax })
  const live = serveGraphql({ ...liveOptions(options.subgraph, signer), isProd: true }, sockets)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url !== subgraphPath) return socket.destroy()
    return sockets.handleUpgrade(request, socket, head, (opened) =>
      sockets.emit('connection', opened, request),
    )
  })
  await listen(server, port, host)
  let stopped: Promise<void> | undefined
  const stop = async () => {
    health.stopping()
    await live.dispose()
    await drain(server)
  }
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

async function answer(
  { subgraph, health }: ServeOptions,
  signer: IdentitySigner,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const probe = request.method === 'GET' ? await answerHealth(health, request.url ?? '') : undefined
  if (probe) {
    response.writeHead(probe.status, { 'content-type': probe.type }).end(probe.body)
    return
  }
  if (request.url !== subgraphPath) return reply(response, 404, { errors: [{ message: 'Not found.' }] })
  if (request.method !== 'POST') return reply(response, 405, { errors: [{ message: 'Use POST.' }] })
  const header = (name: string) => request.headers[name] as string | undefined
  const identity = await signer.verify(header(identityHeader))
  const cookies = openJar(request.headers.cookie, false)
  const context: RequestContext = {
    identity,
    requestId: header(wireHeaders.requestId) ?? crypto.randomUUID(),
    ip: header(wireHeaders.clientIp) ?? null,
    userAgent: plainText(header(wireHeaders.userAgent)),
    cookies,
    loaders: new Map(),
  }
  const operation = parseRequest(await readJson(request, wireBodyBytesMax))
  const attributes = { 'http.request.method': 'POST', 'sotp.subgraph': subgraph.name }
  // Only a gateway gets as far as this: what it says of the trace is believed.
  const result = await withTraceparent(header(wireHeaders.traceparent), () =>
    traced(`POST ${subgraphPath}`, attributes, () => subgraph.execute(operation, context), {
      kind: 'server',
    }),
  )
  if (cookies.headers.length > 0) response.setHeader('set-cookie', [...cookies.headers])
  return reply(response, 200, result)
}

function parseRequest(body: unknown): SubgraphRequest {
  const { data } = requestSchema.safeParse(body)
  if (!data) throw new SotpError('BAD_REQUEST')
  const { query, variables, operationName } = data
  return { query, variables: variables ?? undefined, operationName: operationName ?? undefined }
}

function refusal(error: unknown): { status: number; message: string } {
  if (error instanceof BodyTooLarge) return { status: 413, message: 'The body is too large.' }
  if (!(error instanceof SotpError)) return { status: 500, message: 'Something went wrong on our side.' }
  return { status: error.code === 'TOKEN_INVALID' ? 401 : 400, message: error.message }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return void response.destroy()
  // A body that was not read to its end would be taken for the next request.
  if (status >= 400) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
}

interface LiveArgs extends ExecutionArgs {
  started: AsyncGenerator<ExecutionResult> | ExecutionResult
}

/** The connection proves that a gateway opened it; each operation carries its own user. */
function liveOptions(
  subgraph: Subgraph,
  signer: IdentitySigner,
): ServerOptions<ConnectionInitMessage['payload'], Extra> {
  const verify = (from: unknown) =>
    signer.verify(z.object({ [wireIdentity]: z.string() }).safeParse(from).data?.[wireIdentity])

  async function start(payload: SubscribePayload): Promise<LiveArgs | readonly GraphQLError[]> {
    const contextValue = await liveContext(payload.extensions, verify)
    const request = parseRequest(payload)
    const document = parse(request.query)
    const live =
      getOperationAST(document, request.operationName)?.operation === OperationTypeNode.SUBSCRIPTION
    const run = live ? subgraph.subscribe : subgraph.execute
    const attributes = { 'sotp.subgraph': subgraph.name }
    const traceparent = payload.extensions?.['traceparent']
    const started = await withTraceparent(typeof traceparent === 'string' ? traceparent : undefined, () =>
      traced(`subscribe ${subgraphPath}`, attributes, () => run(request, contextValue), { kind: 'server' }),
    )
    if (live && !(Symbol.asyncIterator in started)) return started.errors ?? []
    return { schema: subgraph.schema, document, operationName: request.operationName, started }
  }

  return {
    onConnect: ({ connectionParams }) =>
      verify(connectionParams).then(
        () => true,
        () => false,
      ),
    onSubscribe: (_context, _id, payload) => start(payload).catch((error: unknown) => [refused(error)]),
    execute: (args) => (args as LiveArgs).started as ExecutionResult,
    subscribe: (args) => (args as LiveArgs).started,
  }
}

function refused(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error
  const code = error instanceof SotpError ? error.code : 'INTERNAL_SERVER_ERROR'
  return new GraphQLError(refusal(error).message, { extensions: { code } })
}

async function liveContext(
  extensions: Record<string, unknown> | null | undefined,
  verify: (from: unknown) => ReturnType<IdentitySigner['verify']>,
): Promise<RequestContext> {
  const text = (name: string) => {
    const value = extensions?.[name]
    return typeof value === 'string' ? value : null
  }
  return {
    identity: await verify(extensions),
    requestId: text('requestId') ?? crypto.randomUUID(),
    ip: text('clientIp'),
    userAgent: text('userAgent'),
    cookies: emptyCookieJar,
    loaders: new Map(),
  }
}
