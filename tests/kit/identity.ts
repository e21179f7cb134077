import { type Identity, nobodyId } from '#core/contract/identity.js'
import type { Role } from '#core/contract/permissions.js'

/** Roles everywhere, as grants. */
export const everywhere = (...roles: Role[]): Identity['grants'] =>
  roles.map((role) => ({ role, siteIds: null }))

/** Somebody signed in, with what a test cares about. */
export const someone = (own: Partial<Identity> = {}): Identity => ({
  kind: 'USER',
  userId: nobodyId,
  email: 'someone@example.net',
  name: 'Someone',
  sessionId: nobodyId,
  grants: everywhere('VIEWER'),
  scopes: null,
  expiresAt: Date.now() + 60_000,
  ...own,
})
