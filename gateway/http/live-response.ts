import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'

import { SotpError } from '#core/service/errors.js'
import { count } from '#core/service/metrics.js'

import type { HttpClient } from '../identity.js'
import type { openTally } from '../live/bucket.js'
import type { Hub } from '../live/hub.js'
import type { Outlet } from '../live/member.js'
import type { Message } from '../live/message.js'
import type { LiveRequest } from '../live/resolve.js'
import type { Sessions } from '../live/sessions.js'
import type { LiveLimits } from '../live/settings.js'
import { presentThrown } from '../present.js'

export interface LiveParts {
  hub: Hub
  sessions: Sessions
  limits: LiveLimits
  userSubscriptions: ReturnType<typeof openTally>
}

/** How results are written into one endless HTTP response. */
export interface LiveFormat {
  name: string
  headers: Readonly<Record<string, string>>
  /** What comes first; clients and proxies take it as a sign of life. */
  open: () => string
  /** One result of a shared stream; `body` is its JSON. */
  message: (message: Message, body: Buffer) => Buffer
  result: (result: FormattedExecutionResult) => string
  /** Keeps the connection alive where nothing happens. */
  beat: string
  /** With errors the subscription failed, without it is complete. */
  end: (errors: readonly GraphQLFormattedError[] | undefined) => string
}

interface LiveExchange {
  request: IncomingMessage
  response: ServerResponse
  client: HttpClient
}

const beatMs = 12_000
/** A response that is over and that nobody reads to its end is cut after this time. */
const cutMs = 5000

/** Answers with an endless response that carries a subscription, until either side ends it. */
export function streamResponse(
  { hub, sessions, limits, userSubscriptions }: LiveParts,
  format: LiveFormat,
  request: LiveRequest,
  { response, client }: LiveExchange,
): void {
  const user = client.identity?.userId ?? client.ip ?? ''
  if (!userSubscriptions.take(user)) {
    const message = `One user may have at most ${limits.subscriptionsPerUser} subscriptions.`
    throw new SotpError('RATE_LIMITED', { message })
  }
  begin(response, format)
  const outlet: Outlet = {
    get backlog() {
      return response.writableLength
    },
    send: (message, body = message.body) => void response.write(format.message(message, body)),
    end: finish,
  }
  const subscription = hub.subscribe(request, client, outlet)
  const handle = 'errors' in subscription ? undefined : subscription
  const session = sessions.watch(client, {
    lost: (error) => {
      handle?.leave()
      finish([presentThrown(error)])
    },
    changed: (next) => handle?.become({ ...client, identity: next.identity }),
  })
  const beating = setInterval(() => {
    if (response.writableLength === 0) response.write(format.beat)
  }, beatMs).unref()
  response.on('drain', () => handle?.drained())
  response.once('close', () => {
    clearInterval(beating)
    session[Symbol.dispose]()
    handle?.leave()
    userSubscriptions.give(user)
  })
  count('sotp_gateway_live_responses_total', { transport: format.name })
  if ('errors' in subscription) finish(subscription.errors.map((error) => error.toJSON()))

  function finish(errors?: readonly GraphQLFormattedError[]): void {
    if (response.writableEnded) return
    response.end(isStop(errors) ? '' : format.end(errors))
    setTimeout(() => response.destroy(), cutMs).unref()
  }
}

/** A gateway that stops says nothing: clients take the end for a lost connection, and come back to another one. */
const isStop = (errors: readonly GraphQLFormattedError[] | undefined): boolean =>
  errors?.[0]?.extensions?.['code'] === 'NOT_READY'

/** Answers with one result in the form of a stream. */
export function streamResult(
  response: ServerResponse,
  format: LiveFormat,
  result: FormattedExecutionResult,
): void {
  begin(response, format)
  response.end(format.result(result) + format.end(undefined))
}

function begin(response: ServerResponse, { headers, open }: LiveFormat): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('cache-control', 'no-store')
  // nginx would keep events until its buffer is full.
  response.setHeader('x-accel-buffering', 'no')
  response.writeHead(200)
  response.socket?.setNoDelay(true)
  response.write(open())
}
