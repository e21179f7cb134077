import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

import { answerParent } from './call.js'

/** The least a WebSocket server on `ws` can do: the same bytes to every socket that asked with the same variables. */
const groups = new Map<string, Set<WebSocket>>()

type Variables = Record<string, unknown>
const keyOf = (variables: Variables = {}) => JSON.stringify(variables)

function join(socket: WebSocket, subscribe: string): void {
  const { payload } = JSON.parse(subscribe) as { payload: { variables?: Variables } }
  const key = keyOf(payload.variables)
  const group = groups.get(key) ?? new Set()
  groups.set(key, group.add(socket))
}

const calls = {
  async start(): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' })
    server.on('connection', (socket) => {
      socket.once('message', () => {
        socket.once('message', (data) => join(socket, String(data)))
        socket.send('{"type":"connection_ack"}')
      })
    })
    await new Promise((resolve) => server.once('listening', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  broadcast(text: string, variables?: Variables): void {
    const bytes = Buffer.from(text)
    for (const socket of groups.get(keyOf(variables)) ?? []) socket.send(bytes, { binary: false })
  },
}
export type RawBroadcastCalls = typeof calls
answerParent(calls)
