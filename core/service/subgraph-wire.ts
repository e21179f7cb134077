/** How a gateway and a subgraph in another process talk: both ends read the same words. */
export const subgraphPath = '/graphql'

/** Headers beside the identity. They are believed only together with a valid identity header. */
export const wireHeaders = {
  requestId: 'x-request-id',
  clientIp: 'x-sotp-client-ip',
  userAgent: 'x-sotp-user-agent',
  traceparent: 'traceparent',
} as const

/** Key of the signed identity in connection_init and in the `extensions` of each operation over a WebSocket. */
export const wireIdentity = 'identity'

/** Largest body of one operation: an import of 1 MB of CSV, or a few thousand entities, fit well. */
export const wireBodyBytesMax = 32 * 1024 * 1024

/** A header may hold only printable ASCII; user agents may come with anything. */
export const headerText = (text: string): string => encodeURIComponent(text.slice(0, 500))
export function plainText(header: string | undefined): string | null {
  if (!header) return null
  try {
    return decodeURIComponent(header)
  } catch {
    return null
  }
}

/** The one cookie that the gateway hands on, and only to the auth subgraph. */
export const refreshCookie = 'sotp_refresh'
