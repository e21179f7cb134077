import type { ListenerContext } from '#core/service/listener.js'

import { Access } from './access.js'

/** Credentials are opened again after so long, also where nobody told of a change: Vault may have another secret. */
const reopenMs = 600_000

/** Keeps `Access` like the installation's credentials. */
export class Trust {
  #access: Access | undefined
  #revision = ''
  #openedAt = 0

  constructor(
    private readonly context: Pick<ListenerContext, 'credentials'>,
    private readonly anyCommunity: boolean,
  ) {}

  /** Undefined until the credentials were read for the first time. */
  get access(): Access | undefined {
    return this.#access
  }

  async refresh(now: number): Promise<void> {
    const { credentials } = this.context
    const revision = await credentials.revision()
    if (this.#access && revision === this.#revision && now - this.#openedAt < reopenMs) return
    const secrets = await credentials.open()
    this.#access = await Access.of(
      secrets.map((secret) => secret.reveal()),
      this.anyCommunity,
    )
    this.#revision = revision
    this.#openedAt = now
  }
}
