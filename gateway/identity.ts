import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

import type { Identity } from '#core/contract/identity.js'
import type { Authenticator } from '#core/service/authenticator.js'
import { type BrowserJar, openJar } from '#core/service/cookies.js'
import { SotpError } from '#core/service/errors.js'

import type { ClientContext } from './links/link.js'

export interface HttpClient extends ClientContext {
  cookies: BrowserJar
}

const requestIdText = /^[\w.-]{8,64}$/
const clientText = /^[\x20-\x7e]{1,100}$/
const hostText = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/

/** The caller's own request id where it is one, so that its log and ours can be read together. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && requestIdText.test(given) ? given : randomUUID()
}

/** The host the client asked for; `localhost` when it is not one. */
export const hostOf = ({ headers }: IncomingMessage): string =>
  headers.host && hostText.test(headers.host) ? headers.host : 'localhost'

/** Whether the client's own connection is encrypted: a proxy that ends TLS says so. */
export const isSecure = ({ headers }: IncomingMessage): boolean =>
  String(headers['x-forwarded-proto'] ?? '')
    .split(',')[0]
    ?.trim() === 'https'

/** The client's address: of the connection, or what our own proxy reports where `trustProxy`. */
export function ipOf({ headers, socket }: IncomingMessage, trustProxy: boolean): string | null {
  // The last entry was added by the proxy in front of us; those before it anybody can invent.
  const reported = trustProxy
    ? String(headers['x-forwarded-for'] ?? '')
        .split(',')
        .at(-1)
        ?.trim()
    : undefined
  const address = reported || socket.remoteAddress
  return address?.replace(/^::ffff:/, '') ?? null
}

export function liveUrlOf(request: IncomingMessage): string {
  return `${isSecure(request) ? 'wss' : 'ws'}://${hostOf(request)}/graphql`
}

/** What the client program says it is, by the headers that Apollo's and other clients send. */
export function clientNameOf(headers: IncomingHttpHeaders): { clientName?: string; clientVersion?: string } {
  const text = (what: string) => {
    const given = headers[`graphql-client-${what}`] ?? headers[`apollographql-client-${what}`]
    return typeof given === 'string' && clientText.test(given) ? given : undefined
  }
  const [clientName, clientVersion] = [text('name'), text('version')]
  return {
    ...(clientName !== undefined && { clientName }),
    ...(clientVersion !== undefined && { clientVersion }),
  }
}

/** The token of an `Authorization` header; undefined when there is no header. @throws SotpError TOKEN_INVALID */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization === '') return undefined
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1]
  if (token === undefined)
    throw new SotpError('TOKEN_INVALID', { message: 'Use "Authorization: Bearer <token>".' })
  return token
}

/**
 * Everything the gateway must know of an HTTP request. No token means nobody; a bad one is refused, so that a client
 * learns that it must renew instead of being told that it lacks a permission.
 * @throws SotpError TOKEN_INVALID or NOT_READY
 */
export async function clientOf(
  request: IncomingMessage,
  requestId: string,
  { authenticator, trustProxy }: { authenticator: Authenticator; trustProxy: boolean },
): Promise<HttpClient> {
  const token = bearerOf(request.headers.authorization)
  const identity: Identity | null = token === undefined ? null : await authenticator.authenticate(token)
  return {
    identity,
    requestId,
    ip: ipOf(request, trustProxy),
    userAgent: request.headers['user-agent'] ?? null,
    cookies: openJar(request.headers.cookie, isSecure(request)),
    liveUrl: liveUrlOf(request),
    ...clientNameOf(request.headers),
  }
}

/** Pages of these origins may use the graph: our own host, and what the settings add. */
export function originAllowed(request: IncomingMessage, allowed: ReadonlySet<string>): boolean {
  const { origin } = request.headers
  // Programs other than browsers send none; they cannot be tricked into using somebody's session.
  if (origin === undefined) return true
  if (allowed.has(origin)) return true
  try {
    return new URL(origin).host === hostOf(request)
  } catch {
    return false
  }
}
