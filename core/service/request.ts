import type { Identity } from '../contract/identity.js'
import { SotpError } from './errors.js'

/** Cookies of the browser that asked. Only the auth subgraph may use them; others get an empty jar. */
export interface CookieJar {
  get(name: string): string | undefined
  /** `value` null clears the cookie. Always HttpOnly and SameSite=Strict. */
  set(name: string, value: string | null, options: { maxAgeSeconds: number; path: string }): void
}

/** One request to a subgraph: who asks, from where, and a place for its per-request loaders. */
export interface RequestContext {
  identity: Identity | null
  requestId: string
  ip: string | null
  userAgent: string | null
  cookies: CookieJar
  /** Loaders of this request by name, so that many resolvers share one batch. */
  loaders: Map<string, unknown>
}

/** Who asks. @throws SotpError UNAUTHENTICATED */
export function signedIn(context: RequestContext): Identity {
  if (!context.identity) throw new SotpError('UNAUTHENTICATED')
  return context.identity
}

export const emptyCookieJar: CookieJar = { get: () => undefined, set: () => {} }

/**
 * Collects the keys asked for in one tick and loads them together: `load` gets the distinct keys and returns a map.
 * One loader per request and name; nothing is kept beyond the request.
 */
export function batched<Key extends string, Value>(
  context: RequestContext,
  name: string,
  load: (keys: Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  const existing = context.loaders.get(name)
  if (existing) return existing as (key: Key) => Promise<Value | undefined>
  const known = new Map<Key, Promise<Value | undefined>>()
  let waiting: Key[] = []
  let flight: Promise<ReadonlyMap<Key, Value>> | undefined
  const fetchAll = () => {
    const keys = waiting
    waiting = []
    flight = undefined
    return load(keys)
  }
  const loader = (key: Key): Promise<Value | undefined> => {
    const found = known.get(key)
    if (found !== undefined) return found
    waiting.push(key)
    flight ??= new Promise((resolve) => setImmediate(resolve)).then(fetchAll)
    const value = flight.then((values) => values.get(key))
    known.set(key, value)
    return value
  }
  context.loaders.set(name, loader)
  return loader
}
