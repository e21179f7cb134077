import * as z from 'zod'

import { role } from './permissions.js'

/** Who asks: what the gateway read from a verified access token, and signs for the subgraphs. */
export const identity = z.object({
  userId: z.uuid(),
  email: z.string(),
  name: z.string(),
  sessionId: z.uuid(),
  roles: z.array(role),
  expiresAt: z.int().describe('Unix time, ms, when the access token ends'),
})
export type Identity = z.infer<typeof identity>
