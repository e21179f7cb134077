import { timingSafeEqual } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'

import type { CredentialSecret } from '#core/contract/credentials.js'

import { type UsmKeys, type UsmUser, usmKeys, usmUser } from './usm.js'

/** Localised keys that are remembered; they are two hashes to make. */
const keysMax = 20_000
/** Users of one name that are tried on one message. */
const sameNameMax = 16

/** Whom the receiver believes: the communities and users of the installation's credentials. */
export class Access {
  readonly #communities: Buffer[] = []
  readonly #users = new Map<string, UsmUser[]>()
  readonly #keys = new Map<string, UsmKeys | undefined>()

  /** @param anyCommunity whether every community is believed */
  constructor(readonly anyCommunity: boolean) {}

  /** Derives what is needed of the secrets, giving way between two: each costs some milliseconds. */
  static async of(secrets: readonly CredentialSecret[], anyCommunity: boolean): Promise<Access> {
    const access = new Access(anyCommunity)
    for (const secret of secrets) {
      if (secret.kind === 'SNMP_COMMUNITY') access.#communities.push(Buffer.from(secret.community))
      else {
        const named = access.#users.get(secret.username) ?? []
        if (named.length < sameNameMax) access.#users.set(secret.username, [...named, usmUser(secret)])
        await turn()
      }
    }
    return access
  }

  knows(community: Buffer): boolean {
    // Each is compared whole, so that the time tells nothing of how much was right.
    let known = this.anyCommunity
    for (const one of this.#communities)
      if (one.length === community.length && timingSafeEqual(one, community)) known = true
    return known
  }

  /** Places where a known community stands in a datagram that could not be read. */
  *communitiesIn(datagram: Buffer): Generator<{ from: number; to: number }> {
    for (const one of this.#communities) {
      for (let from = datagram.indexOf(one); from >= 0; from = datagram.indexOf(one, from + 1))
        yield { from, to: from + one.length }
    }
  }

  users(name: string): readonly UsmUser[] {
    return this.#users.get(name) ?? []
  }

  keys(user: UsmUser, engineId: Buffer): UsmKeys | undefined {
    const place = `${this.users(user.name).indexOf(user)} ${engineId.toString('hex')} ${user.name}`
    if (this.#keys.has(place)) return this.#keys.get(place)
    if (this.#keys.size >= keysMax) this.#keys.clear()
    const keys = usmKeys(user, engineId)
    this.#keys.set(place, keys)
    return keys
  }
}
