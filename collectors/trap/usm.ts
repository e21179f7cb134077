import type { CredentialSecret } from '#core/contract/credentials.js'
import { flags, type Security } from '#core/service/snmp/usm-message.js'
import { authProtocols, privProtocols } from '#core/service/snmp/usm-protocols.js'
import { localize, privacyKey, stretch } from '#core/service/snmp/usm-thread.js'

type V3Secret = Extract<CredentialSecret, { kind: 'SNMP_V3' }>

/** A user of the User-based Security Model as a receiver needs it: what is derived of the pass phrases, not these. */
export interface UsmUser {
  name: string
  /** The bits of `flags` that its messages must have, no less and no more. */
  level: number
  auth: { protocol: NonNullable<V3Secret['authProtocol']>; digest: Buffer } | null
  priv: { protocol: NonNullable<V3Secret['privProtocol']>; digest: Buffer } | null
}

/** What a credential's user is to a receiver. Takes some milliseconds. */
export function usmUser({ username, authProtocol, authKey, privProtocol, privKey }: V3Secret): UsmUser {
  if (authProtocol === null || authKey === null) return { name: username, level: 0, auth: null, priv: null }
  const { hash } = authProtocols[authProtocol]
  const auth = { protocol: authProtocol, digest: stretch(hash, authKey) }
  if (privProtocol === null || privKey === null)
    return { name: username, level: flags.auth, auth, priv: null }
  const priv = { protocol: privProtocol, digest: stretch(hash, privKey) }
  return { name: username, level: flags.auth | flags.priv, auth, priv }
}

/**
 * A user on an engine. The key of privacy is made when it is asked for first, which is after the digest was right: by the
 * Reeder draft it costs a whole stretched hash for each engine, and anybody can name engines.
 */
export function securityOn({ name, auth, priv }: UsmUser, engineId: Buffer): Security {
  const username = Buffer.from(name)
  if (!auth) return { username, auth: undefined, priv: undefined }
  const { hash } = authProtocols[auth.protocol]
  const signing = { protocol: auth.protocol, key: localize(hash, auth.digest, engineId) }
  if (!priv) return { username, auth: signing, priv: undefined }
  const { protocol, digest } = priv
  const { keyOctets: privOctets, extend } = privProtocols[protocol]
  let made: Buffer | undefined
  const encrypting = {
    protocol,
    get key() {
      made ??= privacyKey({ hash, extend, privOctets }, digest, engineId)
      return made
    },
  }
  return { username, auth: signing, priv: encrypting }
}
