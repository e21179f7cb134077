import type { IncomingMessage, ServerResponse } from 'node:http'

import { hostOf, isSecure } from '../identity.js'

/**
 * Headers of every response. Scripts come only from our own files; styles may be inline because charts and the editor
 * of GraphiQL place elements by style attributes.
 */
export function secure(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('content-security-policy', policyFor(hostOf(request)))
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('x-frame-options', 'DENY')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=()')
  if (isSecure(request)) response.setHeader('strict-transport-security', 'max-age=31536000')
}

const policies = new Map<string, string>()
const policiesMax = 100

/** The policy of a host's pages; hosts are few, except where somebody makes them up. */
function policyFor(host: string): string {
  const known = policies.get(host)
  if (known !== undefined) return known
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self' ws://${host} wss://${host}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
  if (policies.size < policiesMax) policies.set(host, policy)
  return policy
}

/** Lets pages of the allowed origins read answers. Cookies stay at home: no credentials. */
export function allowOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: ReadonlySet<string>,
): void {
  const { origin } = request.headers
  response.setHeader('vary', 'Origin')
  if (origin === undefined || !allowed.has(origin)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', 'retry-after, x-request-id, x-sotp-cost')
  if (request.method !== 'OPTIONS') return
  response.setHeader('access-control-allow-methods', 'GET, POST')
  response.setHeader(
    'access-control-allow-headers',
    'authorization, content-type, x-request-id, apollo-require-preflight, graphql-client-name, graphql-client-version, apollographql-client-name, apollographql-client-version',
  )
  response.setHeader('access-control-max-age', '600')
}
