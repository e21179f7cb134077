import { apiTokenPrefix } from '#core/contract/access.js'
import type { Identity } from '#core/contract/identity.js'
import type { Authenticator } from '#core/service/authenticator.js'

/** A token that was good is believed this long without being verified again; what its session lost counts at once. */
const keptMs = 30_000
const keptMax = 10_000

/**
 * Verifies an access token once in 30 s: a signature costs more than the rest of most requests. API tokens are not
 * kept here, because their use is noted. Who shows the same token is the same object, by which others keep what they
 * know of them.
 */
export function rememberTokens(authenticator: Authenticator): Authenticator {
  const known = new Map<string, { identity: Identity; until: number }>()

  async function verify(token: string): Promise<Identity> {
    const identity = await authenticator.authenticate(token)
    if (token.startsWith(apiTokenPrefix)) return identity
    known.set(token, { identity, until: Math.min(Date.now() + keptMs, identity.expiresAt) })
    if (known.size > keptMax) known.delete(known.keys().next().value ?? '')
    return identity
  }

  return {
    ...authenticator,
    async authenticate(token) {
      const kept = known.get(token)
      if (!kept) return verify(token)
      if (kept.until > Date.now()) return authenticator.current(kept.identity)
      known.delete(token)
      return verify(token)
    },
  }
}
