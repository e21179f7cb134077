import * as z from 'zod'

import { type Permission, permissions, role } from './permissions.js'

/** A role, everywhere (`siteIds` null) or only where devices of these sites are concerned. */
export const grant = z.object({
  role,
  siteIds: z.array(z.uuid()).max(100).nullable(),
})
export type Grant = z.infer<typeof grant>

/** The only permissions that somebody may use of those their grants give; null: all of them. */
export const scopes = z.array(z.enum(Object.keys(permissions) as [Permission, ...Permission[]])).nullable()

/**
 * Who asks: what the gateway read from a verified access token, and signs for the subgraphs. A `VIEW` is nobody: work
 * that several users share runs under their common rights, without any of their names.
 */
export const identity = z.object({
  kind: z.enum(['USER', 'API_TOKEN', 'VIEW']),
  userId: z.uuid(),
  email: z.string(),
  name: z.string(),
  sessionId: z.uuid().describe('Of an API token: its own id'),
  grants: z.array(grant).max(20),
  scopes: scopes.describe('Of an API token, or of a user who has yet to set up a second factor'),
  expiresAt: z.int().describe('Unix time, ms, when the access token ends'),
})
export type Identity = z.infer<typeof identity>

/** Stands in for the id of a user and a session where there is none. */
export const nobodyId = '00000000-0000-0000-0000-000000000000'
