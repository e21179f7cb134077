import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Redis } from 'ioredis'
import * as z from 'zod'

import { SotpError } from '#core/service/errors.js'
import { within } from '#core/service/redis.js'
import type { CookieJar } from '#core/service/request.js'

/** How long somebody may take to sign in at the provider. */
const lastsSeconds = 600
/** Ties a sign-in to the browser that began it: otherwise a link could sign somebody in as somebody else. */
const cookie = { name: 'sotp_oidc', path: '/graphql', maxAgeSeconds: lastsSeconds } as const
const browserId = /^[\w-]{43}$/

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
const keyOf = (state: string): string => `sotp:auth:oidc:${digest(state)}`

const pending = z.object({
  browser: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
})
/** A sign-in that began. */
export type Pending = Omit<z.infer<typeof pending>, 'browser'>

/** Sign-ins that began and did not come back, in Redis for ten minutes; each can come back once. */
export class PendingSignIns {
  constructor(private readonly redis: Redis) {}

  /** @throws SotpError NOT_READY while Redis is away */
  async keep(begun: Pending, cookies: CookieJar): Promise<void> {
    // Two tabs of a browser sign in beside each other.
    const present = cookies.get(cookie.name) ?? ''
    const id = browserId.test(present) ? present : randomBytes(32).toString('base64url')
    const text = JSON.stringify({ ...begun, browser: digest(id) })
    await inTime(this.redis.set(keyOf(begun.state), text, 'EX', lastsSeconds))
    cookies.set(cookie.name, id, cookie)
  }

  /** Undefined when it is unknown, over, used, or another browser's. @throws SotpError NOT_READY */
  async take(state: string, cookies: CookieJar): Promise<Pending | undefined> {
    const text = await inTime(this.redis.getdel(keyOf(state)))
    if (text === null) return undefined
    const { browser, ...begun } = pending.parse(JSON.parse(text))
    const shown = digest(cookies.get(cookie.name) ?? '')
    return timingSafeEqual(Buffer.from(shown), Buffer.from(browser)) ? begun : undefined
  }
}

const inTime = <Value>(command: Promise<Value>): Promise<Value> =>
  within(command).catch((cause: unknown) => {
    throw new SotpError('NOT_READY', { cause })
  })
