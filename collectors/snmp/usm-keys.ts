import { createHash } from 'node:crypto'

import type { CredentialSecret } from '#core/contract/credentials.js'
import type { DerivedSecrets } from '#core/service/derived-secrets.js'
import { count } from '#core/service/metrics.js'

import { authProtocols, privProtocols } from '#core/service/snmp/usm-protocols.js'
import { KeyThread, type LocalKeys } from '#core/service/snmp/usm-thread.js'

export type UsmUser = Extract<CredentialSecret, { kind: 'SNMP_V3' }>

const keepMax = 20_000

/**
 * Localised keys by user and engine: from memory, else from what is kept sealed, else from a thread that derives them. Nothing of
 * it holds the event loop, and after a restart nothing is derived again.
 */
export class UsmKeys implements AsyncDisposable {
  readonly #known = new Map<string, Promise<LocalKeys>>()
  readonly #thread = new KeyThread()

  constructor(readonly kept: DerivedSecrets | undefined) {}

  /** Pass phrases this process had to stretch, which is the costly part. */
  get stretched(): number {
    return this.#thread.stretched
  }

  /** @throws Error when they cannot be derived. */
  of(user: UsmUser, credentialId: string, engineId: Buffer): Promise<LocalKeys> {
    const print = fingerprint(user)
    const name = `${credentialId}/${print}/${engineId.toString('hex')}`
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const oldest = this.#known.keys().next().value
    if (this.#known.size >= keepMax && oldest !== undefined) this.#known.delete(oldest)
    const keys = this.#find({ user, print, credentialId, engineId })
    this.#known.set(name, keys)
    keys.catch(() => this.#known.delete(name))
    return keys
  }

  async #find(about: {
    user: UsmUser
    print: string
    credentialId: string
    engineId: Buffer
  }): Promise<LocalKeys> {
    const { user, print, credentialId, engineId } = about
    const name = `snmp-v3/${engineId.toString('hex')}`
    const kept = keysIn(await this.kept?.get(credentialId, name), print)
    if (kept) return kept
    const { authProtocol, authKey, privProtocol, privKey } = user
    if (authProtocol === null || authKey === null)
      throw new Error('a user without authentication has no keys')
    const privacy = privProtocol === null || privKey === null ? undefined : privProtocols[privProtocol]
    const before = this.stretched
    const keys = await this.#thread.derive({
      hash: authProtocols[authProtocol].hash,
      authKey,
      privKey: privacy ? privKey : null,
      privOctets: privacy?.keyOctets ?? 0,
      extend: privacy?.extend ?? 'blumenthal',
      engineId,
    })
    count('sotp_collector_usm_keys_derived_total', {}, Math.max(0, this.stretched - before))
    await this.kept?.set(credentialId, name, textOf(keys, print))
    return keys
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]()
  }
}

/** Of everything keys depend on: those of a secret that was changed are not taken. Kept only sealed. */
const fingerprint = ({ authProtocol, authKey, privProtocol, privKey }: UsmUser): string =>
  createHash('sha256')
    .update(JSON.stringify([authProtocol, authKey, privProtocol, privKey]))
    .digest('base64')

const textOf = ({ auth, priv }: LocalKeys, of: string): string =>
  JSON.stringify({
    of,
    auth: Buffer.from(auth).toString('base64'),
    priv: Buffer.from(priv).toString('base64'),
  })

function keysIn(text: string | undefined, print: string): LocalKeys | undefined {
  if (text === undefined) return undefined
  const { of, auth, priv } = JSON.parse(text) as Record<'of' | 'auth' | 'priv', string>
  return of === print ? { auth: Buffer.from(auth, 'base64'), priv: Buffer.from(priv, 'base64') } : undefined
}
