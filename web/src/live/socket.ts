import { type Client, createClient } from 'graphql-ws'

import { freshToken } from '../app/session'
import { backoffMs } from './backoff'
import { report } from './connection'

const pongMs = 5_000
const reconnected = new Set<() => void>()
let client: Client | undefined
let skipWait: (() => void) | undefined
let ready = false
let lost = false

/** Calls back each time the socket is back after it was lost: what was missed has to be fetched. */
export function onReconnect(listener: () => void): () => void {
  reconnected.add(listener)
  return () => reconnected.delete(listener)
}

/** Tries again at once instead of after the waiting time. */
export const reconnectNow = (): void => skipWait?.()

/** The one socket of the page, opened with the first stream. It never gives up. */
export function socket(): Client {
  client ??= open()
  return client
}

/** Ends every stream and closes the socket: on signing out. */
export async function closeSocket(): Promise<void> {
  const closing = client
  client = undefined
  lost = false
  try {
    await closing?.dispose()
  } catch {
    // It was just connecting, and gave up for lack of streams: closed is what it should be.
  }
}

function open(): Client {
  let unanswered: ReturnType<typeof setTimeout> | undefined
  let current: WebSocket | undefined
  return createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    lazy: true,
    lazyCloseTimeout: 5_000,
    keepAlive: 10_000,
    connectionAckWaitTimeout: 10_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: waitToRetry,
    connectionParams: async () => ({ authorization: `Bearer ${(await freshToken()) ?? ''}` }),
    on: {
      connected: (opened) => {
        current = opened as WebSocket
        ready = true
        report({ phase: 'live' })
        if (lost) for (const listener of reconnected) listener()
        lost = false
      },
      ping: (received) => {
        // A socket can be dead without a close event (sleep, Wi-Fi roaming): a missing pong is the only sign.
        if (!received) unanswered = setTimeout(() => current?.close(4408, 'no pong'), pongMs)
      },
      pong: () => clearTimeout(unanswered),
      closed: () => {
        clearTimeout(unanswered)
        lost ||= ready
        ready = false
        if (!navigator.onLine) report({ phase: 'offline' })
      },
    },
  })
}

async function waitToRetry(retries: number): Promise<void> {
  const wait = backoffMs(retries)
  report(
    navigator.onLine
      ? { phase: 'waiting', attempt: retries + 1, retryAt: Date.now() + wait }
      : { phase: 'offline' },
  )
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, wait)
    skipWait = () => {
      clearTimeout(timer)
      resolve()
    }
  })
  skipWait = undefined
  if (navigator.onLine) report({ phase: 'connecting', attempt: retries + 1 })
}

if (typeof window !== 'undefined') {
  window.addEventListener('online', () => {
    // A short loss of the network may leave the socket open; if it is dead all the same, a missing pong tells.
    if (ready) report({ phase: 'live' })
    else reconnectNow()
  })
  window.addEventListener('offline', () => report({ phase: 'offline' }))
}
