import type { IncomingMessage } from 'node:http'

import type { LiveFormat } from './live-response.js'

const delimiter = '\r\n--graphql'
const part = '\r\ncontent-type: application/json\r\n\r\n'
const head = Buffer.from(`${part}{"payload":`)
const tail = Buffer.from(`}${delimiter}`)

/**
 * Apollo's multipart protocol for subscriptions over HTTP, version 1.0. A part is complete with the delimiter behind it,
 * so that one follows each at once.
 */
export const multipart: LiveFormat = {
  name: 'multipart',
  headers: { 'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"' },
  open: () => delimiter,
  message: (_message, body) => Buffer.concat([head, body, tail]),
  result: (result) => `${part}${JSON.stringify({ payload: result })}${delimiter}`,
  beat: `${part}{}${delimiter}`,
  end: (errors) =>
    `${errors && errors.length > 0 ? `${part}${JSON.stringify({ payload: null, errors })}${delimiter}` : ''}--\r\n`,
}

/** Whether the client can read a subscription as parts. */
export const wantsParts = ({ headers }: IncomingMessage): boolean =>
  /multipart\/mixed[^,]*;\s*subscriptionSpec="?1\.0"?/i.test(headers.accept ?? '')
