import { setTimeout as sleep } from 'node:timers/promises'

import type { Log } from '#core/service/log.js'

const graceMs = 1000

/** Repeated work. */
export interface Repeated extends AsyncDisposable {
  /** Does not wait for the next turn. A turn that runs is followed by another. */
  now(): void
}

/**
 * Runs `work` at once and then every `ms`, never twice at a time. What fails is logged and tried again at the next
 * turn. Disposing it waits up to a second for the turn that runs.
 */
export function every(
  { name, ms, log }: { name: string; ms: number; log: Log },
  work: () => Promise<unknown>,
): Repeated {
  const stop = new AbortController()
  let asked = Promise.withResolvers<void>()
  const done = (async () => {
    while (!stop.signal.aborted) {
      asked = Promise.withResolvers<void>()
      await work().catch((error: unknown) =>
        log.warn({ err: error, work: name }, 'failed, will be tried again'),
      )
      const rest = sleep(ms, undefined, { signal: stop.signal, ref: false }).catch(() => {})
      await Promise.race([rest, asked.promise])
    }
  })()
  return {
    now: () => asked.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      // Work that waits for a store that is gone ends when its connection is closed, which comes after this.
      await Promise.race([done, sleep(graceMs, undefined, { ref: false })])
    },
  }
}
