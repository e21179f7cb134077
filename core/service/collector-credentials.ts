import { type CredentialKind, type CredentialSecret, credentialSecret } from '../contract/credentials.js'
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
  /** Told of each secret that is opened, and not of those that are remembered. */
  opened(ref: string): void
}

export function openCredentials(secrets: Secrets, { keepMs, opened }: CredentialsOptions): Credentials {
  const known = new Map<string, { until: number; secret: Promise<Secret<CredentialSecret> | undefined> }>()

  async function read(ref: string): Promise<Secret<CredentialSecret> | undefined> {
    const text = await secrets.get(ref)
    if (!text) return undefined
    opened(ref)
    return new Secret(parse(ref, text.reveal()))
  }

  function get(ref: string): Promise<Secret<CredentialSecret> | undefined> {
    const now = Date.now()
    const found = known.get(ref)
    if (found && found.until > now) return found.secret
    for (const [old, { until }] of known) if (until <= now) known.delete(old)
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
