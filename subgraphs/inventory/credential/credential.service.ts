import { randomUUID } from 'node:crypto'

import type { AuditTarget } from '#core/contract/audit.js'
import { type CredentialSecret, credentialSecret } from '#core/contract/credentials.js'
import { parseInput, SotpError } from '#core/service/errors.js'
import { recordAudit } from '#db/audit/record.js'
import type { DataSource, EntityManager } from '#db/source.js'

import { isUuid, uniqueViolation } from '../sql.js'
import { Credential, type CredentialInput } from './credential.js'
import { credentialHead, secretOf, weakAllowed } from './credential.schema.js'
import type { CredentialSecrets } from './credential-secrets.js'

/** Changes credentials. */
export class CredentialService {
  constructor(
    private readonly source: DataSource,
    private readonly secrets: CredentialSecrets,
  ) {}

  /** @throws SotpError BAD_USER_INPUT, NAME_CONFLICT or SECRETS_UNAVAILABLE. */
  async create(input: CredentialInput): Promise<Credential> {
    const { name, kind } = parseInput(credentialHead, input)
    const secret = secretOf(input)
    const allowWeak = weakAllowed(secret, input)
    const text = JSON.stringify(secret)
    const id = randomUUID()
    const credential = await this.#act(name, async (manager) => {
      await manager.insert(Credential, {
        id,
        name,
        kind,
        username: 'username' in secret ? secret.username : null,
        allowWeak,
        sealed: this.secrets.sealed(id, text),
        updatedAt: new Date(),
      })
      const made = await manager.findOneByOrFail(Credential, { id })
      await recordAudit(manager, { target: targetOf(made), after: shown(made) })
      await this.secrets.store(id, text)
      return made
    })
    await this.secrets.publish(credential)
    return credential
  }

  /** @throws SotpError NOT_FOUND and those of `create`. */
  async update(id: string, input: CredentialInput): Promise<Credential> {
    const { name, kind } = parseInput(credentialHead, input)
    const credential = await this.#act(name, async (manager) => {
      const known = await lock(manager, id)
      const opened = await this.secrets.open(known)
      const secret = secretOf(input, opened === undefined ? undefined : secretIn(opened))
      const text = JSON.stringify(secret)
      await manager.update(
        Credential,
        { id: known.id },
        {
          name,
          kind,
          username: 'username' in secret ? secret.username : null,
          allowWeak: weakAllowed(secret, input, known.allowWeak),
          ...(text !== opened && { sealed: this.secrets.sealed(known.id, text) }),
          updatedAt: new Date(),
        },
      )
      const now = await manager.findOneByOrFail(Credential, { id: known.id })
      const after = { ...shown(now), secretReplaced: text !== opened }
      await recordAudit(manager, { target: targetOf(known), before: shown(known), after })
      if (text !== opened) await this.secrets.store(known.id, text)
      return now
    })
    await this.secrets.publish(credential)
    await this.secrets.forgetDerived(credential.id)
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
    await this.secrets.remove(credential.id)
    return credential
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

/** Undefined where it does not fit: Vault's own means let people write anything. */
function secretIn(text: string): CredentialSecret | undefined {
  try {
    return credentialSecret.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

const targetOf = ({ id, name }: Credential): AuditTarget => ({ type: 'Credential', id, label: name })

/** What the audit log may hold of it. */
const shown = ({ name, kind, username, allowWeak }: Credential) => ({ name, kind, username, allowWeak })

async function lock(manager: EntityManager, id: string): Promise<Credential> {
  const credential = isUuid(id)
    ? await manager.findOne(Credential, { where: { id }, lock: { mode: 'pessimistic_write' } })
    : null
  if (!credential) throw new SotpError('NOT_FOUND', { message: 'No such credential.' })
  return credential
}
