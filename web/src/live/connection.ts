import { useSyncExternalStore } from 'react'

/** What the live indicator says. Times are Unix ms. */
export type Connection =
  | { phase: 'connecting'; attempt: number }
  | { phase: 'live' }
  | { phase: 'waiting'; attempt: number; retryAt: number }
  | { phase: 'offline' }

let current: Connection = { phase: 'connecting', attempt: 0 }
let lastLiveAt: number | undefined
const listeners = new Set<() => void>()

/** The state of the one socket. */
export const connection = (): Connection => current

/** When the page last received live data, in Unix ms; undefined before the first. */
export const dataFrom = (): number | undefined => (current.phase === 'live' ? Date.now() : lastLiveAt)

export const useConnection = (): Connection => useSyncExternalStore(watch, connection, connection)

/** Whether saving is pointless now because the browser itself is offline. */
export const useOffline = (): boolean => useConnection().phase === 'offline'

/** Says what the socket does now; called by `socket.ts` only. */
export function report(next: Connection): void {
  if (current.phase === 'live' && next.phase !== 'live') lastLiveAt = Date.now()
  current = next
  for (const listener of listeners) listener()
}

function watch(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
