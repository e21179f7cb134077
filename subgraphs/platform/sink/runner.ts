import { randomUUID } from 'node:crypto'

import { gauge } from '#core/service/metrics.js'
import type { SecretBox } from '#core/service/secrets.js'
import type { DataSource } from '#db/source.js'

import { every } from '../every.js'
import { type ActiveSink, leaseSinks, openProgress, releaseSinks } from './progress.js'
import { type PumpParts, runSink } from './pump.js'
import { secretRef } from './sink.service.js'

export interface RunnerParts extends Omit<PumpParts, 'sink' | 'secret' | 'progress'> {
  source: DataSource
  box: SecretBox
}

export interface Runner extends AsyncDisposable {
  /** When it last renewed its leases, Unix ms. */
  readonly renewedAt: number
}

interface Running {
  revision: number
  stop: AbortController
  done: Promise<void>
}

const renewMs = 2000
/** Shorter than a lease, so that two runners never run one sink. */
const blindMsMax = 8000

/** Runs the active sinks. Several processes may; each sink has one runner at a time. */
export function startRunner(parts: RunnerParts): Runner {
  const { source, box, log } = parts
  const me = randomUUID()
  const running = new Map<string, Running>()
  let renewedAt = Date.now()

  function run(sink: ActiveSink): void {
    const stop = new AbortController()
    const progress = openProgress(source, me, sink)
    const work = async () => {
      const secret = box.open(secretRef(sink.id), sink.sealedSecret)
      await runSink({ ...parts, sink, secret, progress }, stop.signal)
    }
    const done = work()
      .catch(async (error: unknown) => {
        log.warn({ err: error, sink: sink.id }, 'sink stopped, it will run again')
        await progress.failed('it could not be run; the log of the worker says why', false)
      })
      // Whoever has it now tells how it goes.
      .catch(() => {})
      .finally(() => {
        if (running.get(sink.id)?.stop === stop) running.delete(sink.id)
      })
    running.set(sink.id, { revision: sink.revision, stop, done })
  }

  async function halt(id: string): Promise<void> {
    const one = running.get(id)
    running.delete(id)
    one?.stop.abort()
    await one?.done
  }

  async function renew(): Promise<void> {
    const startedAt = Date.now()
    const sinks = new Map((await leaseSinks(source, me)).map((sink) => [sink.id, sink]))
    renewedAt = startedAt
    const gone = [...running].filter(([id, { revision }]) => sinks.get(id)?.revision !== revision)
    await Promise.all(gone.map(([id]) => halt(id)))
    for (const sink of sinks.values()) if (!running.has(sink.id)) run(sink)
    gauge('sotp_platform_sinks_running', running.size)
  }

  const renewing = every({ name: 'sinks', ms: renewMs, log }, renew)
  // The database may hang instead of failing: leases end all the same.
  const watch = setInterval(() => {
    if (Date.now() - renewedAt > blindMsMax) for (const { stop } of running.values()) stop.abort()
  }, 500).unref()

  return {
    get renewedAt() {
      return renewedAt
    },
    async [Symbol.asyncDispose]() {
      clearInterval(watch)
      await renewing[Symbol.asyncDispose]()
      await Promise.all([...running.keys()].map(halt))
      await releaseSinks(source, me).catch((error: unknown) =>
        log.warn({ err: error }, 'sinks stay leased for 10 s'),
      )
    },
  }
}
