import { hostname } from 'node:os'

import { queues } from '../contract/queues.js'
import { eventOf, systemActor } from './audit.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import { openQueue } from './queue.js'

/** Tells the audit log that a credential was opened. */
export interface CredentialUse extends AsyncDisposable {
  /** Never throws and never waits: a log that cannot be written must not stop polling. */
  opened(ref: string): void
}

/** Events go by queue, for collectors have no database. The job has the event's id, so that a repeat is the same event. */
export function openCredentialUse({
  redisUrl,
  kind,
  log,
}: {
  redisUrl: string
  kind: string
  log: Log
}): CredentialUse {
  const queue = openQueue(queues.audit, { redisUrl, log })
  const actor = systemActor(`${kind} collector on ${hostname()}, process ${process.pid}`)
  return {
    opened(ref) {
      const target = { type: 'Credential', id: ref, label: '' }
      const event = eventOf({ action: 'credential.use', actor, target })
      queue.add(event, { jobId: event.id }).catch((error: unknown) => {
        count('sotp_collector_use_events_lost_total', { collector: kind })
        log.warn({ err: error, credential: ref }, 'use of a credential could not be told to the audit log')
      })
    },
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}
