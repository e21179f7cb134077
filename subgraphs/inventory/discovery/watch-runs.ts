import type { DiscoveryJob } from '#core/contract/discovery.js'
import type { DiscoveryControl } from '#core/service/discovery-control.js'
import type { Log } from '#core/service/log.js'
import type { Queue } from '#core/service/queue.js'
import type { DataSource } from '#db/source.js'
import { tellProgress } from './discovery.service.js'
import { addRun } from './discovery-job.js'
import { DiscoveryRun } from './discovery-run.js'

export interface WatchRunsOptions {
  source: DataSource
  runs: Queue<DiscoveryJob>
  control: DiscoveryControl
  log: Log
  /** A run of which nothing is heard for so long has failed. */
  silenceSeconds: number
}

const everyMs = 5000
/** A run that nobody takes for so long has failed. */
const queuedMinutes = 60
const keepDays = 90

/**
 * Sees to it that no run waits or runs for ever: gives those their job again that have lost it, ends those whose
 * collector fell silent, and forgets old ones. Several may watch at once.
 */
export function watchRuns({ source, runs, control, log, silenceSeconds }: WatchRunsOptions): AsyncDisposable {
  const began = Date.now()
  let turning: Promise<void> = Promise.resolve()

  async function turn(): Promise<void> {
    const waiting = await source.manager
      .createQueryBuilder(DiscoveryRun, 'r')
      .where(`r.state = 'QUEUED' AND r.startedAt < now() - interval '2 seconds'`)
      .getMany()
    for (const run of waiting) await addRun(source, runs, run)
    // A worker that has just begun must first hear of what went on while there was none.
    if (Date.now() - began > silenceSeconds * 1000) {
      await fail(
        `state = 'RUNNING' AND reported_at < now() - make_interval(secs => ${silenceSeconds})`,
        'The collector that worked on it stopped answering.',
      )
    }
    await fail(
      `state = 'QUEUED' AND started_at < now() - make_interval(mins => ${queuedMinutes})`,
      `No collector took it within ${queuedMinutes} minutes.`,
    )
    await source.query(
      `DELETE FROM discovery_run WHERE started_at < now() - make_interval(days => ${keepDays}) AND finished_at IS NOT NULL`,
    )
  }

  async function fail(condition: string, error: string): Promise<void> {
    const ids = await source.transaction(async (manager) => {
      const [rows] = (await manager.query(
        `UPDATE discovery_run SET state = 'FAILED', error = $1, finished_at = now() WHERE ${condition} RETURNING id`,
        [error],
      )) as [{ id: string }[], number]
      for (const { id } of rows) await tellProgress(manager, id, 'FAILED')
      return rows.map(({ id }) => id)
    })
    for (const id of ids) await control.cancel(id)
  }

  const timer = setInterval(() => {
    turning = turning
      .then(turn)
      .catch((error: unknown) => log.warn({ err: error }, 'discovery runs could not be watched'))
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await turning
    },
  }
}
