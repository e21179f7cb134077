import { expect } from 'vitest'
import { WebSocket } from 'ws'

export interface Told {
  type: string
  id?: string
  payload?: unknown
}

/** A WebSocket that speaks graphql-transport-ws by hand. */
export interface HandSocket {
  ws: WebSocket
  told: Told[]
  readonly last: Told | undefined
  closed: Promise<{ code: number; reason: string }>
  send(message: unknown): void
}

/** Opens sockets at a gateway, and lets them go all at once. */
export function handSockets(url: () => string) {
  const sockets = new Set<HandSocket>()
  /** With `params` it says connection_init, too. @throws Error with the HTTP status when it is refused */
  async function open(params?: Record<string, unknown>): Promise<HandSocket> {
    const ws = new WebSocket(url().replace('http', 'ws').concat('/graphql'), 'graphql-transport-ws')
    const told: Told[] = []
    ws.on('message', (data) => told.push(JSON.parse(String(data)) as Told))
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      ws.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    )
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject))
    const socket: HandSocket = {
      ws,
      told,
      closed,
      get last() {
        return told.at(-1)
      },
      send: (message) => ws.send(JSON.stringify(message)),
    }
    sockets.add(socket)
    if (params) socket.send({ type: 'connection_init', payload: params })
    return socket
  }
  /** A socket that was accepted. */
  async function enter(params: Record<string, unknown>): Promise<HandSocket> {
    const socket = await open(params)
    await expect.poll(() => socket.told[0]?.type).toBe('connection_ack')
    return socket
  }
  function letGo(): void {
    for (const { ws } of sockets) ws.terminate()
    sockets.clear()
  }
  return { open, enter, letGo }
}

export const subscribe = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } })
