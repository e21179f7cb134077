import type { IncomingMessage } from 'node:http'

import type { Message } from '../live/message.js'
import type { LiveFormat } from './live-response.js'

/** Clients that lost the connection come back after a time of their own, not all at once. */
const retryMs = () => 1000 + Math.round(Math.random() * 2000)

/** The same bytes go to everybody: a message is written out once. */
const written = new WeakMap<Message, Buffer>()

/**
 * Server-sent events by the "distinct connections mode" of the graphql-sse protocol: one operation a request, `next`
 * events and a `complete`. Each event carries its cursor as `id`, which browsers give back as `Last-Event-ID`.
 */
export const eventStream: LiveFormat = {
  name: 'sse',
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  open: () => `retry: ${retryMs()}\n:\n\n`,
  message(message, body) {
    if (body !== message.body) return write(message, body)
    let bytes = written.get(message)
    if (!bytes) {
      bytes = write(message, body)
      written.set(message, bytes)
    }
    return bytes
  },
  result: (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`,
  beat: ':\n\n',
  end: (errors) =>
    `${errors && errors.length > 0 ? `event: next\ndata: ${JSON.stringify({ errors })}\n\n` : ''}event: complete\ndata: \n\n`,
}

// JSON has no line breaks outside of strings, and none inside: they are escaped.
const write = ({ cursor }: Message, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(cursor !== undefined && plain.test(cursor) ? `id: ${cursor}\n` : ''),
    Buffer.from('event: next\ndata: '),
    body,
    Buffer.from('\n\n'),
  ])
const plain = /^[\x20-\x7e]*$/

/** Whether the client asks for events and nothing else. */
export const wantsEvents = ({ headers }: IncomingMessage): boolean =>
  (headers.accept ?? '')
    .split(',')
    .some((range) => range.split(';')[0]?.trim().toLowerCase() === 'text/event-stream')

/** The place where a client that lost its connection goes on; undefined when it begins. */
export function lastEventId({ headers }: IncomingMessage): string | undefined {
  const id = headers['last-event-id']
  return typeof id === 'string' && id !== '' && id.length <= 200 ? id : undefined
}
