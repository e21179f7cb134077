import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { AuditTarget } from '#core/contract/audit.js'
import { credentialSecret } from '#core/contract/credentials.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import type { Log } from '#core/service/log.js'
import type { SecretBox, SecretShelf } from '#core/service/secrets.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { isUuid, uniqueViolation } from '../sql.js'
import { Credential, type CredentialInput } from './credential.js'
import { credentialHead, secretOf } from './credential.schema.js'

const shelfWaitMs = 2000

/**
 * Changes credentials. A secret is sealed before it leaves this class; the shelf from which collectors read gets it
 * after the commit, and again with every round of the planner.
 */
export class CredentialService {
  constructor(
    private readonly source: DataSource,
    private readonly box: SecretBox,
    private readonly shelf: SecretShelf,
    private readonly log: Log,
  ) {}

  /** @throws SotpError BAD_USER_INPUT or NAME_CONFLICT. */
  async create(input: CredentialInput): Promise<Credential> {
    const { name, kind } = parseInput(credentialHead, input)
    const secret = secretOf(input)
    const id = randomUUID()
    const credential = await this.#act(name, async (manager) => {
      await manager.insert(Credential, {
        id,
        name,
        kind,
        username: 'username' in secret ? secret.username : null,
        sealed: this.box.seal(id, JSON.stringify(secret)),
        updatedAt: new Date(),
      })
      const made = await manager.findOneByOrFail(Credential, { id })
      await recordAudit(manager, { target: targetOf(made), after: shown(made) })
      return made
    })
    await this.#publish(this.shelf.publish(new Map([[id, credential.sealed]])))
    return credential
  }

  /** @throws SotpError NOT_FOUND and those of `create`. */
  async update(id: string, input: CredentialInput): Promise<Credential> {
    const { name, kind } = parseInput(credentialHead, input)
    const credential = await this.#act(name, async (manager) => {
      const known = await lock(manager, id)
      const opened = this.box.open(known.id, known.sealed).reveal()
      const secret = secretOf(input, credentialSecret.parse(JSON.parse(opened)))
      const text = JSON.stringify(secret)
      await manager.update(
        Credential,
        { id: known.id },
        {
          name,
          kind,
          username: 'username' in secret ? secret.username : null,
          ...(text !== opened && { sealed: this.box.seal(known.id, text) }),
          updatedAt: new Date(),
        },
      )
      const now = await manager.findOneByOrFail(Credential, { id: known.id })
      const after = { ...shown(now), secretReplaced: text !== opened }
      await recordAudit(manager, { target: targetOf(known), before: shown(known), after })
      return now
    })
    await this.#publish(this.shelf.publish(new Map([[credential.id, credential.sealed]])))
    return credential
  }

  /** @throws SotpError NOT_FOUND, or IN_USE while devices use it. */
  async remove(id: string): Promise<Credential> {
    const credential = await this.source.transaction(async (manager) => {
      const known = await lock(manager, id)
      const [{ n }] = await manager.query(
        `SELECT count(*)::int AS n FROM device_credential l JOIN device d ON d.id = l.device_id
         WHERE l.credential_id = $1 AND d.deleted_at IS NULL`,
        [known.id],
      )
      if (n > 0) {
        throw new SotpError('IN_USE', {
          message: `Credential "${known.name}" is used by ${n} ${n === 1 ? 'device' : 'devices'}.`,
        })
      }
      await manager.delete(Credential, { id: known.id })
      await recordAudit(manager, { target: targetOf(known), before: shown(known) })
      return known
    })
    await this.#publish(this.shelf.remove(credential.id))
    return credential
  }

  /** The change is committed: an unreachable Redis may delay it for collectors, but must not fail it. */
  async #publish(published: Promise<void>): Promise<void> {
    published.catch((error: unknown) => this.log.warn({ err: error }, 'secret shelf could not be written'))
    await Promise.race([published.catch(() => {}), sleep(shelfWaitMs, undefined, { ref: false })])
  }

  async #act(name: string, act: (manager: EntityManager) => Promise<Credential>): Promise<Credential> {
    try {
      return await this.source.transaction(act)
    } catch (error) {
      if (uniqueViolation(error) !== 'credential_name') throw error
      throw new SotpError('NAME_CONFLICT', {
        message: `There is already a credential named "${name}".`,
        field: 'input.name',
      })
    }
  }
}

/** Puts every secret on the shelf. */
export async function publishSecrets(source: DataSource, shelf: SecretShelf): Promise<void> {
  const rows: { id: string; sealed: string }[] = await source.query('SELECT id, sealed FROM credential')
  await shelf.publish(new Map(rows.map(({ id, sealed }) => [id, sealed])))
}

const targetOf = ({ id, name }: Credential): AuditTarget => ({ type: 'Credential', id, label: name })

/** What the audit log may hold of it. */
const shown = ({ name, kind, username }: Credential) => ({ name, kind, username })

async function lock(manager: EntityManager, id: string): Promise<Credential> {
  const credential = isUuid(id)
    ? await manager.findOne(Credential, { where: { id }, lock: { mode: 'pessimistic_write' } })
    : null
  if (!credential) throw new SotpError('NOT_FOUND', { message: 'No such credential.' })
  return credential
}
