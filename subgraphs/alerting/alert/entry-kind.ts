/** What a line of an alert's timeline tells. */
export type EntryKind =
  | 'OPENED'
  | 'FIRED'
  | 'ACKNOWLEDGED'
  | 'UNACKNOWLEDGED'
  | 'COMMENTED'
  | 'RULE_CHANGED'
  | 'RESOLVED'
