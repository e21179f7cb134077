import type { AccessChanged } from '#core/contract/access.js'
import type { EntityManager } from '#db/source.js'

/** A sink sees what its owner may see now: who loses rights, or the account, takes the sinks along. */
export async function takeGrants(manager: EntityManager, events: readonly AccessChanged[]): Promise<void> {
  const grants = new Map(events.flatMap(({ userId, grants }) => (grants ? [[userId, grants] as const] : [])))
  if (grants.size === 0) return
  await manager.query(
    `UPDATE sink SET identity = jsonb_set(identity, '{grants}', $1::jsonb -> (identity ->> 'userId')),
       revision = revision + 1
     WHERE identity ->> 'userId' = ANY($2)`,
    [JSON.stringify(Object.fromEntries(grants)), [...grants.keys()]],
  )
}
