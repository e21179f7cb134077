import type { AccessChanged } from '#core/contract/access.js'
import type { Grant } from '#core/contract/identity.js'
import { appendOutbox } from '#db/outbox.js'
import type { EntityManager } from '#db/source.js'

/** What of somebody's access ends or changes; what is left out stays. */
export interface AccessChange {
  userId: string
  /** All grants from now on. */
  grants?: readonly Grant[]
  /** Sessions and API tokens that have ended, by id. */
  ended?: readonly string[]
}

/**
 * Tells everybody who keeps an identity or a stream, through the outbox: nothing is told of a change that is rolled
 * back, and no change remains untold. Call it last in a transaction, because it makes other changes wait.
 */
export async function tellAccess(manager: EntityManager, changes: readonly AccessChange[]): Promise<void> {
  const events = changes
    .filter(({ grants, ended = [] }) => grants || ended.length > 0)
    .map(
      ({ userId, grants, ended = [] }): AccessChanged => ({
        v: 1,
        kind: 'access.changed',
        userId,
        grants: grants ? [...grants] : null,
        endedSessionIds: [...ended],
        at: Date.now(),
      }),
    )
  await appendOutbox(manager, 'access.changed', events)
}
