import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

import { answerParent } from './call.js'

/** The least a WebSocket server on `ws` can do: the same bytes to every socket. */
const sockets = new Set<WebSocket>()

const calls = {
  async start(): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' })
    server.on('connection', (socket) => {
      socket.once('message', () => {
        socket.send('{"type":"connection_ack"}')
        sockets.add(socket)
      })
    })
    await new Promise((resolve) => server.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  broadcast(text: string): void {
    const bytes = Buffer.from(text)
    for (const socket of sockets) socket.send(bytes, { binary: false })
  },
}
export type RawBroadcastCalls = typeof calls
answerParent(calls)
