import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildSchema, GraphQLError } from 'graphql'
import { useServer as serveGraphql } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'

import type { Identity } from '#core/contract/identity.js'
import { openIdentitySigner } from '#core/service/identity.js'
import { sign } from '#subgraphs/platform/sink/signature.js'

/** What the tests' sinks subscribe to. */
export const alertsDocument =
  'subscription Alerts($after: String, $filter: AlertFilter) { alertChanged(after: $after, filter: $filter) { cursor kind } }'

const schema = buildSchema(`
  type Query { nothing: Int }
  input AlertFilter { severities: [String!] }
  type AlertEvent { cursor: String! kind: String! }
  type Subscription { alertChanged(after: String, filter: AlertFilter): AlertEvent! }`)

/** The gateway's side of a subscription: a log of events that is followed from a cursor, as `1-0`, `2-0`, … */
export interface Events extends AsyncDisposable {
  url: string
  /** Who connected, in order. */
  identities: Identity[]
  /** `after` of each subscription, in order. */
  afters: (string | null)[]
  variables: Record<string, unknown>[]
  /** Connections that are open. */
  connections(): number
  publish(count: number): void
  /** Closes every connection, as a gateway that ends. */
  cut(code?: number): void
  /** Refuses subscriptions from now on, with this code; null: no more. */
  refuse(code: string | null): void
  /** From now on events come without data, as when a subgraph is down. */
  spoil(spoilt: boolean): void
}

export async function openEvents(internalKey: string, port = 0): Promise<Events> {
  const signer = openIdentitySigner(internalKey)
  const sockets = new WebSocketServer({ port, host: '127.0.0.1', path: '/graphql' })
  const open = new Set<WebSocket>()
  const state = { published: 0, refusal: null as string | null, spoilt: false, wake: new Set<() => void>() }
  const identities: Identity[] = []
  const afters: (string | null)[] = []
  const variables: Record<string, unknown>[] = []

  async function* follow(after: string | null | undefined) {
    let at = after ? Number(after.split('-')[0]) : state.published
    for (;;) {
      while (at < state.published) {
        at += 1
        yield state.spoilt
          ? { data: null, errors: [new GraphQLError('A part of the graph does not answer.')] }
          : { data: { alertChanged: { cursor: `${at}-0`, kind: 'FIRING' } } }
      }
      await new Promise<void>((resolve) => state.wake.add(resolve))
    }
  }
  const server = serveGraphql(
    {
      schema,
      onConnect: async ({ connectionParams, extra }) => {
        identities.push(await signer.verifyInternal(connectionParams?.['internal'] as string))
        open.add(extra.socket)
        extra.socket.once('close', () => open.delete(extra.socket))
        return true
      },
      onSubscribe: (_context, _id, payload) => {
        if (state.refusal) return [new GraphQLError('No.', { extensions: { code: state.refusal } })]
        variables.push(payload.variables ?? {})
        afters.push((payload.variables?.['after'] as string | null) ?? null)
        return undefined
      },
      subscribe: (args) => follow(args.variableValues?.['after'] as string | null | undefined),
    },
    sockets,
  )
  await new Promise((resolve) => sockets.once('listening', resolve))
  return {
    url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/graphql`,
    identities,
    afters,
    variables,
    connections: () => open.size,
    publish(count) {
      state.published += count
      for (const wake of state.wake) wake()
      state.wake.clear()
    },
    cut(code = 1012) {
      for (const socket of open) socket.close(code)
    },
    refuse(code) {
      state.refusal = code
    },
    spoil(spoilt) {
      state.spoilt = spoilt
    },
    async [Symbol.asyncDispose]() {
      await server.dispose()
      await new Promise((resolve) => sockets.close(resolve))
    },
  }
}

/** A message as a receiver got it. */
export interface Received {
  id: string
  body: string
  cursor: string | null
  signature: string
  timestamp: number
  path: string
}

/** What the receiver does with one message. */
export type Answer =
  | { status: number; headers?: Record<string, string>; afterMs?: number }
  /** Takes it and never answers. */
  | 'hang'

export interface Receiver extends AsyncDisposable {
  url: string
  received: Received[]
  /** Cursors in the order in which they came. */
  cursors(): (string | null)[]
  answer: (message: Received) => Answer | Promise<Answer>
}

/** An HTTP server that takes webhooks. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const message = await read(request)
    received.push(message)
    const answer = await receiver.answer(message)
    if (answer === 'hang') return
    await sleep(answer.afterMs ?? 0)
    response.writeHead(answer.status, answer.headers).end('thank you')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    cursors: () => received.map(({ cursor }) => cursor),
    answer: () => ({ status: 204 }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const header = (name: string) => request.headers[name] as string
  return {
    id: header('webhook-id'),
    body,
    cursor: (JSON.parse(body) as { cursor: string | null }).cursor,
    signature: header('webhook-signature'),
    timestamp: Number(header('webhook-timestamp')),
    path: request.url ?? '',
  }
}

/** Whether a receiver that knows the secret believes the message. */
export const believable = (secret: string, { id, timestamp, body, signature }: Received): boolean =>
  signature === sign(secret, id, timestamp, body) && Math.abs(timestamp - Date.now() / 1000) < 300
