import { setImmediate, setTimeout } from 'node:timers/promises'

import { nobodyId } from '#core/contract/identity.js'
import type { Log } from '#core/service/log.js'
import { emptyCookieJar } from '#core/service/request.js'

import type { Generation, Generations } from '../generation.js'
import type { ClientContext } from '../links/link.js'
import type { UsedDocument } from './plans.js'

/** Plans are made before a swap for so many documents, and for so long at most. */
const documentsMax = 200
const timeMaxMs = 20_000

interface WarmUp {
  generations: Generations
  /** What all gateways together were asked most; this one adds what it was asked itself. */
  topDocuments: () => Promise<UsedDocument[]>
  log: Log
}

/**
 * Makes the plans of the documents that are used most for a schema before it serves, so that its first requests find
 * them. Returns how to stop doing so.
 */
export function warmBeforeSwaps({ generations, topDocuments, log }: WarmUp): () => void {
  return generations.onReplace(async (next, previous) => {
    const startedAt = performance.now()
    const others = await topDocuments().catch((error: unknown) => {
      log.debug({ err: error }, 'the documents used most could not be read')
      return []
    })
    const documents = new Map(
      [...previous.plans.mostUsed(documentsMax), ...others].map((one) => [
        `${one.operationName ?? ''}\n${one.query}`,
        one,
      ]),
    )
    let planned = 0
    for (const document of [...documents.values()].slice(0, documentsMax)) {
      const beganAt = performance.now()
      if (beganAt - startedAt > timeMaxMs) break
      if (warm(next, document)) planned++
      // A plan takes 10 to 30 ms in which nobody is served; as much time again belongs to the requests.
      await setImmediate()
      await setTimeout(performance.now() - beganAt)
    }
    log.info(
      { planned, tookMs: Math.round(performance.now() - startedAt) },
      'plans are ready for a new schema',
    )
    return () => {}
  })
}

/** Whether the document fits the schema, so that it has a plan now. */
function warm({ documents, plans }: Generation, { query, operationName }: UsedDocument): boolean {
  try {
    const admitted = documents.admit({ query, operationName }, somebody)
    if ('refused' in admitted || admitted.operation.operation === 'subscription') return false
    plans.of({ ...admitted, query, operationName })
    return true
  } catch {
    return false
  }
}

/** Signed in, so that it is as for most who ask, and without any rights. */
const somebody: ClientContext = {
  identity: {
    kind: 'VIEW',
    userId: nobodyId,
    email: '',
    name: '',
    sessionId: nobodyId,
    grants: [],
    scopes: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
  },
  requestId: 'warm-up',
  ip: null,
  userAgent: null,
  cookies: emptyCookieJar,
  liveUrl: '',
}
