import { connect } from 'node:net'
import { WebSocket } from 'ws'

interface Message {
  id?: string
  type: string
  payload?: unknown
}

/** A raw socket that keeps what it was sent, and how it was closed. */
export interface Probe {
  socket: WebSocket
  messages: Message[]
  /** Text and buffers go as they are, anything else as JSON. */
  send(...messages: unknown[]): void
  closed: Promise<{ code: number; reason: string }>
}

/** Opens a WebSocket on `/graphql` of the gateway at `url`. @throws when the upgrade is refused. */
export async function openProbe(url: string, protocols: string[]): Promise<Probe> {
  const socket = new WebSocket(url.replace('http', 'ws').concat('/graphql'), protocols)
  const raw = (message: unknown): message is string | Buffer =>
    typeof message === 'string' || Buffer.isBuffer(message)
  const probe: Probe = {
    socket,
    messages: [],
    send: (...messages) => {
      for (const message of messages) socket.send(raw(message) ? message : JSON.stringify(message))
    },
    closed: new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
    }),
  }
  socket.on('message', (data) => probe.messages.push(JSON.parse(String(data)) as Message))
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return probe
}

const headEnd = '\r\n\r\n'

/**
 * The code with which the gateway closes a client that offers these sub-protocols; 0 when it ends the connection
 * without one. By hand, because the ws package would itself refuse an answer that names none of what it offered.
 */
export const codeForOffer = (port: number, offered: string | undefined): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      const head = received.indexOf(headEnd)
      const frame = Buffer.from(head < 0 ? '' : received.slice(head + headEnd.length), 'latin1')
      // A close frame of a server: 0x88, length, code (RFC 6455 §5.5.1).
      if (frame.length < 4) return
      socket.destroy()
      resolve(frame[0] === 0x88 ? frame.readUInt16BE(2) : -1)
    })
    socket.once('error', reject)
    socket.once('end', () => resolve(0))
    socket.write(
      [
        'GET /graphql HTTP/1.1',
        `Host: 127.0.0.1:${port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        ...(offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${offered}`]),
        headEnd.slice(2),
      ].join('\r\n'),
    )
  })
