import type { IncomingMessage, Server } from 'node:http'

import { SotpError } from './errors.js'

/** A body that is larger than it may be: HTTP 413. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/**
 * Reads a JSON body of at most `bytesMax` bytes; undefined when there is none or its content type is not JSON.
 * @throws BodyTooLarge, or SotpError BAD_REQUEST when it is not JSON in UTF-8.
 */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
  if (type.trim() !== 'application/json') {
    request.resume()
    return undefined
  }
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='))
  if (charset && !['charset=utf-8', 'charset="utf-8"'].includes(charset)) {
    throw new SotpError('BAD_REQUEST', { message: 'JSON must be in UTF-8.' })
  }
  if (request.headers['content-encoding'] !== undefined) {
    throw new SotpError('BAD_REQUEST', { message: 'Compressed requests are not accepted.' })
  }
  const text = await readText(request, bytesMax)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SotpError('BAD_REQUEST', { cause, message: 'The body is not JSON.' })
  }
}

async function readText(request: IncomingMessage, bytesMax: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(request)
  const chunks: Buffer[] = []
  let bytes = 0
  const parts = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const chunk of parts) {
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge(request)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The rest is read and forgotten, because a connection closed with unread data loses the answer as well. */
function tooLarge(request: IncomingMessage): BodyTooLarge {
  request.resume()
  return new BodyTooLarge()
}

/** What still runs may take so long when a server stops. */
const drainMs = 5000
const idleCheckMs = 25

/** Stops a server: takes nothing new, finishes what runs for up to 5 s, then cuts. */
export async function drain(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // A kept-alive connection becomes idle only when its last answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMs)
  const late = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearInterval(idle)
  clearTimeout(late)
}
