import * as z from 'zod'

import { grant } from './identity.js'

/**
 * Somebody's access changed: whoever keeps a verified identity or a live stream must act on it within two seconds.
 * Both may change at once: whoever is deactivated loses all grants and all sessions.
 */
export const accessChanged = z.object({
  v: z.literal(1),
  kind: z.literal('access.changed'),
  userId: z.uuid(),
  /** All grants from now on; null: as before. Empty: none. */
  grants: z.array(grant).max(20).nullable(),
  /** Sessions and API tokens, by id, that have ended. */
  endedSessionIds: z.array(z.uuid()),
  at: z.int().describe('Unix time, ms'),
})
export type AccessChanged = z.infer<typeof accessChanged>

/** What the gateway must know of an API token, kept in Redis under the SHA-256 of the token. */
export const apiTokenRecord = z.object({
  tokenId: z.uuid(),
  userId: z.uuid(),
  email: z.string(),
  name: z.string(),
  grants: z.array(grant).max(20),
  scopes: z.array(z.string()),
  expiresAt: z.int().nullable().describe('Unix time, ms; null: never'),
})
export type ApiTokenRecord = z.infer<typeof apiTokenRecord>

/** Every API token begins with this, so that it is known for what it is, in a header as in a leak. */
export const apiTokenPrefix = 'sotp_pat_'
/** Redis hash: SHA-256 of the token in hex → record as JSON. The auth subgraph owns it. */
export const apiTokensKey = 'sotp:api-tokens'
/** Redis hash: token id → Unix ms of its last use. The gateway writes it, the auth subgraph takes it into its table. */
export const apiTokensUsedKey = 'sotp:api-tokens:used'
