import type { IncomingMessage } from 'node:http'
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { ConnectionInitMessage, Context, ServerOptions, SubscribePayload } from 'graphql-ws'
import type { WebSocket } from 'ws'

import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import { count } from '#core/service/metrics.js'
import { emptyCookieJar } from '#core/service/request.js'

import { isSubscription } from '../documents.js'
import type { Generations } from '../generation.js'
import { ipOf, liveUrlOf, requestIdOf } from '../identity.js'
import { admitRequest } from '../limits/admission.js'
import type { Rate } from '../limits/rate.js'
import type { ClientContext } from '../links/link.js'
import { isInternal, logInternal, present, presentThrown, traceable } from '../present.js'
import type { QueryServer } from '../query.js'
import { tracedMessage } from '../traced.js'
import type { openTally } from './bucket.js'
import { Delivery, Refused } from './delivery.js'
import type { FrameWriter } from './frames.js'
import type { Hub } from './hub.js'
import type { Session, Sessions } from './sessions.js'
import type { LiveLimits } from './settings.js'

type Tally = ReturnType<typeof openTally>
type Payload = Readonly<Record<string, unknown>> | undefined

export interface ProtocolParts {
  generations: Generations
  queries: QueryServer
  rate: Rate
  hub: Hub
  sessions: Sessions
  limits: LiveLimits
  trustProxy: boolean
  log: Log
  userSockets: Tally
  userSubscriptions: Tally
}

/** One WebSocket. */
export interface Connection {
  socket: WebSocket
  request: IncomingMessage
  writer: FrameWriter
  deliveries: Set<Delivery>
  session?: Session
  /** What the pong says; undefined: the ping's own payload. */
  onPing?: (payload: Payload) => Promise<Payload>
}

type SocketContext = Context<ConnectionInitMessage['payload'], Connection>

/** An operation that already runs: graphql-ws only has to send what comes. */
interface Started extends ExecutionArgs {
  started: Delivery | ExecutionResult
}

/** 4403 is a close code after which graphql-ws clients connect again, with a new token; after 4429 they do not. */
const closeCodes = { forbidden: 4403, tooMany: 4429 }
/** RFC 6455 §5.5: a control frame has at most 125 bytes, two of which are the code. */
const reasonBytesMax = 123

/** How graphql-ws runs operations and tells errors on our sockets. */
export function protocolOptions(
  parts: ProtocolParts,
): ServerOptions<ConnectionInitMessage['payload'], Connection> {
  return {
    onConnect: (context) => connect(parts, context),
    onClose: ({ extra: { session } }) => {
      if (!session) return
      session[Symbol.dispose]()
      parts.userSockets.give(session.client.identity?.userId ?? '')
    },
    async onSubscribe({ extra, subscriptions }, id, payload) {
      const { session } = extra
      if (!session) return [asGraphQLError(new SotpError('UNAUTHENTICATED'))]
      // Every operation of a connection has a name of its own in the log.
      const own = { ...session.client, requestId: `${session.client.requestId}.${id}`.slice(0, 100) }
      const { operationsPerSocket } = parts.limits
      if (Object.keys(subscriptions).length > operationsPerSocket) {
        return [limited(`One connection may run at most ${operationsPerSocket} operations.`)]
      }
      const begin = () => start(parts, extra, { id, payload, client: own })
      return tracedMessage(own.requestId, begin).catch((error: unknown) => {
        logInternal(parts.log, error, own.requestId)
        return [asGraphQLError(error)]
      })
    },
    execute: (args) => (args as Started).started as ExecutionResult,
    subscribe: (args) => (args as Started).started as Delivery,
    // What comes here was presented already; graphql-ws would want error objects.
    onNext: (...[, , , , result]) => {
      count('sotp_gateway_messages_total')
      return result as never
    },
    onError: (context, _id, _payload, errors) => {
      const requestId = context.extra.session?.client.requestId ?? ''
      return errors.flatMap((error) =>
        error.originalError instanceof Refused
          ? error.originalError.errors
          : [shown(error, requestId, parts.log)],
      )
    },
  }
}

function shown(error: GraphQLError, requestId: string, log: Log): GraphQLFormattedError {
  const told = present(error.toJSON(), error)
  if (isInternal(told)) logInternal(log, error, requestId)
  return traceable(told, requestId)
}

/** Identity of the whole connection, from connection_init. Without a valid token there is no connection. */
async function connect(parts: ProtocolParts, { connectionParams, extra }: SocketContext): Promise<boolean> {
  const { request, socket } = extra
  const close = (code: number, error: unknown) => {
    const text = error instanceof SotpError ? error.message : 'Forbidden'
    socket.close(code, Buffer.from(text).subarray(0, reasonBytesMax))
  }
  try {
    const identity = await parts.sessions.identify(connectionParams)
    if (!parts.userSockets.take(identity.userId)) {
      close(
        closeCodes.tooMany,
        new SotpError('RATE_LIMITED', { message: 'Too many connections of one user.' }),
      )
      return false
    }
    const client: ClientContext = {
      identity,
      requestId: requestIdOf(request),
      ip: ipOf(request, parts.trustProxy),
      userAgent: request.headers['user-agent'] ?? null,
      cookies: emptyCookieJar,
      liveUrl: liveUrlOf(request),
    }
    if (socket.readyState !== socket.OPEN) {
      parts.userSockets.give(identity.userId)
      return false
    }
    const session = parts.sessions.watch(client, {
      lost: (error) => close(closeCodes.forbidden, error),
      changed: (next) => {
        for (const delivery of [...extra.deliveries]) delivery.become(next)
      },
    })
    extra.session = session
    extra.onPing = (payload) => pong(session, payload, (error) => close(closeCodes.forbidden, error))
    return true
  } catch (error) {
    count('sotp_gateway_sockets_refused_total')
    close(closeCodes.forbidden, error)
    return false
  }
}

/** A ping that carries a token renews the connection in place; nothing that runs on it is interrupted. */
async function pong(session: Session, payload: Payload, refuse: (error: unknown) => void): Promise<Payload> {
  const shows = ['accessToken', 'authorization', 'Authorization', 'internal'].some(
    (name) => payload?.[name] !== undefined,
  )
  if (!payload || !shows) return undefined
  try {
    const { expiresAt } = await session.renew(payload)
    return { expiresAt }
  } catch (error) {
    const told = presentThrown(error)
    if (told.extensions?.['code'] === 'FORBIDDEN') refuse(error)
    return { error: told }
  }
}

async function start(
  parts: ProtocolParts,
  extra: Connection,
  { id, payload, client }: { id: string; payload: SubscribePayload; client: ClientContext },
): Promise<Started | readonly GraphQLError[]> {
  const { generations, queries, rate, hub, userSubscriptions, limits } = parts
  const generation = generations.current
  const { documents, graph } = generation
  const request = admitRequest({ documents, rate }, { ...payload }, client)
  if (!request) return [asGraphQLError(new SotpError('BAD_REQUEST', { message: 'There is no document.' }))]
  if ('refused' in request) return request.refused
  const args = {
    schema: graph.schema,
    document: request.prepared.document,
    operationName: request.operationName,
  }
  if (!isSubscription(request.operation)) {
    return { ...args, started: (await queries.run({ ...request, generation }, client)) as ExecutionResult }
  }
  const user = client.identity?.userId ?? ''
  if (!userSubscriptions.take(user)) {
    return [limited(`One user may have at most ${limits.subscriptionsPerUser} subscriptions.`)]
  }
  const delivery = new Delivery(id, {
    hub,
    writer: extra.writer,
    request,
    // Between the admission and the first message the connection may have been renewed.
    client: () => ({ ...client, identity: extra.session?.client.identity ?? client.identity }),
    onEnd(ended) {
      extra.deliveries.delete(ended)
      userSubscriptions.give(user)
    },
  })
  extra.deliveries.add(delivery)
  return { ...args, started: delivery }
}

const limited = (message: string): GraphQLError => asGraphQLError(new SotpError('RATE_LIMITED', { message }))

const asGraphQLError = (error: unknown): GraphQLError => {
  const { message, ...rest } = presentThrown(error)
  return new GraphQLError(message, { extensions: rest.extensions ?? {} })
}
