import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols, makeServer } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'

import type { Log } from '#core/service/log.js'
import { count, gauge } from '#core/service/metrics.js'

import { ipOf, originAllowed } from '../identity.js'
import { openBucket, openTally } from './bucket.js'
import { FrameWriter } from './frames.js'
import { type Connection, type ProtocolParts, protocolOptions } from './protocol.js'

export interface SocketParts extends Omit<ProtocolParts, 'userSockets'> {
  origins: ReadonlySet<string>
  trustProxy: boolean
  log: Log
}

/** A client that does not answer pings is gone; it is found out within twice this time. */
const keepAliveMs = 12_000
const closeMs = 1000
const gaugeMs = 5000
/** Close codes of the protocol: most come from graphql-ws itself. */
const closeCodes = { badRequest: 4400, internal: 4500, tooMany: 4429, away: 1001 }

/**
 * Serves graphql-transport-ws on `/graphql` of `server`. Disposing it closes each socket with 1001 and ends every
 * subscription.
 */
export function serveSockets(server: Server, parts: SocketParts): AsyncDisposable {
  const { limits } = parts
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, handleProtocols })
  const addresses = openTally(limits.socketsPerAddress)
  const writers = new Map<WebSocket, FrameWriter>()
  const graphql = makeServer(protocolOptions({ ...parts, userSockets: openTally(limits.socketsPerUser) }))

  const upgrade = (request: IncomingMessage, wire: Duplex, head: Buffer) => {
    const address = ipOf(request, parts.trustProxy) ?? ''
    const status = refusedUpgrade(request, parts.origins) ?? (addresses.take(address) ? undefined : tooMany)
    if (status !== undefined)
      return wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    wire.once('close', () => addresses.give(address))
    return sockets.handleUpgrade(request, wire, head, (socket) => serve(socket, request))
  }

  function serve(socket: WebSocket, request: IncomingMessage): void {
    const writer = new FrameWriter(socket, request.socket)
    const connection: Connection = { socket, request, writer, deliveries: new Set() }
    const bucket = openBucket(limits.messagesPerSecond, limits.messagesPerSecond * 4)
    writers.set(socket, writer)
    gauge('sotp_gateway_sockets', sockets.clients.size)
    request.socket.setNoDelay(true)
    request.socket.on('drain', () => {
      for (const delivery of [...connection.deliveries]) delivery.drained()
    })
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(connection, text),
        close(code, reason) {
          writer.flush()
          socket.close(code, reason)
        },
        onMessage: (take) =>
          socket.on('message', (data) => {
            if (!bucket.take()) return refuseFlood(socket)
            take(String(data)).catch((error: unknown) => {
              if (isUnexpected(error)) return socket.close(closeCodes.badRequest, 'Invalid message received')
              parts.log.error({ err: error }, 'message on a socket failed')
              return socket.close(closeCodes.internal, 'Internal server error')
            })
          }),
        onPing: async (payload) => {
          const answer = await connection.onPing?.(payload)
          const told = answer ?? payload
          await send(connection, JSON.stringify({ type: 'pong', ...(told && { payload: told }) }))
        },
      },
      connection,
    )
    socket.on('error', (error) => parts.log.debug({ err: error }, 'socket failed'))
    socket.once('close', (code, reason) => {
      writers.delete(socket)
      gauge('sotp_gateway_sockets', sockets.clients.size)
      closed(code, String(reason)).catch((error: unknown) =>
        parts.log.error({ err: error }, 'socket did not close well'),
      )
    })
  }

  const keeping = keepAlive(sockets)
  const gauging = setInterval(() => {
    let bytes = 0
    for (const writer of writers.values()) bytes += writer.backlog
    gauge('sotp_gateway_socket_buffer_bytes', bytes)
  }, gaugeMs).unref()
  server.on('upgrade', upgrade)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(keeping)
      clearInterval(gauging)
      server.off('upgrade', upgrade)
      server.on('upgrade', (_request, wire: Duplex) => wire.destroy())
      // A client that does not answer the close frame must not hold up the stop.
      const late = setTimeout(() => sockets.clients.forEach((socket) => void socket.terminate()), closeMs)
      const all = [...sockets.clients].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve)),
      )
      for (const socket of sockets.clients) socket.close(closeCodes.away, 'Going away')
      await Promise.all(all)
      clearTimeout(late)
    },
  }
}

const tooMany = '429 Too Many Requests'

function refusedUpgrade(request: IncomingMessage, origins: ReadonlySet<string>): string | undefined {
  if ((request.url ?? '').split('?')[0] !== '/graphql') return '404 Not Found'
  return originAllowed(request, origins) ? undefined : '403 Forbidden'
}

/** Resolves when the network has taken it, so that nothing piles up for a client that reads no answers. */
function send({ socket, writer }: Connection, text: string): Promise<void> {
  writer.flush()
  if (socket.readyState !== socket.OPEN) return Promise.resolve()
  return new Promise((resolve) => socket.send(text, () => resolve()))
}

/** A message that only servers may send: graphql-ws throws where the protocol says 4400. */
const isUnexpected = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Unexpected message of type')

function refuseFlood(socket: WebSocket): void {
  count('sotp_gateway_sockets_refused_total')
  socket.close(closeCodes.tooMany, 'too many messages a second')
}

function keepAlive(sockets: WebSocketServer): NodeJS.Timeout {
  const silent = new WeakSet<WebSocket>()
  return setInterval(() => {
    for (const socket of sockets.clients) {
      if (silent.has(socket)) {
        socket.terminate()
        continue
      }
      silent.add(socket)
      socket.once('pong', () => silent.delete(socket))
      socket.ping()
    }
  }, keepAliveMs).unref()
}
