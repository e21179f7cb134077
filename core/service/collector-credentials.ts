import { type CredentialKind, type CredentialSecret, credentialSecret } from '../contract/credentials.js'
import { count } from './metrics.js'
import { within } from './redis.js'
import { Secret, type Secrets } from './secrets.js'

/** Credentials as collectors use them: opened, checked, and remembered for a short time. */
export interface Credentials {
  /**
   * The first of `refs` that exists and is of this kind; undefined when there is none.
   * @throws Error when a secret cannot be opened with this process's key or does not fit the contract.
   */
  first<Kind extends CredentialKind>(
    refs: readonly string[],
    kind: Kind,
  ): Promise<Secret<Extract<CredentialSecret, { kind: Kind }>> | undefined>
  /** As `first`, with the reference that it was found under. */
  find<Kind extends CredentialKind>(
    refs: readonly string[],
    kind: Kind,
  ): Promise<{ ref: string; secret: Secret<Extract<CredentialSecret, { kind: Kind }>> } | undefined>
}

export interface CredentialsOptions {
  /** How long an opened secret stays in memory; a change reaches the polls within this time. */
  keepMs: number
  /** How long it still serves while its store does not answer. */
  lastResortMs?: number
  /** Told of each secret that is opened, and not of those that are remembered. */
  opened(ref: string): void
}

/** How long a store may take where there is an answer of before, and where there is none. */
const patienceMs = { known: 2000, unknown: 10_000 }

export function openCredentials(
  secrets: Secrets,
  { keepMs, lastResortMs = keepMs, opened }: CredentialsOptions,
): Credentials {
  const last = new Map<string, { at: number; secret: Secret<CredentialSecret> }>()
  const known = new Map<string, { until: number; secret: Promise<Secret<CredentialSecret> | undefined> }>()

  /** What the store says; while it does not answer, what it said before. */
  async function read(ref: string): Promise<Secret<CredentialSecret> | undefined> {
    const before = last.get(ref)
    let text: Secret<string> | undefined
    try {
      text = await within(secrets.get(ref), before ? patienceMs.known : patienceMs.unknown)
    } catch (error) {
      if (!before || Date.now() - before.at > lastResortMs) throw error
      count('sotp_collector_remembered_credentials_total')
      return before.secret
    }
    // Removed: it must not serve any longer.
    last.delete(ref)
    if (!text) return undefined
    opened(ref)
    const secret = new Secret(parse(ref, text.reveal()))
    last.set(ref, { at: Date.now(), secret })
    return secret
  }

  function get(ref: string): Promise<Secret<CredentialSecret> | undefined> {
    const now = Date.now()
    const found = known.get(ref)
    if (found && found.until > now) return found.secret
    for (const [old, { until }] of known) if (until <= now) known.delete(old)
    for (const [old, { at }] of last) if (now - at > lastResortMs) last.delete(old)
    const secret = read(ref)
    known.set(ref, { until: now + keepMs, secret })
    // A failure is not remembered: the store may answer again at once.
    secret.catch(() => known.delete(ref))
    return secret
  }

  const find: Credentials['find'] = async (refs, kind) => {
    for (const ref of refs) {
      const secret = await get(ref)
      if (secret?.reveal().kind === kind) {
        return { ref, secret: secret as Secret<Extract<CredentialSecret, { kind: typeof kind }>> }
      }
    }
    return undefined
  }
  return { find, first: async (refs, kind) => (await find(refs, kind))?.secret }
}

/** The parser's own message would quote the secret, so it is not passed on. */
function parse(ref: string, text: string): CredentialSecret {
  try {
    return credentialSecret.parse(JSON.parse(text))
  } catch {
    throw new Error(`credential ${ref} does not fit the contract`)
  }
}
