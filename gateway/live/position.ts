import { compareCursors, isCursor } from '#core/service/topics.js'

/**
 * The cursor of an event that is nothing to go on from, as those of a snapshot: whoever resumes with it is told RESYNC
 * and gets a whole snapshot. SOTP's own subgraphs give and take it; others that send snapshots should, too.
 */
export const beginning = '0-0'

/**
 * Orders two cursors of one stream: negative when `a` lies before `b`. Undefined when nobody can tell: cursors of
 * third parties may be any text, of which only equality is known.
 */
export function order(a: string, b: string): number | undefined {
  if (a === b) return 0
  return isCursor(a) && isCursor(b) ? compareCursors(a, b) : undefined
}

/** Whether whoever has everything up to `a` also has what lies at `b`. False when nobody can tell. */
export const reaches = (a: string, b: string): boolean => (order(a, b) ?? -1) >= 0
