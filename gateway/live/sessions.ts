import type { Identity } from '#core/contract/identity.js'
import type { Authenticator } from '#core/service/authenticator.js'
import { SotpError } from '#core/service/errors.js'
import type { IdentitySigner } from '#core/service/identity.js'

import { bearerOf } from '../identity.js'
import type { ClientContext } from '../links/link.js'

interface Watcher {
  /** The right to be connected has ended. Called at most once. */
  lost(error: SotpError): void
  /** The client has other rights than before. */
  changed(client: ClientContext): void
}

/** Somebody's live connection, as long as they may have it. */
export interface Session extends Disposable {
  readonly client: ClientContext
  /** Shows a newer token of the same user. @throws SotpError TOKEN_INVALID, FORBIDDEN for somebody else's */
  renew(params: Readonly<Record<string, unknown>>): Promise<Identity>
}

/** Watches over all live connections of this process: tokens that end, sessions that are revoked, grants that change. */
export interface Sessions extends Disposable {
  /** Who connection parameters stand for. @throws SotpError UNAUTHENTICATED or TOKEN_INVALID */
  identify(params: Readonly<Record<string, unknown>> | undefined): Promise<Identity>
  watch(client: ClientContext, watcher: Watcher): Session
}

/** Timers cannot wait longer. */
const timerMsMax = 2 ** 31 - 1

export function openSessions({
  authenticator,
  signer,
}: {
  authenticator: Authenticator
  signer: IdentitySigner
}): Sessions {
  const byUser = new Map<string, Set<() => void>>()
  const stop = authenticator.onChange(({ userId }) => {
    for (const check of [...(byUser.get(userId) ?? [])]) check()
  })

  function follow(userId: string, check: () => void): () => void {
    const own = byUser.get(userId) ?? new Set()
    byUser.set(userId, own.add(check))
    return () => {
      own.delete(check)
      if (own.size === 0) byUser.delete(userId)
    }
  }

  async function identify(params: Readonly<Record<string, unknown>> | undefined): Promise<Identity> {
    const internal = params?.['internal']
    if (typeof internal === 'string') return authenticator.current(await signer.verifyInternal(internal))
    return authenticator.authenticate(tokenOf(params))
  }

  return {
    identify,
    watch(first, watcher) {
      let client = first
      let timer: NodeJS.Timeout | undefined
      const { identity } = first
      const unfollow = identity ? follow(identity.userId, check) : () => {}

      function end(error: SotpError): void {
        dispose()
        watcher.lost(error)
      }
      function check(): void {
        if (!client.identity) return
        try {
          become(authenticator.current(client.identity))
        } catch (error) {
          end(error instanceof SotpError ? error : new SotpError('TOKEN_INVALID', { cause: error }))
        }
      }
      function become(next: Identity): void {
        if (next === client.identity) return
        client = { ...client, identity: next }
        watcher.changed(client)
      }
      function arm(): void {
        clearTimeout(timer)
        if (!client.identity) return
        const restMs = client.identity.expiresAt - Date.now()
        timer = setTimeout(
          () =>
            restMs > timerMsMax
              ? arm()
              : end(new SotpError('TOKEN_INVALID', { message: 'The token has expired.' })),
          Math.min(Math.max(0, restMs), timerMsMax),
        )
      }
      function dispose(): void {
        clearTimeout(timer)
        unfollow()
      }
      arm()
      // The rights may have changed while the connection was being made.
      queueMicrotask(check)
      return {
        get client() {
          return client
        },
        async renew(params) {
          const next = await identify(params)
          if (next.userId !== client.identity?.userId) {
            throw new SotpError('FORBIDDEN', { message: 'A connection belongs to one user.' })
          }
          become(next)
          arm()
          return next
        },
        [Symbol.dispose]: dispose,
      }
    },
    [Symbol.dispose]: stop,
  }
}

function tokenOf(params: Readonly<Record<string, unknown>> | undefined): string {
  const { accessToken, authorization, Authorization } = params ?? {}
  if (typeof accessToken === 'string') return accessToken
  const header = authorization ?? Authorization
  const token = typeof header === 'string' ? bearerOf(header) : undefined
  if (token === undefined) {
    throw new SotpError('UNAUTHENTICATED', { message: 'connection_init needs { accessToken }.' })
  }
  return token
}
