import type { EntityManager } from '#db/source.js'

/** SQL condition on `invite`: whoever shows its secret may accept it. */
export const isOpen = 'accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()'

/** Revokes what a user invited who may no longer make users: an invite must not outlive the right to make it. */
export async function withdrawInvites(manager: EntityManager, userId: string): Promise<void> {
  await manager.query(
    'UPDATE invite SET revoked_at = now() WHERE created_by = $1 AND accepted_at IS NULL AND revoked_at IS NULL',
    [userId],
  )
}
