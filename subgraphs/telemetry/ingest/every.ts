import { setTimeout as sleep } from 'node:timers/promises'

import type { Log } from '#core/service/log.js'

/** Runs `work` again and again, `ms` after each end; an error is logged and the next turn comes. Disposing waits for the turn that runs. */
export function every(
  { name, ms, log }: { name: string; ms: number; log: Log },
  work: () => Promise<void>,
): AsyncDisposable {
  const stop = new AbortController()
  const turn = () =>
    work().catch((error: unknown) => log.warn({ err: error, job: name }, 'regular work failed, will retry'))
  const done = (async () => {
    while (!stop.signal.aborted) {
      await sleep(ms, undefined, { signal: stop.signal, ref: false }).catch(() => {})
      if (!stop.signal.aborted) await turn()
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}
