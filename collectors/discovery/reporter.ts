import { randomUUID } from 'node:crypto'

import { type DiscoveryReport, type FoundHost, reportHostsMax } from '#core/contract/discovery.js'
import type { Log } from '#core/service/log.js'
import type { Queue } from '#core/service/queue.js'

/** News is told after this long, and that nothing is new after `aliveMs`. */
const tellMs = 500
const aliveMs = 5000

/** Tells inventory how far a run is. Reports are sent in order, one at a time. */
export class Reporter implements Disposable {
  probed = 0
  total = 0
  readonly #id = randomUUID()
  #found: FoundHost[] = []
  #sent = 0
  #last = ''
  #lastAt = 0
  #sending: Promise<void> = Promise.resolve()
  readonly #timer: NodeJS.Timeout

  constructor(
    private readonly runId: string,
    private readonly queue: Queue<DiscoveryReport>,
    private readonly log: Log,
  ) {
    this.#timer = setInterval(() => this.#tell(), tellMs)
  }

  found(host: FoundHost): void {
    this.#found.push(host)
  }

  /** The last word about the run. @throws what the queue throws: then nobody knows, and the run must be worked on again */
  async end(state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED', error: string | null = null): Promise<void> {
    clearInterval(this.#timer)
    await this.#sending
    while (this.#found.length > reportHostsMax) await this.#send('RUNNING', null)
    await this.#send(state, error)
  }

  #tell(): void {
    const news = `${this.probed}/${this.total}/${this.#found.length}`
    if (news === this.#last && Date.now() - this.#lastAt < aliveMs) return
    this.#sending = this.#sending
      .then(() => this.#send('RUNNING', null))
      .catch((error: unknown) =>
        this.log.warn({ err: error, runId: this.runId }, 'progress could not be told'),
      )
  }

  async #send(state: DiscoveryReport['state'], error: string | null): Promise<void> {
    const found = this.#found.slice(0, reportHostsMax)
    const { runId, probed, total } = this
    await this.queue.add(
      {
        ...{ v: 1, kind: 'discovery.report', runId, at: Date.now(), state, probed, total, found },
        error: error === null ? null : error.slice(0, 1000),
      },
      { jobId: `${runId}:${this.#id}:${this.#sent}` },
    )
    this.#sent += 1
    this.#found = this.#found.slice(found.length)
    this.#last = `${probed}/${total}/${this.#found.length}`
    this.#lastAt = Date.now()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
