import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { ZodError } from 'zod'

import type { Log } from '../log.js'
import { count } from '../metrics.js'
import type { Queue } from '../queue.js'
import { withTraceparent } from '../trace.js'
import { readJob, type SpooledJob } from './record.js'
import type { Spool } from './spool.js'

export interface SenderOptions {
  spool: Spool
  queues: ReadonlyMap<string, Queue<unknown>>
  redis: Redis
  /** What the spool is called in metrics. */
  name: string
  /** Whether something older must go first. */
  behind: () => boolean
  /** Whether what is new waits for its turn, however long the backlog is. */
  ordered: boolean
  log: Log
}

interface Ready {
  name: string
  queue: Queue<unknown>
  job: SpooledJob
}

/** Records on their way at a time. */
const lanes = 4
/** While so many jobs wait in a queue, nothing more is put into it: a store that is away must not fill Redis. */
const queueMax = 500
/** A backlog longer than this is no reason for what is new to wait. */
const passMax = 2000
const retryMs = [100, 250, 500, 1000, 2000]
const settleMs = 1000
const markSeconds = 7 * 86_400

const markKey = (id: string) => `sotp:spool:${id}`

/**
 * Hands the records of a spool to their queues, in order, and again whatever Redis has lost: a mark in Redis says how far
 * it remembers, and comes back with each move. Records count as settled once their queues have been worked off.
 */
export class Sender implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #ahead = new Set<number>()
  readonly #done: Promise<unknown>
  readonly #counted = new Map<string, { at: number; count: Promise<number> }>()
  /** The mark as Redis should have it. */
  #marked: number
  /** How often Redis has lost data. */
  #losses = 0
  #passing = 0
  #wake = () => {}

  constructor(private readonly options: SenderOptions) {
    this.#marked = options.spool.position.sent
    options.spool.heard = () => {
      this.#pass()
      this.#wake()
    }
    this.#done = Promise.all([this.#send(), this.#settle()])
  }

  /** Resolves when everything is handed over, or when `signal` aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.options.spool.unsent > 0 && !signal.aborted) await pause(20, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#done
  }

  /** In order, as many at a time as there are lanes. */
  async #send(): Promise<void> {
    const { spool, log } = this.options
    const { signal } = this.#stop
    let failures = 0
    while (!signal.aborted) {
      if (spool.unsent === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
          if (spool.unsent > 0 || signal.aborted) resolve()
        })
        continue
      }
      if (this.options.behind()) {
        await pause(20, signal)
        continue
      }
      try {
        const group = this.#group()
        const losses = this.#losses
        await this.#hand(group, queueMax)
        // What was lost meanwhile goes first.
        if (this.#losses !== losses) continue
        const last = group.at(-1) ?? spool.position.newest
        spool.sent(last)
        for (const number of this.#ahead) if (number <= last) this.#ahead.delete(number)
        await this.#mark()
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (failures === 0) log.warn({ err: error }, 'results cannot be handed over, they wait in the spool')
        await pause(retryMs[Math.min(failures++, retryMs.length - 1)] ?? 0, signal)
      }
    }
  }

  #group(): number[] {
    const group: number[] = []
    let last = this.options.spool.position.sent
    while (group.length < lanes) {
      const next = this.options.spool.after(last)
      if (!next) break
      group.push(next.number)
      last = next.number
    }
    return group
  }

  /** What is new goes past a long backlog, with a lane of its own; in vain, it goes in its turn. */
  #pass(): void {
    const { spool, ordered } = this.options
    if (ordered || spool.unsent < passMax || this.#passing >= lanes) return
    const { newest } = spool.position
    this.#passing++
    void this.#hand([newest], 2 * queueMax)
      .then(
        () => void this.#ahead.add(newest),
        () => {},
      )
      .finally(() => this.#passing--)
  }

  /** Hands records over in their order, once there is room for them. */
  async #hand(numbers: readonly number[], most: number): Promise<void> {
    const { signal } = this.#stop
    const fresh = numbers.filter((number) => !this.#ahead.has(number))
    const jobs = (await Promise.all(fresh.map((number) => this.#load(number)))).filter(
      (job) => job !== undefined,
    )
    for (const { name } of new Map(jobs.map((job) => [job.name, job])).values())
      while ((await this.#waitingIn(name)) > most) await pause(settleMs, signal)
    signal.throwIfAborted()
    await Promise.all(jobs.map((job) => this.#add(job)))
  }

  /** Undefined when it is gone for want of room, or damaged: counted where that was seen. */
  async #load(number: number): Promise<Ready | undefined> {
    const bytes = await this.options.spool.read(number)
    const job = bytes && readJob(bytes)
    const queue = job && this.options.queues.get(job.queue)
    return job && queue && { name: job.queue, queue, job }
  }

  async #add({ name, queue, job }: Ready): Promise<void> {
    try {
      const sending = withTraceparent(job.traceparent, () => queue.add(job.payload, { jobId: job.jobId }))
      await unlessAborted(sending, this.#stop.signal)
    } catch (error) {
      if (!(error instanceof ZodError)) throw error
      // Written by another version: it can never fit.
      count('sotp_spool_unfit_total', { spool: this.options.name })
      this.options.log.error(
        { err: error, queue: name, jobId: job.jobId },
        'a spooled job does not fit its queue',
      )
    }
  }

  /** Asked once a second at most, however many records are on their way. */
  #waitingIn(queue: string): Promise<number> {
    const known = this.#counted.get(queue)
    if (known && Date.now() - known.at < settleMs) return known.count
    const counts = this.options.queues.get(queue)?.counts() ?? Promise.reject(new Error(`no queue ${queue}`))
    const counted = unlessAborted(counts, this.#stop.signal).then(({ waiting, delayed }) => waiting + delayed)
    counted.catch(() => this.#counted.delete(queue))
    this.#counted.set(queue, { at: Date.now(), count: counted })
    return counted
  }

  /** Moves the mark. Where Redis had another it has lost data since: what came after that is sent again. */
  async #mark(): Promise<void> {
    const { spool, redis, log } = this.options
    const { id, sent } = spool.position
    const moved = redis.set(markKey(id), sent, 'EX', markSeconds, 'GET')
    const had = Number((await unlessAborted(moved, this.#stop.signal)) ?? 0)
    const expected = this.#marked
    this.#marked = sent
    if (had >= expected) return
    log.warn({ from: had, to: expected }, 'redis has lost data, results are sent again from the spool')
    count('sotp_spool_resent_total', { spool: this.options.name }, expected - had)
    this.#losses++
    spool.rewind(had)
    this.#ahead.clear()
  }

  /** Once nothing waits in the queues, what was sent before has been stored. */
  async #settle(): Promise<void> {
    const { spool, queues } = this.options
    const { signal } = this.#stop
    while (!signal.aborted) {
      await pause(settleMs, signal)
      const { sent, done } = spool.position
      if (signal.aborted || sent === done) continue
      try {
        const losses = this.#losses
        const all = [...queues.values()].map(async (queue) => {
          const { waiting, active, delayed } = await queue.counts()
          return waiting + active + delayed
        })
        const left = await unlessAborted(Promise.all(all), signal)
        // Queues are empty as well in a Redis that has lost everything: only what it still knows of was worked off. Also
        // while nothing new comes, for what was lost must not wait for it.
        await this.#mark()
        if (this.#losses !== losses) this.#wake()
        else if (left.every((jobs) => jobs === 0)) spool.done(sent)
      } catch {
        // Redis does not answer now: later.
      }
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => {})

/** A command to a Redis that is away may take for ever; a process that stops does not wait for it. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
