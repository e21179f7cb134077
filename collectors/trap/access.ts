import { timingSafeEqual } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'

import type { CredentialSecret } from '#core/contract/credentials.js'
import type { Security } from '#core/service/snmp/usm-message.js'

import { securityOn, type UsmUser, usmUser } from './usm.js'

/** Users on engines that are remembered, with their localised keys; these are two hashes to make. */
const securedMax = 20_000
/** Users of one name that are tried on one message. */
const sameNameMax = 16

/** Whom the receiver believes: the communities and users of the installation's credentials. */
export class Access {
  readonly #communities: Buffer[] = []
  readonly #users = new Map<string, UsmUser[]>()
  readonly #secured = new Map<string, Security>()

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

  security(user: UsmUser, engineId: Buffer): Security {
    const place = `${this.users(user.name).indexOf(user)} ${engineId.toString('hex')} ${user.name}`
    const known = this.#secured.get(place)
    if (known) return known
    if (this.#secured.size >= securedMax) this.#secured.clear()
    const security = securityOn(user, engineId)
    this.#secured.set(place, security)
    return security
  }
}
