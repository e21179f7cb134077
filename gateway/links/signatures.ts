import type { Identity } from '#core/contract/identity.js'
import type { IdentitySigner } from '#core/service/identity.js'

/** Half of a signature's life, so that what is sent now is still good when it arrives. */
const keptMs = 30_000

interface Kept {
  token: Promise<string>
  until: number
}

/** Signs each identity once in 30 s: a signature costs more than most calls that carry it. */
export function rememberSignatures(signer: IdentitySigner): (who: Identity | null) => Promise<string> {
  const byIdentity = new WeakMap<Identity, Kept>()
  let anonymous: Kept | undefined

  return (who) => {
    const now = performance.now()
    const known = who ? byIdentity.get(who) : anonymous
    if (known && known.until > now) return known.token
    const kept = { token: signer.sign(who), until: now + keptMs }
    if (who) byIdentity.set(who, kept)
    else anonymous = kept
    return kept.token
  }
}
