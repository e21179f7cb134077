import { setTimeout as sleep } from 'node:timers/promises'

import type { Log } from '#core/service/log.js'
import { gauge } from '#core/service/metrics.js'

import type { Alone } from './alone.js'
import { rulesRevision } from './compiled-rules.js'
import type { Evaluator } from './evaluator.js'

const tickMs = 1000
const refreshEveryMs = 10_000
const pruneEveryMs = 600_000
/** Nothing that comes later than this is a repeat: `samples.stored` does not keep so long. */
const marksKept = '1 day'

/** Each second: takes changed rules, judges by the clock, and now and then refreshes values and drops old marks. */
export function startClock({
  evaluator,
  alone,
  ticked,
  log,
}: {
  evaluator: Evaluator
  alone: Alone
  /** Called after each tick that went well. */
  ticked: () => void
  log: Log
}): AsyncDisposable {
  const stop = new AbortController()
  let refreshAt = Date.now() + refreshEveryMs
  let pruneAt = Date.now()

  async function tick(now: number): Promise<void> {
    if ((await rulesRevision(alone.source.manager)) !== evaluator.revision)
      await alone.transaction((manager) => evaluator.rulesChanged(manager, now))
    if (evaluator.isDue(now)) await alone.transaction((manager) => evaluator.judgeClock(manager, now))
    if (now >= refreshAt) {
      refreshAt = now + refreshEveryMs
      await alone.transaction((manager) => evaluator.refresh(manager))
    }
    if (now >= pruneAt) {
      pruneAt = now + pruneEveryMs
      await alone.source.query(`DELETE FROM series_mark WHERE at < now() - interval '${marksKept}'`)
    }
    const { open } = evaluator
    const firing = open.filter(({ track }) => track.state === 'FIRING').length
    gauge('sotp_alerting_open_alerts', firing, { state: 'FIRING' })
    gauge('sotp_alerting_open_alerts', open.length - firing, { state: 'PENDING' })
  }

  const done = (async () => {
    while (!stop.signal.aborted) {
      try {
        await tick(Date.now())
        ticked()
      } catch (error) {
        log.warn({ err: error }, 'alert rules could not be judged by the clock, will retry')
      }
      await sleep(tickMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()

  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}
