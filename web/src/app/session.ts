import { useSyncExternalStore } from 'react'

import { type LoginMutation, LogoutDocument, RefreshSessionDocument } from '../gql/graphql'
import { send } from './call'
import { ProblemError } from './problem'

export type Viewer = LoginMutation['login']['viewer']
type Payload = LoginMutation['login']

/** `unknown` until the first silent refresh has ended. `expired`: it ended by itself, not by signing out. */
export type Session =
  | { phase: 'unknown' }
  | { phase: 'out'; expired: boolean }
  | { phase: 'in'; token: string; expiresAt: number; viewer: Viewer }

/** Renewed this long before it ends, so that no request meets a token that dies on the way. */
const leadMs = 30_000

let current: Session = { phase: 'unknown' }
let refreshing: Promise<boolean> | undefined
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()
const otherTabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('sotp.session')
if (otherTabs) {
  otherTabs.onmessage = ({ data }) => {
    if (data === 'out' && current.phase === 'in') become({ phase: 'out', expired: false })
  }
}

/** The session now. The access token lives here, in memory, and nowhere else. */
export const session = (): Session => current

/** Calls back after each change of the session. @returns a function that ends it. */
export function watchSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Who is signed in, for components; undefined when nobody is. */
export function useViewer(): Viewer | undefined {
  const now = useSyncExternalStore(watchSession, session, session)
  return now.phase === 'in' ? now.viewer : undefined
}

/** Whether somebody is signed in, after trying the refresh cookie once. Never throws. */
export async function ensureSession(): Promise<boolean> {
  return current.phase === 'unknown' ? refreshSession() : current.phase === 'in'
}

/** A token that is good for a while, refreshed if needed; undefined when signed out. */
export async function freshToken(): Promise<string | undefined> {
  if (current.phase === 'in' && current.expiresAt - Date.now() < 5_000) await refreshSession()
  return current.phase === 'in' ? current.token : undefined
}

/** Signs out here and in the other tabs; the server forgets the session where it can be reached. */
export async function signOut(): Promise<void> {
  await send(LogoutDocument, {}).catch(() => undefined)
  leave()
}

/** The session has been ended on purpose: says so to the other tabs, too. */
export function leave(): void {
  otherTabs?.postMessage('out')
  become({ phase: 'out', expired: false })
}

/**
 * Renews the access token by the refresh cookie. One at a time, in all tabs together: refresh tokens rotate, and
 * a token used twice looks stolen to the server.
 * @returns whether somebody is signed in afterwards. A network fault leaves a session that still holds as it is.
 */
export function refreshSession(): Promise<boolean> {
  refreshing ??= inTurn(renew).finally(() => {
    refreshing = undefined
  })
  return refreshing
}

async function renew(): Promise<boolean> {
  try {
    accept((await send(RefreshSessionDocument, {})).refreshSession)
    return true
  } catch (error) {
    const unreachable = error instanceof ProblemError && ['NETWORK', 'NOT_READY'].includes(error.problem.code)
    if (unreachable && current.phase === 'in') {
      timer = setTimeout(refreshSession, 5_000)
      return current.expiresAt > Date.now()
    }
    become({ phase: 'out', expired: current.phase === 'in' })
    return false
  }
}

function inTurn<T>(run: () => Promise<T>): Promise<T> {
  // Browsers withhold locks on plain-HTTP pages; there each tab only waits for itself.
  return globalThis.navigator?.locks ? navigator.locks.request('sotp.refresh', run) : run()
}

/** Goes on with the session that the server has opened. */
export function accept({ accessToken, expiresAt, viewer }: Payload): void {
  const end = Date.parse(expiresAt)
  clearTimeout(timer)
  timer = setTimeout(refreshSession, Math.min(2 ** 31 - 1, Math.max(1_000, end - Date.now() - leadMs)))
  become({ phase: 'in', token: accessToken, expiresAt: end, viewer })
}

function become(next: Session): void {
  if (next.phase !== 'in') clearTimeout(timer)
  current = next
  for (const listener of listeners) listener()
}
