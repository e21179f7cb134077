import type { IncomingMessage, ServerResponse } from 'node:http'

import type { StaticFiles } from './http/static.js'

/** Whether a browser asks for a page and not a program for data. */
export function wantsPage({ method, headers }: IncomingMessage): boolean {
  const accepts = String(headers.accept ?? '')
  return (method === 'GET' || method === 'HEAD') && accepts.includes('text/html') && !accepts.includes('json')
}

/** The built GraphiQL, from our own files. It signs in by the web app's session. */
export async function sendGraphiql(
  files: StaticFiles | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (await files?.send(request, response, '/graphiql.html')) return
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(
    'GraphiQL is not built here; `npm run build` makes it. POST your operations to this address.\n',
  )
}
