import { integer } from '#core/service/config.js'

/** What one client of the live transports may take: part of the gateway's settings. */
export const liveSettings = {
  /** WebSockets that one user may have open at once. */
  SOTP_GATEWAY_SOCKETS_PER_USER: integer({ min: 1, max: 100_000, byDefault: 50 }),
  /** WebSockets that one address may have open at once; many users may share one. */
  SOTP_GATEWAY_SOCKETS_PER_ADDRESS: integer({ min: 1, max: 1_000_000, byDefault: 1000 }),
  /** Operations that may run at once on one WebSocket. */
  SOTP_GATEWAY_SOCKET_OPERATIONS: integer({ min: 1, max: 10_000, byDefault: 100 }),
  /** Size of one message from a client; larger imports go over HTTP. */
  SOTP_GATEWAY_SOCKET_BYTES: integer({ min: 1024, max: 16 * 1024 * 1024, byDefault: 1024 * 1024 }),
  /** Messages a second from one client, on average; four times as many at once. */
  SOTP_GATEWAY_SOCKET_MESSAGES_PER_SECOND: integer({ min: 1, max: 100_000, byDefault: 100 }),
  /** Subscriptions that one user may have at once, over all transports. */
  SOTP_GATEWAY_SUBSCRIPTIONS_PER_USER: integer({ min: 1, max: 1_000_000, byDefault: 500 }),
}

export interface LiveLimits {
  socketsPerUser: number
  socketsPerAddress: number
  operationsPerSocket: number
  messageBytes: number
  messagesPerSecond: number
  subscriptionsPerUser: number
}

export const liveLimitsOf = (config: Record<keyof typeof liveSettings, number>): LiveLimits => ({
  socketsPerUser: config.SOTP_GATEWAY_SOCKETS_PER_USER,
  socketsPerAddress: config.SOTP_GATEWAY_SOCKETS_PER_ADDRESS,
  operationsPerSocket: config.SOTP_GATEWAY_SOCKET_OPERATIONS,
  messageBytes: config.SOTP_GATEWAY_SOCKET_BYTES,
  messagesPerSecond: config.SOTP_GATEWAY_SOCKET_MESSAGES_PER_SECOND,
  subscriptionsPerUser: config.SOTP_GATEWAY_SUBSCRIPTIONS_PER_USER,
})
