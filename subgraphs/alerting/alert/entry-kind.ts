import * as z from 'zod'

/** What a line of an alert's timeline tells. */
export const entryKind = z.enum([
  'OPENED',
  'FIRED',
  'ACKNOWLEDGED',
  'UNACKNOWLEDGED',
  'COMMENTED',
  'RULE_CHANGED',
  'RESOLVED',
])
export type EntryKind = z.infer<typeof entryKind>
