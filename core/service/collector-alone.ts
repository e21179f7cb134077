import type { PollJob, PollTarget } from '../contract/polling.js'
import type { Log } from './log.js'
import { count, gauge } from './metrics.js'
import { RedisAway, within } from './redis.js'

/** A shard as it was served last. */
interface Served {
  job: PollJob
  intervalMs: number
  targets: readonly PollTarget[]
  /** The slot it was polled for last. */
  slotAt: number
  /** Later than its slot by so much, so that several collectors do not come together. */
  jitterMs: number
}

export interface AloneOptions {
  kind: string
  /** How long ago the planner gave a sign, ms; undefined: none that is known. A Redis that does not answer is an error. */
  plannedAgo: () => Promise<number | undefined>
  poll: (job: PollJob, targets: readonly PollTarget[], redisAway: boolean) => Promise<void>
  /** How long to go on, ms; 0: not at all. */
  forMs: number
  log: Log
  /** After so long without a sign of the planner it is taken for gone, ms. */
  silenceMs?: number
  /** The same where Redis is away. */
  redisSilenceMs?: number
}

const turnMs = 500
const patienceMs = 1500
const jitterShare = 0.05
const jitterMaxMs = 2000

/**
 * Keeps polling while the centre is away. Each shard that is served is remembered with its targets; when neither Redis nor
 * a planner gives a sign for a while, those that this process served last go on at their slots, until there is a sign again.
 */
export class Alone implements AsyncDisposable {
  readonly #served = new Map<string, Served>()
  readonly #running = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout
  #signAt = Date.now()
  #asking: Promise<void> | undefined
  #redisAway = false
  #alone = false

  constructor(private readonly options: AloneOptions) {
    this.#timer = setInterval(() => this.#turn(), turnMs)
    this.#timer.unref()
  }

  /** A shard's job came: it is remembered in place of what was known of it. */
  served(job: PollJob, targets: readonly PollTarget[]): void {
    if (job.shard === null || job.intervalSeconds === null) return
    const intervalMs = job.intervalSeconds * 1000
    const jitterMs = Math.random() * Math.min(jitterMaxMs, intervalMs * jitterShare)
    this.#served.set(job.shard, { job, intervalMs, targets, slotAt: job.slotAt, jitterMs })
    for (const [shard, { slotAt, intervalMs: every }] of this.#served)
      if (job.slotAt - slotAt > 3 * every && !this.#alone) this.#served.delete(shard)
  }

  /** Whether the slot of a job that comes late was polled already, while nobody asked for it. */
  hasPolled({ shard, slotAt }: PollJob): boolean {
    const served = shard === null ? undefined : this.#served.get(shard)
    return served !== undefined && served.slotAt > served.job.slotAt && slotAt <= served.slotAt
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#running)
  }

  #turn(): void {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    const { silenceMs = 12_000, redisSilenceMs = 4000, forMs, kind, log } = this.options
    const silentMs = Date.now() - this.#signAt
    const alone =
      silentMs > (this.#redisAway ? redisSilenceMs : silenceMs) && silentMs < forMs && this.#served.size > 0
    if (alone !== this.#alone) {
      this.#alone = alone
      gauge('sotp_collector_alone', alone ? 1 : 0, { collector: kind })
      if (alone)
        log.warn({ shards: this.#served.size }, 'no poll jobs come, polling goes on from the last known plan')
      else log.info('poll jobs come again')
    }
    if (alone) for (const served of this.#served.values()) this.#pollDue(served)
  }

  async #ask(): Promise<void> {
    try {
      const agoMs = await within(this.options.plannedAgo(), patienceMs)
      this.#redisAway = false
      if (agoMs !== undefined) this.#signAt = Date.now() - agoMs
    } catch (error) {
      this.#redisAway = error instanceof RedisAway
    }
  }

  /** Only what this process served last: another slot of the shard went to another collector, which goes on with it. */
  #pollDue(served: Served): void {
    const { job, intervalMs, targets, jitterMs } = served
    const now = Date.now()
    const slotAt = served.slotAt + Math.floor((now - jitterMs - served.slotAt) / intervalMs) * intervalMs
    const servedLast = job.slotAt > this.#signAt - 1.5 * intervalMs
    if (slotAt <= served.slotAt || !servedLast) return
    served.slotAt = slotAt
    count('sotp_collector_alone_jobs_total', { collector: this.options.kind })
    const polling = this.options
      .poll({ ...job, slotAt, slowed: [] }, targets, this.#redisAway)
      .catch((error: unknown) => this.options.log.error({ err: error }, 'poll without a job failed'))
    this.#running.add(polling)
    void polling.finally(() => this.#running.delete(polling))
  }
}
