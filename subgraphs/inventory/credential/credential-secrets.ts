import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'

import type { ChassisConfig } from '#core/service/config.js'
import { type CredentialList, openCredentialList } from '#core/service/credential-list.js'
import { type DerivedSecrets, openDerivedSecrets } from '#core/service/derived-secrets.js'
import { SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import {
  openSecretBox,
  openSecretShelf,
  type SecretBox,
  type SecretShelf,
  type Secrets,
} from '#core/service/secrets.js'
import { openSecrets } from '#core/service/secrets-vault.js'
import type { DataSource } from '#db/source.js'

const shelfWaitMs = 2000

interface Row {
  id: string
  /** Null where the secret lies in Vault. */
  sealed: string | null
}

interface CredentialSecretsOptions {
  config: ChassisConfig
  redis: Redis
  log: Log
  stack: AsyncDisposableStack
}

/**
 * Where the secrets of credentials lie. Either in Vault alone; or sealed in the rows and, for collectors, which have no
 * database, on the shelf, which gets them after the commit and again with every round of the planner.
 */
export class CredentialSecrets {
  readonly #box: SecretBox
  readonly #shelf: SecretShelf
  readonly #secrets: Secrets
  readonly #derived: DerivedSecrets
  readonly #list: CredentialList
  readonly #log: Log

  constructor({ config, redis, log, stack }: CredentialSecretsOptions) {
    this.#box = openSecretBox(config.SOTP_SECRETS_KEY, config.SOTP_SECRETS_KEYS_OLD)
    this.#shelf = openSecretShelf(redis, this.#box)
    this.#secrets = openSecrets(config, this.#shelf, { log, stack })
    this.#derived = openDerivedSecrets(redis, this.#box, log)
    this.#list = openCredentialList(redis)
    this.#log = log
  }

  /** Throws with the reason while secrets cannot be read. */
  check = (): Promise<void> => this.#secrets.check()

  /** The secret of a row; undefined where Vault has lost it. @throws SotpError SECRETS_UNAVAILABLE */
  async open({ id, sealed }: Row): Promise<string | undefined> {
    if (sealed !== null) return this.#box.open(id, sealed).reveal()
    return (await this.#must(this.#secrets.get(id)))?.reveal()
  }

  /** What a row holds of its secret. */
  sealed(id: string, text: string): string | null {
    return this.#secrets.lasting ? null : this.#box.seal(id, text)
  }

  /**
   * Puts a secret where it lasts, if that is not its row. To be called last within the transaction of the row: what
   * fails here undoes the change. @throws SotpError SECRETS_UNAVAILABLE
   */
  async store(id: string, text: string): Promise<void> {
    if (this.#secrets.lasting) await this.#must(this.#secrets.set(id, text))
  }

  /** Tells collectors, after the commit. An unreachable Redis may delay that, but must not fail the change. */
  publish({ id, sealed }: Row): Promise<void> {
    const shelved = sealed === null ? Promise.resolve() : this.#shelf.publish(new Map([[id, sealed]]))
    return this.#tell(
      id,
      shelved.then(() => this.#list.changed(id)),
    )
  }

  /** Forgets a secret, after the commit. */
  async remove(id: string): Promise<void> {
    await this.#tell(
      id,
      this.#secrets.remove(id).then(() => this.#list.removed(id)),
    )
    await this.forgetDerived(id)
  }

  /** Forgets what collectors derived from a secret that is no longer the same. */
  forgetDerived(id: string): Promise<void> {
    return this.#tell(id, this.#derived.forget(id))
  }

  /** Puts every secret where collectors look for it: on the shelf, or into Vault, which then is the only place. */
  async settle(source: DataSource): Promise<void> {
    await this.#place(source)
    const all: { id: string }[] = await source.query('SELECT id FROM credential')
    await this.#list.replace(all.map(({ id }) => id))
  }

  async #place(source: DataSource): Promise<void> {
    const rows: { id: string; sealed: string }[] = await source.query(
      'SELECT id, sealed FROM credential WHERE sealed IS NOT NULL',
    )
    if (!this.#secrets.lasting)
      return this.#shelf.publish(new Map(rows.map(({ id, sealed }) => [id, sealed])))
    try {
      for (const { id } of rows) await this.#moveOut(source, id)
      await this.#shelf.clear()
    } catch (error) {
      this.#log.warn({ err: error }, 'secrets could not be moved to vault, will retry')
    }
  }

  async #moveOut(source: DataSource, id: string): Promise<void> {
    await source.transaction(async (manager) => {
      const [row] = await manager.query<Row[]>('SELECT id, sealed FROM credential WHERE id = $1 FOR UPDATE', [
        id,
      ])
      if (!row?.sealed) return
      await this.#secrets.set(id, this.#box.open(id, row.sealed).reveal())
      await manager.query('UPDATE credential SET sealed = NULL WHERE id = $1', [id])
    })
    this.#log.info({ credential: id }, 'the secret of a credential was moved to vault')
  }

  async #must<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (cause) {
      throw new SotpError('SECRETS_UNAVAILABLE', { cause })
    }
  }

  async #tell(credential: string, told: Promise<void>): Promise<void> {
    const settled = told.catch((error: unknown) =>
      this.#log.warn({ err: error, credential }, 'what changed of a credential could not be passed on'),
    )
    await Promise.race([settled, sleep(shelfWaitMs, undefined, { ref: false })])
  }
}
