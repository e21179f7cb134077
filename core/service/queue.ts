import { setTimeout as sleep } from 'node:timers/promises'
import Bull from 'bull'
import { Redis } from 'ioredis'
import type * as z from 'zod'

import type { QueueDefinition } from '../contract/queues.js'
import type { Log } from './log.js'
import { count } from './metrics.js'
import { optionsFor } from './redis.js'
import { traced, traceparentOf, withTraceparent } from './trace.js'

export interface AddOptions {
  /** Deterministic: a second job with the same id is not added. */
  jobId: string
  delayMs?: number
}

export interface Queue<Payload> {
  /** Parses, then adds; resolves when Redis has it. @throws ZodError when the payload does not fit the schema. */
  add(payload: Payload, options: AddOptions): Promise<void>
  /**
   * Runs `handler` for each job. A job that does not fit the schema is moved to failed at once, kept and counted.
   * Any other error is retried within the definition's budget. Jobs are handled at least once.
   */
  process(concurrency: number, handler: (payload: Payload) => Promise<void>): void
  /** Jobs waiting, running, delayed, failed. */
  counts(): Promise<{ waiting: number; active: number; delayed: number; failed: number }>
  [Symbol.asyncDispose](): Promise<void>
}

/** How long a queue that is closed may still take to connect. */
const connectingMs = 500
/** Errors of a queue are told so often at most, with their number. */
const sayErrorsMs = 60_000

/** A worker that dies is noticed within 5 s (measured: 6.7 s to done, against 56 s with Bull's defaults). */
const settings: Bull.AdvancedSettings = {
  lockDuration: 5000,
  stalledInterval: 5000,
  maxStalledCount: 3,
  guardInterval: 1000,
}

/**
 * A job is one trace with whoever added it: a poll, its batch and what that changed can be read as one story. The place
 * in the trace travels in Bull's options, beside the payload, where a worker of an older version does not mind it.
 */
interface TracedOptions extends Bull.JobOptions {
  traceparent?: string | undefined
}

/** Opens one of `contract/queues`. The only place that imports `bull`. */
export function openQueue<Schema extends z.ZodType>(
  definition: QueueDefinition<Schema>,
  { redisUrl, log }: { redisUrl: string; log: Log },
): Queue<z.infer<Schema>> {
  const { name, schema, attempts, backoffMs } = definition
  const bull = new Bull(name, {
    prefix: 'sotp:queue',
    settings: {
      ...settings,
      backoffStrategies: { capped: (attempt: number) => Math.min(backoffMs * 2 ** (attempt - 1), 15_000) },
    },
    createClient: () => {
      // Bull makes several connections and reports their errors below.
      const client = new Redis(redisUrl, optionsFor(redisUrl))
      client.on('error', () => {})
      return client
    },
    defaultJobOptions: {
      attempts,
      removeOnComplete: { age: 60, count: 1000 },
      removeOnFail: { age: 7 * 86_400, count: 1000 },
      ...(backoffMs > 0 && { backoff: { type: 'capped' } }),
    },
  })
  // Bull names its connection without waiting for the answer: closed meanwhile, that fails where nobody can catch it.
  const setWorkerName = bull.setWorkerName.bind(bull)
  bull.setWorkerName = () => setWorkerName().catch((error) => log.debug({ err: error }, 'queue has no name'))
  let [errors, saidAt] = [0, Number.NEGATIVE_INFINITY]
  bull.on('error', (error) => {
    errors++
    // A Redis that is away is an error of each connection every few seconds, for as long as it is.
    if (performance.now() - saidAt < sayErrorsMs) return
    log.warn({ queue: name, err: error, times: errors }, 'queue error')
    errors = 0
    saidAt = performance.now()
  })
  bull.on('stalled', (job) => {
    count('sotp_queue_stalled_total', { queue: name })
    log.warn({ queue: name, jobId: job.id }, 'job stalled, its worker stopped answering; it runs again')
  })
  bull.on('failed', (job, error) => {
    count('sotp_queue_failed_total', { queue: name })
    log.warn({ queue: name, jobId: job.id, attempt: job.attemptsMade, err: error }, 'job failed')
  })

  const spanOf = (operation: string, id: Bull.JobId) => ({
    'messaging.system': 'bull',
    'messaging.operation.type': operation,
    'messaging.destination.name': name,
    'messaging.message.id': String(id),
  })

  return {
    async add(payload, { jobId, delayMs }) {
      const data = schema.parse(payload)
      const options = { jobId, ...(delayMs !== undefined && { delay: delayMs }) }
      const send = () => {
        const placed: TracedOptions = { ...options, traceparent: traceparentOf() }
        return bull.add(data, placed)
      }
      await traced(`send ${name}`, spanOf('send', jobId), send, { kind: 'producer' })
    },
    process(concurrency, handler) {
      bull
        .process(concurrency, async (job) => {
          const { data, error } = schema.safeParse(job.data)
          if (error) {
            await job.discard()
            throw error
          }
          const { traceparent } = job.opts as TracedOptions
          const handle = () => handler(data)
          await withTraceparent(traceparent, () =>
            traced(`process ${name}`, spanOf('process', job.id), handle, { kind: 'consumer' }),
          )
        })
        .catch((error: unknown) => log.error({ queue: name, err: error }, 'queue stopped processing'))
    },
    async counts() {
      const { waiting, active, delayed, failed } = await bull.getJobCounts()
      return { waiting, active, delayed, failed }
    },
    async [Symbol.asyncDispose]() {
      // A Bull that is closed while it still connects leaves rejections behind that nobody can catch.
      await Promise.race([bull.isReady().catch(() => {}), sleep(connectingMs, undefined, { ref: false })])
      await bull.close()
    },
  }
}
