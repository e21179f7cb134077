import { changed } from '#db/audit/changed.js'
import { recordAudit } from '#db/audit/record.js'
import type { EntityManager } from '#db/source.js'

import { sha256 } from '../registry/base.js'
import type { Sink } from './sink.js'

/**
 * A sink as the audit log shows it. Of its URL that is only where it leads: the rest is a secret with many receivers,
 * whoever knows it may post there. The hash tells that it changed.
 */
const seenSink = ({ name, url, document, variables, owner, state, cursor }: Sink) => ({
  ...{ name, url: new URL(url).origin, urlSha256: sha256(url) },
  ...{ document, variables, owner, state, cursor },
})

/** Writes down in the audit log what has become of a sink; null: it was not there before, or is no more. */
export function recordSink(
  manager: EntityManager,
  before: Sink | null,
  after: Sink | null,
  more: object = {},
): Promise<void> {
  const sink = before ?? after
  const target = sink && { type: 'Sink', id: sink.id, label: sink.name }
  return recordAudit(manager, {
    target,
    ...changed(before && seenSink(before), after && { ...seenSink(after), ...more }),
  })
}
